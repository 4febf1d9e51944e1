/** Two multi-label models on the same test pictures. Pure. */
import type { HeadToHead } from '../../../contracts/spec/promotion.js';
import { normalWithin } from '../normalDistribution.js';
import { changeOfShare } from '../pairedChange.js';
import { jackknifed, meanAveragePrecision } from './averages.js';
import { plainThreshold } from './decisions.js';

/** One test picture that both models looked at, with the probabilities of the labels that both know. */
export interface ComparedPicture {
  readonly truth: readonly number[];
  readonly champion: ArrayLike<number>;
  readonly challenger: ArrayLike<number>;
}

/** Standard errors in half of a 95 % interval. */
const half = 1.96;

/**
 * By mean average precision, with the jackknife's interval of the paired difference. `onlyChampion` and `onlyChallenger` count the pictures
 * whose likeliest label only one of the two has right.
 *
 * @param classes number of labels that both know
 */
export function labelsHeadToHead(
  pictures: readonly ComparedPicture[],
  classes: number,
  leftOut: HeadToHead['leftOut'],
): HeadToHead {
  const count = pictures.length;
  const averageOf = (side: 'champion' | 'challenger', rows: readonly number[]): number =>
    meanAveragePrecision(
      rows.map((row) => ({ scores: pictures[row]?.[side] ?? [], truth: pictures[row]?.truth ?? [] })),
      classes,
    );
  const all = pictures.map((_picture, row) => row);
  const isRight = (side: 'champion' | 'challenger', { truth, ...scores }: ComparedPicture): boolean => {
    const own = Array.from(scores[side]);
    const highest = Math.max(...own);
    return truth.length === 0 ? highest < plainThreshold : truth.some((label) => own[label] === highest);
  };
  const only = (side: 'champion' | 'challenger', other: 'champion' | 'challenger'): number =>
    pictures.filter((picture) => isRight(side, picture) && !isRight(other, picture)).length;
  const shown =
    count < 2
      ? changeOfShare(0, 0, Math.max(1, count))
      : jackknifed(count, 2 * classes, (rows) => averageOf('challenger', rows) - averageOf('champion', rows));
  const error = (shown.high - shown.low) / (2 * half);
  return {
    pictures: count,
    leftOut,
    by: 'mAP',
    champion: averageOf('champion', all),
    challenger: averageOf('challenger', all),
    difference: { mean: shown.mean, low: Math.max(-1, shown.low), high: Math.min(1, shown.high) },
    onlyChampion: only('champion', 'challenger'),
    onlyChallenger: only('challenger', 'champion'),
    pValue: error === 0 ? Number(shown.mean === 0) : 1 - normalWithin(Math.abs(shown.mean) / error),
  };
}
