/**
 * The gate before production: is the new model no worse than the one that serves, and good enough by itself? Pure.
 *
 * Non-inferiority is shown by the interval of the paired difference (its lower end above minus the margin; Agresti & Min 2005,
 * Statistics in Medicine 24, p. 729); who is clearly better, by McNemar's exact test. On few test pictures neither can be shown: then
 * the model that serves goes on serving.
 */
import type { GateLimit, GateReport, HeadToHead, PromotionPolicy } from '../../contracts/promotion.js';

/** Chance of calling equals different. */
const significance = 0.05;

export interface GateInput {
  challenger: GateReport['challenger'];
  champion: GateReport['champion'];
  /** null: there is no champion. */
  comparison: HeadToHead | null;
  policy: PromotionPolicy;
  measured: Measured;
}

/** Of the challenger; null where it was not measured. */
export interface Measured {
  /** The class with the least recall; one without test pictures, whose recall nobody knows, goes before all others. */
  leastRecall: { class: string; recall: number | null };
  calibrationError: number;
  bytes: number;
  milliseconds: number | null;
}

export function gate({ challenger, champion, comparison, policy, measured }: GateInput): GateReport {
  const limits = checkLimits(policy, measured);
  const verdict = comparison === null ? 'first' : compareModels(comparison, policy.margin);
  const broken = limits.filter(({ holds }) => !holds);
  const wins = isEnough(verdict, policy.tie);
  const reasons = [reasonOf(verdict, comparison, policy), ...broken.map(brokenText)];
  return {
    format: 1,
    ...{ challenger, champion, comparison, limits, verdict },
    passes: wins && broken.length === 0,
    reason: reasons.join('; '),
  };
}

function compareModels({ pValue, difference, pictures }: HeadToHead, margin: number): GateReport['verdict'] {
  if (pictures === 0) return 'unclear';
  if (pValue < significance) return difference.mean > 0 ? 'better' : 'worse';
  return difference.low > -margin ? 'no-worse' : 'unclear';
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

function checkLimits(policy: PromotionPolicy, measured: Measured): GateLimit[] {
  const { leastRecall, calibrationError, bytes, milliseconds } = measured;
  const limits: GateLimit[] = [];
  if (policy.leastRecall !== null) {
    const { class: detail, recall: value } = leastRecall;
    const holds = value !== null && value >= policy.leastRecall;
    limits.push({ what: 'recall', value, limit: policy.leastRecall, holds, detail });
  }
  const atMost = (what: GateLimit['what'], value: number | null, limit: number | null): void => {
    if (limit !== null) limits.push({ what, value, limit, holds: value !== null && value <= limit });
  };
  atMost('calibration error', calibrationError, policy.mostCalibrationError);
  atMost('bytes', bytes, policy.mostBytes);
  atMost('milliseconds', milliseconds, policy.mostMilliseconds);
  return limits;
}

function reasonOf(verdict: GateReport['verdict'], comparison: HeadToHead | null, policy: PromotionPolicy): string {
  if (comparison === null) return 'nothing was in production';
  const { pictures, difference, onlyChampion, onlyChallenger, pValue } = comparison;
  if (pictures === 0) return 'there is no test picture that both models can be judged by';
  const points = (value: number): string => `${value > 0 ? '+' : ''}${(100 * value).toFixed(1)}`;
  const found =
    `${points(difference.mean)} points of top-1 on ${pictures} pictures (95 % interval ${points(difference.low)} to ` +
    `${points(difference.high)}; ${onlyChallenger} that only it recognises, ${onlyChampion} that only the one in production does; p = ${pValue.toPrecision(2)})`;
  const margin = `${(100 * policy.margin).toFixed(1)} points`;
  switch (verdict) {
    case 'first':
      return 'nothing was in production';
    case 'better':
      return `clearly better: ${found}`;
    case 'worse':
      return `clearly worse: ${found}`;
    case 'no-worse':
      return `no worse by ${margin}: ${found}${policy.tie === 'keep' ? ', and a tie keeps the one in production' : ''}`;
    case 'unclear':
      return `no clear difference, nor sure to be within ${margin}: ${found}${policy.tie === 'promote' ? ', and a tie promotes the new one' : ''}`;
  }
}

function brokenText({ what, value, limit, detail }: GateLimit): string {
  if (what === 'recall') {
    return value === null
      ? `recall of ${detail ?? 'a class'} is unknown: it has no test pictures`
      : `recall of ${detail ?? 'a class'} is ${(100 * value).toFixed(1)} %, at least ${(100 * limit).toFixed(1)} % is asked`;
  }
  return value === null
    ? `${what}: not measured`
    : `${what}: ${Number(value.toPrecision(3))}, at most ${limit} is asked`;
}

/** A class without test pictures may have any recall, so it is the one that a limit fails on. */
export function findLeastRecall(
  perClass: readonly { class: string; recall: number | null }[],
): Measured['leastRecall'] {
  const [least] = perClass.toSorted((a, b) => (a.recall ?? -1) - (b.recall ?? -1));
  return { class: least?.class ?? '', recall: least?.recall ?? null };
}
