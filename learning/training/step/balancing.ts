/** What a stage's loss does about classes of very different size. Pure. */
import type { LabelSets } from '../../../contracts/data/labelSets.js';
import type { Balancing } from '../../../contracts/spec/stages/imbalance.js';
import type { MultiLabelLoss } from '../../../contracts/spec/task.js';
import { permutation } from '../../random.js';

/** Terms of the loss; each is left out where it changes nothing. */
export interface LossTerms {
  /** What each picture's loss is multiplied by, by its class; 1 on the mean over the training pictures. */
  readonly weights?: readonly number[];
  /** What is added to each class's logit in training: log of its share (Menon et al. 2021, eq. 10, τ = 1). */
  readonly adjustment?: readonly number[];
  /**
   * What label smoothing is spread by: each class's share of the pictures. Spread evenly, it would be more than a rare class's share, and
   * adjusted logits would make up for that: on CIFAR-10 at 100:1 top-1 fell by half.
   */
  readonly shares?: readonly number[];
  /** Exponent γ of (1 − p), by which each class's term is multiplied (Lin et al. 2017, eq. 4, without α). */
  readonly focus?: number;
  /** Only of a multi-label task, which has no other term: sets of labels that the pictures' labels are indices of, and the loss. */
  readonly multiLabel?: { readonly sets: LabelSets; readonly loss: MultiLabelLoss };
}

/** As in the paper. */
const usualFocus = 2;
/** Pictures that a class without any is taken to have: its logarithm is finite. */
const almostNone = 0.5;

/** @param pictures all that train */
export function lossTerms(
  {
    imbalance,
    loss = 'binary-cross-entropy',
  }: { imbalance?: Balancing | undefined; loss?: MultiLabelLoss | undefined },
  { labels, sets }: { labels: ArrayLike<number>; sets?: LabelSets },
  classes: number,
): LossTerms {
  return sets === undefined ? balancingTerms(imbalance, labels, classes) : { multiLabel: { sets, loss } };
}

function balancingTerms(balancing: Balancing | undefined, labels: ArrayLike<number>, classes: number): LossTerms {
  if (balancing === undefined || balancing === 'balanced-sampling') return {};
  if (balancing === 'focal') return { focus: usualFocus };
  const counts = countClasses(labels, classes);
  if (balancing === 'logit-adjustment') {
    const shares = counts.map((count) => count / labels.length);
    return { shares, adjustment: counts.map((count) => Math.log(Math.max(count, almostNone) / labels.length)) };
  }
  const met = counts.filter((count) => count > 0).length;
  return { weights: counts.map((count) => (count === 0 ? 0 : labels.length / (met * count))) };
}

/**
 * The pictures of an epoch, as many as there are: each class that has any comes equally often, to within one. Small classes are gone
 * through several times, each time in another order.
 *
 * @param key of random numbers: the same key gives the same order
 * @returns indices of training pictures
 */
export function balancedOrder(labels: ArrayLike<number>, seed: number, ...key: (string | number)[]): Int32Array {
  const members = new Map<number, number[]>();
  for (let index = 0; index < labels.length; index += 1) {
    const label = labels[index] ?? 0;
    const own = members.get(label);
    if (own === undefined) members.set(label, [index]);
    else own.push(index);
  }
  const classes = [...members].sort(([a], [b]) => a - b).map(([, own]) => own);
  const orders = new Map<string, Int32Array>();
  const drawn = (row: number, turn: number): number => {
    const own = classes[row] ?? [];
    const round = Math.floor(turn / own.length);
    const name = `${row} ${round}`;
    let order = orders.get(name);
    if (order === undefined) {
      order = Int32Array.from(permutation(own.length, seed, ...key, 'class', row, round));
      orders.set(name, order);
    }
    return own[order[turn % own.length] ?? 0] ?? 0;
  };
  const places = Int32Array.from(permutation(labels.length, seed, ...key));
  return places.map((place) => drawn(place % classes.length, Math.floor(place / classes.length)));
}

function countClasses(labels: ArrayLike<number>, classes: number): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (let index = 0; index < labels.length; index += 1) {
    const label = labels[index] ?? 0;
    counts[label] = (counts[label] ?? 0) + 1;
  }
  return counts;
}
