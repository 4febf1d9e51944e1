/** What can be told of a spec before anything is read or computed: whether its names name something. */
import type { CheckSpecInput } from '../contracts/trainingActivities.js';
import { autoSource } from '../contracts/undecided.js';
import type { ActivityDependencies } from './dependencies.js';
import { findSource } from './sourceBackbone.js';
import { commonCut, planStages } from './stagePlans.js';

/** @throws GraftworkError GW_BACKBONE_UNKNOWN, GW_MODEL_NOT_FOUND, GW_STAGE_UNKNOWN, GW_SPEC_INVALID */
export async function checkSpec(
  dependencies: Pick<ActivityDependencies, 'store'>,
  { spec }: CheckSpecInput,
): Promise<void> {
  // What a source's stages are called is known when it is chosen.
  if (spec.backbone.name === autoSource) return;
  const { backbone } = await findSource(dependencies, spec.backbone);
  commonCut(backbone, planStages(backbone, spec.head, spec.fineTune));
}
