/** Freezing plans: usual ways to unfreeze a network, as fine-tune steps laid over a recipe's own. Pure. */
import type { FreezingPlanName } from '../runSpec.js';
import type { FineTuneSpec } from './stageSpec.js';

/** Each stage nearer to the input learns that much slower than the one above it (Howard & Ruder 2018). */
const discriminative = 1 / 2.6;

/**
 * The fine-tune steps of a plan. The new head is trained first in every one of them: on cached features that takes seconds,
 * and a backbone that is trained behind an untrained head loses what it knew (Kumar et al. 2022).
 *
 * - `head-only`: none.
 * - `probe-then-fine-tune`: the recipe's own.
 * - `gradual`: from the top down to the middle, one stage more in each step, with discriminative rates (ULMFiT). Three epochs
 *   each: a stage has been trained in all the steps since its own.
 * - `all-at-once`: one step that trains every stage but the first, which stays to be the cached cut: its edges and colours are
 *   much the same in every network.
 *
 * @param recipe the recipe's fine-tune steps; the first lends its settings
 */
export function freezingPlan(name: FreezingPlanName, recipe: readonly FineTuneSpec[]): FineTuneSpec[] {
  const settings = recipe.slice(0, 1);
  switch (name) {
    case 'head-only':
      return [];
    case 'probe-then-fine-tune':
      return [...recipe];
    case 'gradual':
      return settings.map((step) => ({
        ...step,
        unfreeze: 'half',
        gradual: true,
        epochs: 3,
        stageRateDecay: discriminative,
      }));
    case 'all-at-once':
      return settings.map((step) => ({ ...step, unfreeze: 'all' }));
  }
}
