/** Out-of-fold probabilities: what heads make of pictures whose labels they have not learnt. */
import { labelsOf, type LabelSets } from '../../../contracts/data/labelSets.js';
import type { HeadSpec } from '../../../contracts/spec/stages/stageSpec.js';
import { foldsOf } from '../../metrics/folds.js';
import { rescaled } from '../../metrics/multiLabel/evaluateLabels.js';
import { temperatureOf } from '../../metrics/multiLabel/fitLabels.js';
import { bestTemperature, probabilitiesAt } from '../../metrics/trust/temperature.js';
import { logitsOf } from '../headLogits.js';
import { trainHeadsOfFolds, type HeadsOfFolds } from './headsOfFolds.js';

export interface FoldedPictures extends Omit<HeadsOfFolds, 'head' | 'foldOf'> {
  /** For each picture, the first one of what is held out with it. @default each is alone */
  together?: ArrayLike<number>;
}

/** Labels of pictures by which a temperature is found; of more, those of evenly spaced pictures say as much. */
const mostDecisions = 200_000;

/** Steps that a head needs, however few pictures there are; and passes over the pictures, however many. */
const [leastSteps, leastEpochs] = [400, 12];

/**
 * A short training on many pictures at a time, without label smoothing: it learns what the pictures of a class have in common, and
 * does not come to know single ones. Faster or longer training found fewer of the labels that were changed (docs/benchmarks.md).
 */
function plainReviewHead(pictures: number): HeadSpec & { learningRate: number } {
  const batchSize = pictures < 1024 ? 32 : 128;
  return {
    epochs: Math.max(leastEpochs, Math.ceil((leastSteps * batchSize) / pictures)),
    batchSize,
    optimizer: { kind: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.1 },
    learningRate: 5e-4,
    schedule: { kind: 'cosine', finalShare: 0 },
    warmupEpochs: 1,
    labelSmoothing: 0,
    patience: null,
    keepBest: false,
  };
}

/**
 * For each fold a head is trained on the others; see {@link foldsOf}. One temperature for all makes the probabilities what comes true.
 *
 * @returns row-major [pictures, classes], of a multi-label task the probability of each label by itself; undefined where a head diverged
 * @throws GraftworkError GW_PREEMPTED when the signal is aborted
 */
export async function foldProbabilities({ together, ...pictures }: FoldedPictures): Promise<Float64Array | undefined> {
  const { classes, folds, train } = pictures;
  const foldOf = foldsOf(train.labels, folds, together, train.sets);
  const learnt = Math.round((foldOf.length * (folds - 1)) / folds);
  const heads = await trainHeadsOfFolds({ ...pictures, foldOf, head: plainReviewHead(learnt) });
  if (heads === undefined) return undefined;
  const logits = new Float32Array(foldOf.length * classes);
  for (const [fold, head] of heads.entries()) {
    const held = foldOf.flatMap((own, index) => (own === fold ? [index] : []));
    for await (const { indices, logits: rows } of logitsOf({ validation: train, classes, ...head }, held)) {
      for (const [row, index] of indices.entries()) {
        logits.set(rows.subarray(row * classes, (row + 1) * classes), index * classes);
      }
    }
  }
  if (train.sets !== undefined) return labelProbabilities(logits, train.labels, train.sets);
  return probabilitiesAt(logits, classes, bestTemperature({ logits, labels: train.labels }));
}

/** Of each label by itself. */
function labelProbabilities(logits: Float32Array, labels: ArrayLike<number>, sets: LabelSets): Float64Array {
  const plain = Float64Array.from(logits, (logit) => 1 / (1 + Math.exp(-logit)));
  const classes = logits.length / labels.length;
  const every = Math.max(1, Math.ceil(logits.length / mostDecisions));
  const pictures = Array.from({ length: Math.ceil(labels.length / every) }, (_, at) => ({
    scores: plain.subarray(at * every * classes, (at * every + 1) * classes),
    truth: labelsOf(labels[at * every] as number, sets),
  }));
  const factor = 1 / temperatureOf(pictures);
  return plain.map((probability) => rescaled(probability, factor));
}
