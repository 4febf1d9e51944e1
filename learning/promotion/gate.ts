/**
 * The gate before production: is the new model no worse than the one that serves, and good enough by itself? Pure.
 *
 * Non-inferiority is shown by the interval of the paired difference (its lower end above minus the margin; Agresti & Min 2005,
 * Statistics in Medicine 24, p. 729); who is clearly better, by McNemar's exact test. A model that is worse by less than the margin for
 * certain is no worse: on many pictures the smallest difference is clear. On few pictures nothing can be shown: then the model that
 * serves goes on serving.
 */
import type { GateReport, HeadToHead, LostClasses, PromotionPolicy } from '../../contracts/spec/promotion.js';
import { checkLimits, type Measured } from './limits.js';
import { brokenText, lostText, verdictText } from './reasons.js';

/** Chance of calling equals different. */
const significance = 0.05;

export interface GateInput {
  challenger: GateReport['challenger'];
  champion: GateReport['champion'];
  /** null: there is no champion. */
  comparison: HeadToHead | null;
  /** Left out where no class is lost. */
  lost?: LostClasses | undefined;
  policy: PromotionPolicy;
  measured: Measured;
}

export function gate({ challenger, champion, comparison, lost, policy, measured }: GateInput): GateReport {
  const limits = checkLimits(policy, measured);
  const verdict = comparison === null ? 'first' : compareModels(comparison, policy.margin);
  const broken = limits.filter(({ holds }) => !holds);
  const isGood = isEnough(verdict, policy.tie);
  const reasons = [
    { refuses: !isGood, text: verdictText(verdict, comparison, policy) },
    ...broken.map((limit) => ({ refuses: true, text: brokenText(limit) })),
    ...(lost === undefined
      ? []
      : [{ refuses: !mayLose(lost, policy), text: lostText(lost, { challenger, champion }, policy) }]),
  ];
  // What decides is read first.
  const deciding = [...reasons.filter(({ refuses }) => refuses), ...reasons.filter(({ refuses }) => !refuses)];
  return {
    format: 1,
    ...{ challenger, champion, comparison, limits, verdict },
    ...(lost === undefined ? {} : { lostClasses: lost }),
    passes: isGood && broken.length === 0 && mayLose(lost, policy),
    reason: deciding.map(({ text }) => text).join('; '),
  };
}

function compareModels({ pValue, difference, pictures }: HeadToHead, margin: number): GateReport['verdict'] {
  if (pictures === 0) return 'unclear';
  const isClear = pValue < significance;
  if (isClear && difference.mean > 0) return 'better';
  if (difference.low > -margin) return 'no-worse';
  return isClear ? 'worse' : 'unclear';
}

function isEnough(verdict: GateReport['verdict'], tie: PromotionPolicy['tie']): boolean {
  switch (verdict) {
    case 'first':
    case 'better':
      return true;
    case 'worse':
      return false;
    case 'no-worse':
      return tie !== 'keep';
    case 'unclear':
      return tie === 'promote';
  }
}

/** A person who is asked anyway decides about lost classes, too. */
function mayLose(lost: LostClasses | undefined, { lostClasses, policy }: PromotionPolicy): boolean {
  return lost === undefined || lostClasses === 'allow' || policy === 'approve';
}
