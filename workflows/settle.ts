/** A decision about a model, carried out and written down. */
import type { PromotionOutcome } from '../contracts/spec/promotion.js';
import { quick } from './activityProxies.js';
import { persistently } from './persistently.js';

/** @returns the decision; `overtaken` where another model was promoted since the gate looked */
export function settle(outcome: PromotionOutcome): Promise<PromotionOutcome> {
  return persistently(() => quick.settlePromotion.executeWithOptions({ summary: outcome.status }, [{ outcome }]));
}
