/** Mean average precision over labels, with an interval. Pure. */
import { averagePrecision } from '../trust/averagePrecision.js';

/** What a model says of one picture, and what is right. */
export interface ScoredPicture {
  /** Of each label; higher is surer. */
  readonly scores: ArrayLike<number>;
  /** Indices of the labels it has. */
  readonly truth: readonly number[];
}

/** Groups of pictures that are left out in turn, and scores that are ranked in all of these turns, unless that makes fewer than 10 groups. */
const [mostGroups, leastGroups, mostRanked] = [50, 10, 8e6];

/** Average precision of each label, over all pictures; null for a label that no picture has. */
export function averagePrecisions(pictures: readonly ScoredPicture[], classes: number): (number | null)[] {
  const wanted = Array.from({ length: classes }, () => new Array<boolean>(pictures.length).fill(false));
  for (const [row, { truth }] of pictures.entries()) for (const label of truth) (wanted[label] ?? [])[row] = true;
  return wanted.map((own, label) => {
    if (!own.includes(true)) return null;
    return averagePrecision(
      pictures.map(({ scores }) => scores[label] ?? 0),
      own,
    );
  });
}

/** Mean of the labels that any picture has; 0 where none has one. */
export function meanAveragePrecision(pictures: readonly ScoredPicture[], classes: number): number {
  return meanOf(averagePrecisions(pictures, classes));
}

/** An estimate with its 95 % interval. */
export interface Estimate {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/**
 * A figure of all pictures with its 95 % interval, by the jackknife: each of some groups of pictures is left out in turn (Efron &
 * Tibshirani 1993, ch. 11). Of 50 groups the n-th picture is in group n modulo 50, so the same pictures give the same interval.
 *
 * @param count pictures
 * @param figure of some of them, by their indices
 * @param classes number of labels
 */
export function jackknifed(count: number, classes: number, figure: (indices: readonly number[]) => number): Estimate {
  const all = Array.from({ length: count }, (_, index) => index);
  const mean = figure(all);
  const affordable = Math.floor(mostRanked / (count * classes));
  const groups = Math.min(count, Math.max(leastGroups, Math.min(mostGroups, affordable)));
  if (groups < 2) return { mean, low: -Infinity, high: Infinity };
  const parts = Array.from({ length: groups }, (_, group) => figure(all.filter((index) => index % groups !== group)));
  const centre = parts.reduce((sum, value) => sum + value, 0) / groups;
  const spread = parts.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  const width = 1.96 * Math.sqrt(((groups - 1) / groups) * spread);
  return { mean, low: mean - width, high: mean + width };
}

/** Mean average precision with its interval, within 0 and 1. */
export function meanAveragePrecisionInterval(pictures: readonly ScoredPicture[], classes: number): Estimate {
  const { mean, low, high } = jackknifed(pictures.length, classes, (indices) =>
    meanAveragePrecision(
      indices.map((index) => pictures[index] as ScoredPicture),
      classes,
    ),
  );
  return { mean, low: Math.max(0, low), high: Math.min(1, high) };
}

/** Mean of those that are defined; 0 where none is. */
export function meanOf(values: readonly (number | null)[]): number {
  const defined = values.filter((value) => value !== null);
  return defined.length === 0 ? 0 : defined.reduce((sum, value) => sum + value, 0) / defined.length;
}
