/** What a stage's training begins with. */
import type { Plan, StagePlan } from '../../contracts/spec/plan.js';
import { getBackbone, type NamedArrays } from '../../learning/backbones/index.js';
import { initialHead, reusedHead } from '../../learning/training/index.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import { sourceParameters } from '../backbone/networkParameters.js';
import { readTrainedNetwork, type Retrain } from './stageResults.js';

/** The new head, or the network with what the stages before made of it. */
export async function incomingParameters(
  dependencies: ActivityDependencies,
  plan: Plan,
  stage: StagePlan,
  previous: readonly string[],
  retrain: Retrain,
): Promise<NamedArrays> {
  const backbone = getBackbone(plan.backbone.name);
  if (stage.kind === 'head') {
    return stage.rows === undefined
      ? initialHead(backbone, plan.classes.length)
      : reusedHead(backbone, await sourceParameters(dependencies, plan.backbone), stage.rows);
  }
  return readTrainedNetwork(dependencies, plan, previous, retrain);
}
