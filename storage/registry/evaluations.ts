/** Evaluations with their outcomes: the summary at the content key, the outcomes in parts beside it. */
import {
  evaluationPartSchema,
  storedEvaluationSchema,
  type EvaluationPart,
  type FullOutcome,
  type StoredEvaluation,
  type TestOutcome,
} from '../../contracts/data/evaluation.js';
import type { FittedCalibration } from '../../contracts/data/fittedCalibration.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import type { ObjectStore } from '../objects/objectStore.js';
import { damaged } from '../objects/seal.js';

/** An evaluation of either format, with the outcome of each test picture that was not forgotten since. */
export interface EvaluationWithOutcomes extends Pick<StoredEvaluation, 'evaluation' | 'parameters'> {
  outcomes: (TestOutcome | FullOutcome)[];
  /** Left out: the model is not calibrated. */
  fitted?: FittedCalibration;
}

const keyPattern = /^evaluations\/([0-9a-f]{64})(?:\.json|\/([0-9]+)\.json)$/;

/** Which evaluation an object belongs to, and which part of it the object is; undefined for keys of nothing of ours. */
export function evaluationAt(key: string): { name: string; start: number | undefined } | undefined {
  const [, name, start] = keyPattern.exec(key) ?? [];
  return name === undefined ? undefined : { name, start: start === undefined ? undefined : Number(start) };
}

/** @throws GraftworkError GW_OBJECT_MISSING, GW_CORRUPT: also when a part of the outcomes is gone or damaged */
export async function readEvaluation(store: ObjectStore, key: string): Promise<EvaluationWithOutcomes> {
  return withOutcomes(store, key, await store.getJson(objectKeys.evaluation(key), storedEvaluationSchema));
}

/** @throws as `readEvaluation` */
export async function withOutcomes(
  store: ObjectStore,
  key: string,
  stored: StoredEvaluation,
): Promise<EvaluationWithOutcomes> {
  const { evaluation, parameters } = stored;
  if (stored.format === 1) return { evaluation, parameters, outcomes: stored.outcomes };
  const outcomes: TestOutcome[] = [];
  for (const start of stored.parts) {
    const part = await readEvaluationPart(store, key, start);
    if (part.parameters !== parameters.sha256) throw damaged(store.uri(objectKeys.evaluationPart(key, start)));
    outcomes.push(...part.outcomes);
  }
  return { evaluation, parameters, outcomes, ...(stored.fitted === undefined ? {} : { fitted: stored.fitted }) };
}

/** The calibration of the model that was evaluated; undefined where it has none. */
export function fittedOf(stored: StoredEvaluation): FittedCalibration | undefined {
  return stored.format === 1 ? undefined : stored.fitted;
}

/** @throws GraftworkError GW_OBJECT_MISSING, GW_CORRUPT */
export async function readEvaluationPart(store: ObjectStore, key: string, start: number): Promise<EvaluationPart> {
  return store.getJson(objectKeys.evaluationPart(key, start), evaluationPartSchema);
}
