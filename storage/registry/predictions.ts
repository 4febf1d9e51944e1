/** The answers of a prediction, put together of the parts that a worker wrote. */
import {
  predictionPartSchema,
  storedPredictionsSchema,
  type PredictionPart,
  type Predictions,
} from '../../contracts/models/predictions.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import type { ObjectStore } from '../objects/objectStore.js';

/** @throws GraftworkError GW_OBJECT_MISSING, GW_CORRUPT: also when a part is gone or damaged */
export async function readPredictions(store: ObjectStore, id: string): Promise<Predictions> {
  const stored = await store.getJson(objectKeys.predictionOutput(id), storedPredictionsSchema);
  if (stored.format === 1) return stored;
  const all: Predictions = { format: 1, model: stored.model, predictions: [], unreadable: [] };
  for (const start of stored.parts) {
    const { predictions, unreadable } = await readPredictionPart(store, id, start);
    all.predictions.push(...predictions);
    all.unreadable.push(...unreadable);
  }
  return all;
}

/** @throws GraftworkError GW_OBJECT_MISSING, GW_CORRUPT */
export async function readPredictionPart(store: ObjectStore, id: string, start: number): Promise<PredictionPart> {
  return store.getJson(objectKeys.predictionPart(id, start), predictionPartSchema);
}
