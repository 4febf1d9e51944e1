/** What heads make of pictures that they were not trained on: each picture is held out once. */
import type { HeadTraining } from '../headOutcome.js';
import { headOutcome } from '../headOutcome.js';
import type { Outcomes } from '../../training/judging/pairedComparison.js';
import { foldsOf } from '../../metrics/folds.js';
import { somePictures } from '../somePictures.js';

export interface FoldedHead extends Omit<HeadTraining, 'validation'> {
  /** ≥ 2 */
  folds: number;
  /** For each picture, the first one of what is held out with it. @default each is alone */
  together?: ArrayLike<number>;
}

/**
 * For each fold a head is trained on the others; see {@link foldsOf}.
 *
 * @returns outcomes in the order of the pictures of `train`; undefined where a head diverged
 * @throws GW_PREEMPTED when the signal is aborted
 */
export async function headInFolds({ folds, train, together, ...training }: FoldedHead): Promise<Outcomes | undefined> {
  const foldOf = foldsOf(train.labels, folds, together, train.sets);
  const correct = new Array<boolean>(foldOf.length).fill(false);
  const losses = new Array<number>(foldOf.length).fill(0);
  for (let fold = 0; fold < folds; fold += 1) {
    const held = foldOf.flatMap((own, index) => (own === fold ? [index] : []));
    if (held.length === 0) continue;
    const outcome = await headOutcome({
      ...training,
      train: somePictures(train, (index) => foldOf[index] !== fold),
      validation: somePictures(train, (index) => foldOf[index] === fold),
    });
    if (outcome === undefined) return undefined;
    for (const [at, index] of held.entries()) {
      correct[index] = outcome.correct[at] === true;
      losses[index] = outcome.losses[at] ?? 0;
    }
  }
  return { correct, losses };
}
