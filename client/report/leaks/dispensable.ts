import { GraftworkError, type ErrorCode } from '../../../contracts/errors.js';

/** Something a report can do without. */
const dispensable: ReadonlySet<ErrorCode> = new Set([
  'GW_OBJECT_MISSING',
  'GW_CORRUPT',
  'GW_DATASET_NOT_FOUND',
  'GW_MODEL_NOT_FOUND',
]);

/** Whether something is merely gone or damaged, so that a report says so and goes on. */
export function isDispensable(thrown: unknown): thrown is GraftworkError {
  return thrown instanceof GraftworkError && dispensable.has(thrown.code);
}
