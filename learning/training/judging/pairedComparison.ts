/** Two sets of parameters on the same pictures: how much better the second is, and how sure that is. Pure. */
import { changeOfShare, type Change } from '../../metrics/pairedChange.js';

/** What a network makes of each picture of a split, in order. */
export interface Outcomes {
  readonly correct: readonly boolean[];
  /** Cross-entropy, nats. */
  readonly losses: readonly number[];
}

/** What two networks make of the same pictures. */
export interface PairedOutcomes {
  readonly before: Outcomes;
  readonly after: Outcomes;
}

/** undefined for a network whose last step spoilt it: a loss that is no number can be compared with nothing. */
export function unlessDiverged(outcomes: Outcomes): Outcomes | undefined {
  return outcomes.losses.every(Number.isFinite) ? outcomes : undefined;
}

export interface Comparison {
  readonly pictures: number;
  readonly top1: Change;
  readonly loss: Change;
}

/**
 * The change of top-1 and of the loss on the same pictures. Paired: what makes a picture easy or hard is the same before and
 * after and cancels out, so that the intervals are several times narrower than those of two separate measurements.
 */
export function compare(before: Outcomes, after: Outcomes): Comparison {
  const count = before.losses.length;
  const gained = after.correct.filter((hit, index) => hit && before.correct[index] === false).length;
  const lost = after.correct.filter((hit, index) => !hit && before.correct[index] === true).length;
  return {
    pictures: count,
    top1: changeOfShare(gained, lost, count),
    loss: changeOfMean(after.losses.map((loss, index) => loss - (before.losses[index] as number))),
  };
}

/** 95 % interval of the mean by Student's t; unbounded from a single difference. */
export function changeOfMean(differences: readonly number[]): Change {
  const { length: count } = differences;
  const mean = differences.reduce((sum, d) => sum + d, 0) / count;
  if (count < 2) return { mean, low: -Infinity, high: Infinity, score: 0 };
  const variance = differences.reduce((sum, d) => sum + (d - mean) ** 2, 0) / (count - 1);
  const error = Math.sqrt(variance / count);
  const width = error * studentQuantile(count - 1);
  return {
    mean,
    low: mean - width,
    high: mean + width,
    score: error === 0 ? Math.sign(mean) * Infinity || 0 : mean / error,
  };
}

/** 97.5 % quantile of Student's t, by Hill's expansion around the normal one; within 1 % from 3 degrees on, wider below. */
function studentQuantile(degrees: number): number {
  if (degrees < 3) return [12.71, 4.303][degrees - 1] as number;
  const z = 1.959964;
  return (
    z +
    (z ** 3 + z) / (4 * degrees) +
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * degrees ** 2) +
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / (384 * degrees ** 3)
  );
}

export interface Judgement {
  readonly better: boolean;
  readonly by: 'top-1' | 'loss';
  /** Whether that measure's change is clear: its interval leaves out zero. */
  readonly clear: boolean;
  /** Whether it is so much for the worse that it is hardly chance: at 5 %, one-sided. */
  readonly harmful: boolean;
}

/** 95 % quantile of the normal distribution. */
const hardlyChance = 1.645;

/**
 * Whether the change is for the better, and which measure says so.
 *
 * Top-1 is what a model is judged by, so it decides where its change is clear. On the few dozen pictures of a usual validation split
 * it seldom is: one picture more or less is chance. The loss, to which every picture contributes and not only those that change
 * sides, decides otherwise. Fine-tuning helps far more often than it harms, so a step need not prove that it helps: it is judged by
 * whether it harms. On ants and bees, where it does, the loss rose by 2.3 to 2.7 standard errors; where it helped, by 1 at most.
 */
export function judge({ top1, loss }: Comparison): Judgement {
  const isClear = ({ low, high }: Change): boolean => low > 0 || high < 0;
  if (isClear(top1)) return { better: top1.score > 0, by: 'top-1', clear: true, harmful: top1.score < 0 };
  return { better: loss.mean < 0, by: 'loss', clear: isClear(loss), harmful: loss.score > hardlyChance };
}
