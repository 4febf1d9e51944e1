import type { StageScores } from '../../contracts/ranking.js';

/** The stage whose features say most about the classes, by LogME; of equals the later one. */
export function bestStage(stages: readonly StageScores[]): number {
  let best = stages.length - 1;
  for (let i = stages.length - 2; i >= 0; i--) if (stages[i]!.gain > stages[best]!.gain) best = i;
  return best;
}

/**
 * From which stage on to train: the backbone's usual suffix, or further down where features stop serving this task
 * earlier, since what comes after the best stage has to be learnt anew. The first stage always stays frozen.
 *
 * @param usual names of the backbone's usual suffix
 * @returns index of the first stage to train
 */
export function unfreezeFrom(stages: readonly StageScores[], usual: readonly string[]): number {
  const first = stages.findIndex(({ stage }) => usual.includes(stage));
  const afterBest = bestStage(stages) + 1;
  return Math.max(1, Math.min(first < 0 ? stages.length - 1 : first, afterBest));
}
