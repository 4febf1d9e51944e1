import type { StageScores } from '../../contracts/models/ranking.js';

/**
 * How well features at these places separate the classes, comparable with each other: what a linear classifier makes of them.
 * Scores from before there was that: LogME, unless there are fewer pictures than features somewhere. A linear model then fits every
 * class exactly, and its evidence says how many features there are rather than how good; then nearest neighbours.
 *
 * @param images pictures that were scored
 */
export function comparable(scores: readonly StageScores[], images: number): number[] {
  if (scores.every(({ linear }) => linear !== undefined)) return scores.map(accuracyOf);
  return isSound(scores, images) ? scores.map(({ gain }) => gain) : scores.map(accuracyScore);
}

/** Whether LogME compares these features. */
export function isSound(scores: readonly StageScores[], images: number): boolean {
  return scores.every(({ dimensions }) => dimensions < images);
}

/** Leave-one-out: of a linear classifier, or of nearest neighbours where nothing else was measured. */
export function accuracyOf({ linear, knn }: Pick<StageScores, 'linear' | 'knn'>): number {
  return linear ?? knn;
}

/** On the logit scale: a point of accuracy is worth more near the top. */
export function accuracyScore(scores: Pick<StageScores, 'linear' | 'knn'>): number {
  const accuracy = accuracyOf(scores);
  return Math.log((accuracy + 0.005) / (1.005 - accuracy));
}

/** Standard error of the difference of two accuracies on the same pictures; they vary together, so it is less than this. */
export function differenceError(a: StageScores, b: StageScores, images: number): number {
  const variance = [a, b].reduce((sum, scores) => sum + accuracyOf(scores) * (1 - accuracyOf(scores)), 0);
  return Math.sqrt(variance / Math.max(1, images));
}

/** The stage whose features say most about the classes; of equals the later one. */
export function bestStage(stages: readonly StageScores[], images: number): number {
  const values = comparable(stages, images);
  return values.lastIndexOf(Math.max(...values));
}

/** Standard errors by which an earlier stage has to be better: it is the best of many, and what comes after it is given up. */
const clearly = 2;

/**
 * Where to attach the head: at the last stage, or at an earlier one whose features are clearly better. What comes after it is then
 * not even computed.
 *
 * @param images pictures that were scored
 * @returns index of the stage; never the first, so that something can be unfrozen
 */
export function headStage(stages: readonly StageScores[], images: number): number {
  const last = stages.length - 1;
  const best = bestStage(stages, images);
  const [at, end] = [stages[best]!, stages[last]!];
  const isClear = accuracyOf(at) - accuracyOf(end) > clearly * differenceError(at, end, images);
  return isClear && at.linear !== undefined && best > 0 ? best : last;
}

/**
 * How to pool the last stage's features: in another way than the network's own, where a linear classifier is clearly better on them.
 *
 * @param usual at the last stage
 * @param images pictures that were scored
 * @returns undefined: in its own way
 */
export function clearlyBetterPooling<Pooled extends { scores: StageScores }>(
  usual: StageScores,
  others: readonly Pooled[],
  images: number,
): Pooled | undefined {
  const best = others.toSorted((a, b) => accuracyOf(b.scores) - accuracyOf(a.scores))[0];
  if (best?.scores.linear === undefined || usual.linear === undefined) return undefined;
  const lead = best.scores.linear - usual.linear;
  return lead > clearly * differenceError(best.scores, usual, images) ? best : undefined;
}

/**
 * From which stage on to train: the backbone's usual suffix, or further down where features stop serving this task
 * earlier, since what comes after the best stage has to be learnt anew. The first stage always stays frozen.
 *
 * @param stages up to the one that the head is attached to
 * @param images pictures that were scored
 * @param usual names of the backbone's usual suffix
 * @returns index of the first stage to train
 */
export function unfreezeFrom(stages: readonly StageScores[], images: number, usual: readonly string[]): number {
  const first = stages.findIndex(({ stage }) => usual.includes(stage));
  const afterBest = bestStage(stages, images) + 1;
  return Math.max(1, Math.min(first < 0 ? stages.length - 1 : first, afterBest));
}
