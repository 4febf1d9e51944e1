/** The stored evaluation behind a registered model's figures, for when nobody remembers its key. */
import { evaluationOnCard, storedEvaluationSchema } from '../../contracts/data/evaluation.js';
import type { ModelCard } from '../../contracts/models/modelCard.js';
import { canonicalJson } from '../objects/contentKey.js';
import { evaluationAt, withOutcomes, type EvaluationWithOutcomes } from './evaluations.js';
import type { ListedObject } from '../s3/objectFacts.js';
import type { ObjectStore } from '../objects/objectStore.js';
import { undefinedIfCorrupt } from '../objects/undefinedIfCorrupt.js';
import { undefinedIfMissing } from '../objects/undefinedIfMissing.js';

/**
 * Looks for the evaluation of these parameters with these figures. It was written, or written again, just before the card,
 * so those of about that time are looked at first.
 *
 * @returns undefined when it is gone or damaged
 */
export async function findEvaluation(store: ObjectStore, card: ModelCard): Promise<EvaluationWithOutcomes | undefined> {
  const registered = Date.parse(card.createdAt);
  const listed: (ListedObject & { name: string })[] = [];
  for await (const object of store.list('evaluations/')) {
    const found = evaluationAt(object.key);
    if (found !== undefined && found.start === undefined) listed.push({ ...object, name: found.name });
  }
  const distance = ({ modified }: ListedObject): number => Math.abs(modified - registered);
  const figures = canonicalJson(evaluationOnCard(card.evaluation));
  for (const { key, name } of listed.toSorted((a, b) => distance(a) - distance(b))) {
    const stored = await store.getJsonIfPresent(key, storedEvaluationSchema).catch(undefinedIfCorrupt);
    if (stored?.parameters.sha256 !== card.parameters.sha256) continue;
    if (canonicalJson(evaluationOnCard(stored.evaluation)) !== figures) continue;
    return withOutcomes(store, name, stored).catch(undefinedIfMissing).catch(undefinedIfCorrupt);
  }
  return undefined;
}
