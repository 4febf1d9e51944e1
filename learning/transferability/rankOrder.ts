/** The order of sources, best first. */
import type { RankedSource } from '../../contracts/models/ranking.js';
import { getBackbone } from '../backbones/architecture.js';
import { atHead } from './attachedHead.js';
import { accuracyOf, accuracyScore, differenceError, isSound } from './unfreezeDepth.js';

/**
 * By predicted accuracy where every source has one; else by the scores at the stage a head is attached to: a linear
 * classifier's accuracy. Scores from before there was that: nearest neighbours and, where it compares them, LogME, each
 * standardised over the sources, count the same. Among those that cannot be distinguished from the best, what is known beforehand decides,
 * whether there are predictions or not: see `byKnowledge`. A prediction is made of the scores, so it cannot distinguish what they
 * cannot.
 *
 * @param images pictures that were scored
 */
export function inOrder(sources: readonly RankedSource[], images: number): RankedSource[] {
  const values = arePredicted(sources) ? sources.map(({ predicted }) => predicted.top1) : scores(sources, images);
  const sorted = [...sources.keys()]
    .sort(
      (a, b) =>
        values[b]! - values[a]! ||
        (sources[b]!.similarity ?? 0) - (sources[a]!.similarity ?? 0) ||
        (sources[a]!.source < sources[b]!.source ? -1 : 1),
    )
    .map((index) => sources[index]!);
  const [leader] = sorted;
  if (leader === undefined) return sorted;
  const isEqual = arePredicted(sources) ? isPredictedAsGood : (): boolean => true;
  const equals = sorted.filter((one) => isAsGood(one, leader, images) && isEqual(one, leader));
  return [...equals.toSorted(byKnowledge), ...sorted.filter((one) => !equals.includes(one))];
}

/** Whether all have a prediction: only then do predictions put them in order. */
export function arePredicted(
  sources: readonly RankedSource[],
): sources is (RankedSource & { predicted: NonNullable<RankedSource['predicted']> })[] {
  return sources.every(({ predicted }) => predicted !== null);
}

/** Whether what is predicted for one lies in the interval of what is predicted for the leader. */
function isPredictedAsGood({ predicted }: RankedSource, leader: RankedSource): boolean {
  return predicted !== null && leader.predicted !== null && predicted.top1 >= leader.predicted.low;
}

/**
 * Whether a difference is within chance: a linear classifier is right about as often (one standard error of a difference of
 * shares). Where there are only nearest neighbours, LogME, if it compares them, has to say as much to a hundredth of a nat.
 */
export function isAsGood(one: RankedSource, leader: RankedSource, images: number): boolean {
  const [a, b] = [atHead(one), atHead(leader)];
  const lead = accuracyOf(b) - accuracyOf(a);
  if (lead > differenceError(a, b, images)) return false;
  return [a, b].every(({ linear }) => linear !== undefined) || !isSound([a, b], images) || b.gain - a.gain <= 0.01;
}

/**
 * Of sources whose scores say the same: the one that is better on ImageNet, for that transfers (Kornblith et al. 2019); a
 * published network before a model made of it, which has learned to distinguish fewer things; then the cheaper one.
 */
function byKnowledge(a: RankedSource, b: RankedSource): number {
  return (
    onImagenet(b.name) - onImagenet(a.name) ||
    Number(a.model !== null) - Number(b.model !== null) ||
    a.cost.fineTune - b.cost.fineTune
  );
}

/** What to compare networks by: one that nothing is published for, such as a part of another, comes after all others. */
export function onImagenet(name: string): number {
  const { imagenetTop1, stages, whole } = getBackbone(name);
  // Pooled in another way, it is the same network still.
  const same = whole?.stages.length === stages.length ? whole : undefined;
  return imagenetTop1 ?? same?.imagenetTop1 ?? 0;
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
