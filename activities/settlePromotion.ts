/** What was decided about a model: the pointer moves if it is to, and the decision lies beside the card. */
import type { SettlePromotionInput } from '../contracts/promotionActivities.js';
import { GraftworkError } from '../contracts/errors.js';
import { objectKeys } from '../contracts/objectKeys.js';
import type { PromotionOutcome } from '../contracts/promotion.js';
import { ProductionPointers } from '../storage/productionPointer.js';
import type { ActivityDependencies } from './dependencies.js';

/**
 * Done again (its answer was lost) it changes nothing.
 *
 * @returns the decision; `overtaken` where another model was put into production since the gate looked
 */
export async function settlePromotion(
  { store }: Pick<ActivityDependencies, 'store'>,
  { outcome }: SettlePromotionInput,
): Promise<PromotionOutcome> {
  const { challenger, champion } = outcome.gate;
  let settled = outcome;
  if (outcome.status === 'promoted') {
    const move = { by: outcome.by, why: outcome.reason };
    try {
      await new ProductionPointers(store).promote(challenger, move, { expected: champion?.version ?? null });
    } catch (thrown) {
      if (!(thrown instanceof GraftworkError) || thrown.code !== 'GW_CONFLICT') throw thrown;
      settled = { ...outcome, status: 'overtaken', reason: thrown.message };
    }
  }
  await store.putJson(objectKeys.modelDecision(challenger.name, challenger.version), settled);
  return settled;
}
