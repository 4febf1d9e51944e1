/** Which step of a run a held worker never finishes: part of the run's id, so that the worker needs to hear nothing else. */
import type { EngineJobName } from '../../activities/shared/engine.js';

/** By where the run is: before, in or after its first stage of training; in the search for that stage's settings; … */
export const heldSteps = {
  before: 'computeFeatures',
  search: 'searchHeads',
  in: 'trainStage',
  after: 'evaluateModel',
  retraining: 'trainStage',
  predicting: 'predictImages',
} as const satisfies Record<string, EngineJobName>;
export type Where = keyof typeof heldSteps;

/** @param rest distinguishes runs that are held at the same step */
export function heldRunId(where: Where, rest: string): string {
  return `${where}/${rest}`;
}

/** @returns undefined for a run that is not to be held */
export function heldStepOf(runId: string): EngineJobName | undefined {
  return Object.entries(heldSteps).find(([where]) => runId.startsWith(`${where}/`))?.[1];
}
