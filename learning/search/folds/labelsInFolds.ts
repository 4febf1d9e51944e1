/** What heads make of pictures with several labels that they were not trained on: each picture is held out once. */
import { foldsOf } from '../../metrics/folds.js';
import type { ScoredPicture } from '../../metrics/multiLabel/averages.js';
import { trainPlainHead } from '../../training/heads/plainHead.js';
import type { FoldedHead } from './headInFolds.js';
import { logitsOf } from '../headLogits.js';
import { scoredPictures } from '../labelOutcomes.js';
import { somePictures } from '../somePictures.js';

/**
 * For each fold a head is trained on the others; see {@link foldsOf}.
 *
 * @returns the probability of each label, in the order of the pictures of `train`; undefined where a head diverged
 * @throws GW_PREEMPTED when the signal is aborted
 */
export async function labelsInFolds({
  folds,
  train,
  together,
  ...training
}: FoldedHead): Promise<ScoredPicture[] | undefined> {
  const { classes } = training;
  const foldOf = foldsOf(train.labels, folds, together, train.sets);
  const found = new Array<ScoredPicture>(foldOf.length);
  for (let fold = 0; fold < folds; fold += 1) {
    const held = foldOf.flatMap((own, index) => (own === fold ? [index] : []));
    if (held.length === 0) continue;
    const head = await trainPlainHead({ ...training, train: somePictures(train, (index) => foldOf[index] !== fold) });
    if (head === undefined) return undefined;
    for await (const { indices, logits } of logitsOf({ validation: train, classes, ...head }, held)) {
      if (!logits.every(Number.isFinite)) return undefined;
      const labels = indices.map((index) => train.labels[index] as number);
      for (const [row, picture] of scoredPictures(logits, labels, train.sets).entries()) {
        found[indices[row] as number] = picture;
      }
    }
  }
  return found;
}
