/** The order of sources, best first. */
import type { RankedSource } from '../../contracts/ranking.js';
import { atHead } from './attachedHead.js';
import { accuracyScore, isSound } from './unfreezeDepth.js';

/**
 * By predicted accuracy where every source has one; else by the scores at the stage a head is attached to: a linear
 * classifier's accuracy. Scores from before there was that: nearest neighbours and, where it compares them, LogME, each
 * standardised over the sources, count the same. Models of similar tasks go first among equals.
 *
 * @param images pictures that were scored
 */
export function inOrder(sources: readonly RankedSource[], images: number): RankedSource[] {
  const predicted = sources.map((source) => source.predicted?.top1);
  const values = predicted.every((value) => value !== undefined) ? predicted : scores(sources, images);
  return [...sources.keys()]
    .sort(
      (a, b) =>
        values[b]! - values[a]! ||
        (sources[b]!.similarity ?? 0) - (sources[a]!.similarity ?? 0) ||
        (sources[a]!.source < sources[b]!.source ? -1 : 1),
    )
    .map((index) => sources[index]!);
}

function scores(sources: readonly RankedSource[], images: number): number[] {
  const heads = sources.map(atHead);
  const votes = standardised(heads.map(accuracyScore));
  if (heads.every(({ linear }) => linear !== undefined) || !isSound(heads, images)) return votes;
  const gains = standardised(heads.map(({ gain }) => gain));
  return votes.map((vote, i) => vote + gains[i]!);
}

function standardised(values: readonly number[]): number[] {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  return values.map((value) => (deviation > 1e-12 ? (value - mean) / deviation : 0));
}
