import type { StageScores } from '../../contracts/ranking.js';

/**
 * How well features at these places tell the classes apart, comparable with each other: LogME, unless there are fewer
 * pictures than features somewhere. A linear model then fits every class exactly, and its evidence says how many
 * features there are rather than how good; nearest neighbours, which are left out of their own vote, do not suffer from it.
 *
 * @param images pictures that were scored
 */
export function comparable(scores: readonly StageScores[], images: number): number[] {
  return isSound(scores, images) ? scores.map(({ gain }) => gain) : scores.map(voteScore);
}

/** Whether LogME compares these features. */
export function isSound(scores: readonly StageScores[], images: number): boolean {
  return scores.every(({ dimensions }) => dimensions < images);
}

/** On the logit scale: a point of accuracy is worth more near the top. */
export function voteScore({ knn }: Pick<StageScores, 'knn'>): number {
  return Math.log((knn + 0.005) / (1.005 - knn));
}

/** The stage whose features say most about the classes; of equals the later one. */
export function bestStage(stages: readonly StageScores[], images: number): number {
  const values = comparable(stages, images);
  return values.lastIndexOf(Math.max(...values));
}

/**
 * From which stage on to train: the backbone's usual suffix, or further down where features stop serving this task
 * earlier, since what comes after the best stage has to be learnt anew. The first stage always stays frozen.
 *
 * @param images pictures that were scored
 * @param usual names of the backbone's usual suffix
 * @returns index of the first stage to train
 */
export function unfreezeFrom(stages: readonly StageScores[], images: number, usual: readonly string[]): number {
  const first = stages.findIndex(({ stage }) => usual.includes(stage));
  const afterBest = bestStage(stages, images) + 1;
  return Math.max(1, Math.min(first < 0 ? stages.length - 1 : first, afterBest));
}
