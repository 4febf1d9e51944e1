/** What was decided about a model: the pointer moves if it is to, and the decision lies beside the card. */
import type { SettlePromotionInput } from '../../contracts/activities/promotionActivities.js';
import { GraftworkError } from '../../contracts/errors.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import type { PromotionOutcome } from '../../contracts/spec/promotion.js';
import type { Production, ProductionMove } from '../../contracts/models/production.js';
import { ModelRegistry } from '../../storage/registry/modelRegistry.js';
import type { ObjectStore } from '../../storage/objects/objectStore.js';
import type { ActivityDependencies } from '../shared/dependencies.js';

/**
 * Done again (its answer was lost, or its run was reset) it changes nothing, whatever people have moved meanwhile.
 *
 * @returns the decision; `overtaken` where another model was put into production since the gate looked; where the gate's word
 * comes after one that stands, a person's or one the model serves by, that one
 * @throws GraftworkError GW_MODEL_NOT_FOUND, GW_CORRUPT when the card of the model to be promoted is gone or damaged
 */
export async function settlePromotion(
  { store }: Pick<ActivityDependencies, 'store'>,
  { outcome }: SettlePromotionInput,
): Promise<PromotionOutcome> {
  const { challenger } = outcome.gate;
  const registry = new ModelRegistry(store);
  const production = await registry.production.read(challenger.name);
  const earlier = await registry.decision(challenger);
  if (standsAgainst(outcome, earlier, production)) return earlier;
  const settled = outcome.status === 'promoted' ? await move(store, outcome, production) : outcome;
  return writeDown(store, settled, production);
}

/** Puts the model into production, unless an attempt before this one did. */
async function move(
  store: ObjectStore,
  outcome: PromotionOutcome,
  production: Production | undefined,
): Promise<PromotionOutcome> {
  const { by, reason: why } = outcome;
  const { challenger, champion } = outcome.gate;
  const expected = champion?.version ?? null;
  if (hasMoved(production, { from: expected, to: challenger.version, by, why })) return outcome;
  try {
    const registry = new ModelRegistry(store);
    const card = await registry.card(challenger.name, challenger.version);
    await registry.production.promote(card, { by, why }, { expected });
    return outcome;
  } catch (thrown) {
    if (!(thrown instanceof GraftworkError) || thrown.code !== 'GW_CONFLICT') throw thrown;
    return { ...outcome, status: 'overtaken', reason: thrown.message };
  }
}

/** In place of the decision there is, if it is the one that was looked at: a person may speak at any moment. */
async function writeDown(
  store: ObjectStore,
  outcome: PromotionOutcome,
  production: Production | undefined,
): Promise<PromotionOutcome> {
  const { challenger } = outcome.gate;
  const key = objectKeys.modelDecision(challenger.name, challenger.version);
  for (;;) {
    const seen = await store.head(key);
    const earlier = await new ModelRegistry(store).decision(challenger);
    if (standsAgainst(outcome, earlier, production)) return earlier;
    try {
      await store.putJson(key, outcome, seen === undefined ? { ifAbsent: true } : { ifMatch: seen.etag });
      return outcome;
    } catch (thrown) {
      if (!(thrown instanceof GraftworkError) || thrown.code !== 'GW_CONFLICT') throw thrown;
    }
  }
}

/**
 * Whether a decision on the same model is not for the gate to take back: its run was reset, and the gate asked once more. Nor is it for a
 * wait that nobody has answered, which the reset run began while a person spoke.
 */
function standsAgainst(
  { by, gate, status }: PromotionOutcome,
  earlier: PromotionOutcome | undefined,
  production: Production | undefined,
): earlier is PromotionOutcome {
  if ((by !== 'gate' && status !== 'expired') || earlier === undefined) return false;
  if (earlier.by !== 'gate') return earlier.status === 'promoted' || earlier.status === 'rejected';
  return earlier.status === 'promoted' && production?.version === gate.challenger.version;
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
