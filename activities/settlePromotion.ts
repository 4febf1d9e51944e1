/** What was decided about a model: the pointer moves if it is to, and the decision lies beside the card. */
import type { SettlePromotionInput } from '../contracts/promotionActivities.js';
import { GraftworkError } from '../contracts/errors.js';
import { objectKeys } from '../contracts/objectKeys.js';
import type { PromotionOutcome } from '../contracts/promotion.js';
import type { Production, ProductionMove } from '../contracts/production.js';
import { ProductionPointers } from '../storage/productionPointer.js';
import type { ActivityDependencies } from './dependencies.js';

/**
 * Done again (its answer was lost) it changes nothing, whatever people have moved meanwhile.
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
    const pointers = new ProductionPointers(store);
    const move = { by: outcome.by, why: outcome.reason };
    const expected = champion?.version ?? null;
    try {
      if (!hasMoved(await pointers.read(challenger.name), { from: expected, to: challenger.version, ...move }))
        await pointers.promote(challenger, move, { expected });
    } catch (thrown) {
      if (!(thrown instanceof GraftworkError) || thrown.code !== 'GW_CONFLICT') throw thrown;
      settled = { ...outcome, status: 'overtaken', reason: thrown.message };
    }
  }
  await store.putJson(objectKeys.modelDecision(challenger.name, challenger.version), settled);
  return settled;
}

/** Whether an attempt before this one got as far as moving the pointer: a rollback since then stands. */
function hasMoved(
  production: Production | undefined,
  { from, to, by, why }: Pick<ProductionMove, 'from' | 'to' | 'by' | 'why'>,
): boolean {
  return (production?.history ?? []).some(
    (move) => move.kind === 'promotion' && move.from === from && move.to === to && move.by === by && move.why === why,
  );
}
