/**
 * What is known of a spec before anything is read or computed: whether its names name something. The client asks before
 * it uploads, the workflow before it ingests.
 */
import type { RunSpec } from '../../contracts/spec/runSpec.js';
import { referencedModel, type SourceName } from '../../contracts/spec/sources.js';
import type { CheckSpecInput } from '../../contracts/activities/trainingActivities.js';
import { autoSource } from '../../contracts/spec/undecided.js';
import { getBackbone } from '../../learning/backbones/architecture.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import { findBackbone } from '../backbone/sourceBackbone.js';
import { commonCut, planStages } from './stagePlans.js';

/** The data are not known yet; names do not depend on them. */
const unread = { images: 1 };

/** @throws GraftworkError GW_BACKBONE_UNKNOWN, GW_MODEL_NOT_FOUND, GW_STAGE_UNKNOWN, GW_SPEC_INVALID */
export async function checkSpec(
  dependencies: Pick<ActivityDependencies, 'store'>,
  { spec }: CheckSpecInput,
): Promise<void> {
  // What a source's stages are called is known when it is chosen.
  if (spec.backbone.name === autoSource) return;
  const { backbone } = await findBackbone(dependencies, spec.backbone);
  commonCut(backbone, planStages(backbone, spec.head, spec.fineTune, unread));
}

/** As much of {@link checkSpec} as needs no store: nothing of a spec that starts from a registered model. @throws as that */
export function checkSpecAlone({ backbone: { name, weights }, head, fineTune }: RunSpec): void {
  if (name === autoSource || [name, weights ?? ''].some((text) => referencedModel(text) !== undefined)) return;
  const backbone = getBackbone(name);
  commonCut(backbone, planStages(backbone, head, fineTune, unread));
}

/** @throws GraftworkError GW_BACKBONE_UNKNOWN, GW_MODEL_NOT_FOUND, GW_SPEC_INVALID for a source that names nothing */
export async function checkSources(
  dependencies: Pick<ActivityDependencies, 'store'>,
  sources: readonly SourceName[],
): Promise<void> {
  for (const source of sources) await findBackbone(dependencies, source);
}
