/** Whether the asymmetric loss is clearly better than the plain one for labels of very different size. Pure. */
import { labelsOf, type LabelSets } from '../../contracts/data/labelSets.js';
import type { ImbalanceChoice } from '../../contracts/spec/stages/imbalance.js';
import { jackknifed, meanAveragePrecision, type ScoredPicture } from '../metrics/multiLabel/averages.js';
import { isUneven } from './chooseBalancing.js';
import { labelOutcomes } from './labelOutcomes.js';

/** Standard errors by which mAP has to be better: 5 %, one-sided. And those in half of a 95 % interval. */
const [clearly, half] = [1.645, 1.96];

/** Whether labels differ by more than 3 to 1 in their pictures. */
export function areUnevenLabels(labels: readonly number[], sets: LabelSets): boolean {
  return isUneven(labels.flatMap((label) => labelsOf(label, sets)));
}

/**
 * Mean average precision counts each label alike, however rare it is. So it is to several labels a picture what balanced accuracy is to
 * one class. Both losses are compared on the same held-out pictures, with the jackknife's error of the difference.
 *
 * @param plain what heads with the binary cross-entropy make of the held-out pictures; undefined where training diverged
 * @param asymmetric the same with the asymmetric loss
 * @param classes number of labels
 */
export function chooseLoss(
  plain: readonly ScoredPicture[] | undefined,
  asymmetric: readonly ScoredPicture[] | undefined,
  classes: number,
): Pick<ImbalanceChoice, 'chosen' | 'reason' | 'rows'> {
  if (plain === undefined || asymmetric === undefined) {
    const diverged = plain === undefined ? 'it' : 'the asymmetric one';
    return { chosen: 'plain', reason: `the plain loss: training with ${diverged} diverged`, rows: [] };
  }
  const averageOf = (pictures: readonly ScoredPicture[], indices: readonly number[]): number =>
    meanAveragePrecision(
      indices.map((index) => pictures[index] as ScoredPicture),
      classes,
    );
  const { mean, low, high } = jackknifed(
    plain.length,
    2 * classes,
    (indices) => averageOf(asymmetric, indices) - averageOf(plain, indices),
  );
  const error = (high - low) / (2 * half);
  const score = error === 0 || !Number.isFinite(error) ? 0 : mean / error;
  const every = [...plain.keys()];
  const rowOf = (method: 'plain' | 'asymmetric', pictures: readonly ScoredPicture[]) => {
    const { correct } = labelOutcomes(pictures);
    return { method, mAP: averageOf(pictures, every), top1: correct.filter(Boolean).length / correct.length };
  };
  const [usual, other] = [rowOf('plain', plain), rowOf('asymmetric', asymmetric)];
  const change = `from ${percent(usual.mAP)} to ${percent(other.mAP)}`;
  const isBetter = score > clearly;
  return {
    chosen: isBetter ? 'asymmetric' : 'plain',
    reason: isBetter
      ? `asymmetric: mAP rises clearly, ${change}`
      : `the plain loss: with the asymmetric one mAP goes ${change}, which is not clearly better`,
    rows: [
      { ...usual, score: null, lost: null },
      { ...other, score, lost: null },
    ],
  };
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
