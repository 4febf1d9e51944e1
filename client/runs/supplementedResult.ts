/** What is known of a run only outside of it. */
import { evaluationOnCard } from '../../contracts/data/evaluation.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import type { RunResult } from '../../contracts/run/result.js';
import type { ObjectStore } from '../../storage/objects/objectStore.js';
import { ModelRegistry } from '../../storage/registry/modelRegistry.js';

/** @returns the result with tables too long for the run's history, and with what a person decided after its end */
export async function supplemented(store: ObjectStore, result: RunResult): Promise<RunResult> {
  const registry = new ModelRegistry(store);
  return withDecision(registry, await withTables(store, registry, result));
}

/**
 * Where there are very many classes, their tables are not in the run's history: figures of each class are on the model's
 * card, and the confusion of more than a hundred classes is in the stored evaluation alone.
 */
async function withTables(store: ObjectStore, registry: ModelRegistry, result: RunResult): Promise<RunResult> {
  const { model, test, artifacts } = result;
  if (model === null || test === null || test.perClass.length > 0) return result;
  const card = await registry.card(model.name, model.version).catch(() => undefined);
  if (card === undefined) return result;
  const { perClass, confusion } = evaluationOnCard(card.evaluation);
  const evaluation = card.keys && { evaluation: store.uri(objectKeys.evaluation(card.keys.evaluation)) };
  return { ...result, test: { ...test, perClass, confusion }, artifacts: { ...artifacts, ...evaluation } };
}

/** The run ends while its model waits for approval; what became of that lies beside the model's card. */
async function withDecision(registry: ModelRegistry, result: RunResult): Promise<RunResult> {
  if (result.promotion?.status !== 'waiting') return result;
  const decided = await registry.decision(result.promotion.gate.challenger);
  return decided === undefined ? result : { ...result, promotion: decided };
}
