/**
 * What is known of a spec before anything is read or computed: whether its names name something. The client asks before
 * it uploads, the workflow before it ingests.
 */
import { GraftworkError } from '../../contracts/errors.js';
import type { RunSpec } from '../../contracts/spec/runSpec.js';
import { referencedModel, type SourceName } from '../../contracts/spec/sources/sources.js';
import { hubCheckpoint } from '../../contracts/spec/sources/hubCheckpoint.js';
import type { CheckSpecInput, CheckSpecOutput } from '../../contracts/activities/trainingActivities.js';
import { autoSource } from '../../contracts/spec/undecided.js';
import { endingWith, getBackbone } from '../../learning/backbones/architecture.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import { findBackbone } from '../backbone/sourceBackbone.js';
import { inputSettings } from './inputSettings.js';
import { requireSize } from './requireSize.js';
import { commonCut, planStages } from './stagePlans.js';

/** The data are not known yet; names do not depend on them. */
const unread = { images: 1 };

/**
 * @returns the backbone with the commit that a checkpoint's revision stands for now: whatever follows reads the same bytes
 * @throws GraftworkError GW_BACKBONE_UNKNOWN, GW_MODEL_NOT_FOUND, GW_STAGE_UNKNOWN, GW_SPEC_INVALID; as `findCheckpoint`
 */
export async function checkSpec(
  dependencies: Pick<ActivityDependencies, 'store' | 'home'>,
  { spec }: CheckSpecInput,
): Promise<CheckSpecOutput> {
  // What a source's stages are called is known when it is chosen.
  if (spec.backbone.name === autoSource) return {};
  const { backbone, checkpoint, input } = await findBackbone(dependencies, spec.backbone);
  requireSize(backbone, inputSettings(input, spec.preprocess).crop);
  commonCut(backbone, planStages(backbone, spec.head, spec.fineTune, unread));
  return checkpoint === null ? {} : { backbone: { ...spec.backbone, name: checkpoint.name } };
}

/**
 * As much of {@link checkSpec} as needs neither store nor hub: nothing of a spec that starts from a registered model or a
 * checkpoint. @throws as that
 */
export function checkSpecAlone({ backbone: { name, weights, pooling }, preprocess, head, fineTune }: RunSpec): void {
  if (name === autoSource) requireNoPooling(pooling);
  if (name === autoSource || hubCheckpoint(name) !== undefined) return;
  if ([name, weights ?? ''].some((text) => referencedModel(text) !== undefined)) return;
  const backbone = getBackbone(endingWith(name, pooling));
  requireSize(backbone, inputSettings(backbone.input, preprocess).crop);
  commonCut(backbone, planStages(backbone, head, fineTune, unread));
}

/** @throws GraftworkError GW_SPEC_INVALID */
function requireNoPooling(pooling: string | undefined): void {
  if (pooling === undefined) return;
  throw new GraftworkError(
    'GW_SPEC_INVALID',
    'backbone.pooling: a source that the run chooses is pooled in its own way.',
    {
      remedy: 'Name the backbone, or leave out backbone.pooling.',
    },
  );
}

/**
 * Checkpoints are left to a worker, because it may reach a hub that this machine does not.
 *
 * @throws GraftworkError GW_BACKBONE_UNKNOWN, GW_MODEL_NOT_FOUND, GW_SPEC_INVALID for a source that names nothing
 */
export async function checkSources(
  { store }: Pick<ActivityDependencies, 'store'>,
  sources: readonly SourceName[],
): Promise<void> {
  for (const source of sources) {
    if (hubCheckpoint(source.name) === undefined) await findBackbone({ store, home: '' }, source);
  }
}

/** {@link checkSpec} on the machine of a client. @throws as that */
export async function checkSpecWithStore(
  { store }: Pick<ActivityDependencies, 'store'>,
  { spec }: CheckSpecInput,
): Promise<void> {
  if (hubCheckpoint(spec.backbone.name) === undefined) await checkSpec({ store, home: '' }, { spec });
}
