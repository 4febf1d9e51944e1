/** The stored evaluation behind a registered model's figures, for when nobody remembers its key. */
import { storedEvaluationSchema, type StoredEvaluation } from '../contracts/evaluation.js';
import type { ModelCard } from '../contracts/modelCard.js';
import { canonicalJson } from './contentKey.js';
import type { ListedObject } from './objectFacts.js';
import type { ObjectStore } from './objectStore.js';
import { undefinedIfCorrupt } from './undefinedIfCorrupt.js';

/**
 * Looks for the evaluation of these parameters with these figures. It was written, or written again, just before the card,
 * so those of about that time are looked at first.
 *
 * @returns undefined when it is gone or damaged
 */
export async function findEvaluation(store: ObjectStore, card: ModelCard): Promise<StoredEvaluation | undefined> {
  const registered = Date.parse(card.createdAt);
  const listed: ListedObject[] = [];
  for await (const object of store.list('evaluations/')) listed.push(object);
  const distance = ({ modified }: ListedObject): number => Math.abs(modified - registered);
  const figures = canonicalJson(card.evaluation);
  for (const { key } of listed.toSorted((a, b) => distance(a) - distance(b))) {
    const stored = await store.getJsonIfPresent(key, storedEvaluationSchema).catch(undefinedIfCorrupt);
    if (stored?.parameters.sha256 === card.parameters.sha256 && canonicalJson(stored.evaluation) === figures)
      return stored;
  }
  return undefined;
}
