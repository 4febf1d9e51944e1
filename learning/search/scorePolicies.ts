/** How well a head does on validation after it was trained on the views of a policy: seconds on pooled features. */
import { setImmediate } from 'node:timers/promises';
import type { LabelSets } from '../../contracts/data/labelSets.js';
import type { InputSettings } from '../../contracts/spec/plan.js';
import type { HeadSpec } from '../../contracts/spec/stages/stageSpec.js';
import type { FoldedNetwork } from '../backbones/index.js';
import { FeaturesInMemory } from '../features/featureSource.js';
import { argMax } from '../metrics/ranking.js';
import { tf } from '../tensorflow.js';
import { unlessDiverged, type Outcomes } from '../training/judging/pairedComparison.js';
import { trainPlainHead } from '../training/heads/plainHead.js';
import { applyViews } from '../augmentation/applyViews.js';
import { labelOutcomes, scoredPictures } from './labelOutcomes.js';
import type { Policy, PolicyOutcome } from './policies.js';
import { centreView, viewParameters, type ViewParameters } from '../augmentation/viewParameters.js';

/** Drawn views of each picture, beside the centre crop: enough to distinguish policies. */
const drawnViews = 2;
/** The differences between policies show long before a head is done. */
const mostEpochs = 20;

export interface Pictures {
  /** uint8 RGB, [labels.length, store, store, 3] */
  readonly pixels: Uint8Array;
  /** Class index of each; of several labels a picture the index of its set. */
  readonly labels: readonly number[];
  /** Digest of each. */
  readonly names: readonly string[];
}

export interface ScoreOptions {
  readonly network: FoldedNetwork;
  readonly input: Pick<InputSettings, 'store' | 'crop' | 'mean' | 'std'>;
  readonly classes: number;
  /** Only of a multi-label task. */
  readonly sets?: LabelSets;
  readonly head: HeadSpec;
  readonly seed: number;
  /** Pictures in one forward pass. */
  readonly batchSize: number;
  /** Called with the number of forward passes of one picture that are done, and of all. */
  readonly onProgress: (done: number, total: number) => void;
  readonly signal: AbortSignal;
}

/**
 * Outcomes in the order of the policies, all by the same pictures, order of batches and number of steps; none of a policy with
 * which training diverged.
 */
export async function scorePolicies(
  policies: readonly Policy[],
  train: Pictures,
  validation: Pictures,
  options: ScoreOptions,
): Promise<PolicyOutcome[]> {
  const drawing = policies.filter(({ augmentation }) => augmentation.views > 1).length;
  const total = validation.labels.length + train.labels.length * (1 + drawing * drawnViews);
  let done = 0;
  const pooled = (pictures: Pictures, view: (picture: number) => ViewParameters): Promise<Float32Array> =>
    pooledFeatures(pictures, view, options, (count) => options.onProgress((done += count), total));
  const judged = await pooled(validation, () => centreView);
  const centre = await pooled(train, () => centreView);
  const outcomes: PolicyOutcome[] = [];
  for (const { name, augmentation } of policies) {
    const views = [centre];
    for (let view = 1; augmentation.views > 1 && view <= drawnViews; view++) {
      const draw = (picture: number): ViewParameters =>
        viewParameters(augmentation, options.seed, train.names[picture] as string, view);
      views.push(await pooled(train, draw));
    }
    const outcome = await headOutcome(views, train.labels, judged, validation.labels, options);
    if (outcome !== undefined) outcomes.push({ name, ...outcome });
  }
  return outcomes;
}

/** Row-major [pictures, channels]. */
async function pooledFeatures(
  { pixels, labels }: Pictures,
  view: (picture: number) => ViewParameters,
  { network, input, batchSize, signal }: ScoreOptions,
  onDone: (count: number) => void,
): Promise<Float32Array> {
  const { featureSize } = network.backbone;
  const rows = new Float32Array(labels.length * featureSize);
  const imageBytes = input.store ** 2 * 3;
  for (let start = 0; start < labels.length; start += batchSize) {
    signal.throwIfAborted();
    const size = Math.min(batchSize, labels.length - start);
    const squares = pixels.subarray(start * imageBytes, (start + size) * imageBytes);
    const views = Array.from({ length: size }, (_, index) => view(start + index));
    const batch = tf.tidy(() => network.pooled(network.run(applyViews(squares, views, input))));
    rows.set(batch.dataSync<'float32'>(), start * featureSize);
    batch.dispose();
    onDone(size);
    await setImmediate();
  }
  return rows;
}

/** @param views the training pictures' features, one array per view */
async function headOutcome(
  views: readonly Float32Array[],
  labels: readonly number[],
  judged: Float32Array,
  judgedLabels: readonly number[],
  { network: { backbone }, classes, sets, head, seed, signal }: ScoreOptions,
): Promise<Outcomes | undefined> {
  const { featureSize } = backbone;
  const data = new Float32Array(views.length * labels.length * featureSize);
  for (const [view, rows] of views.entries()) {
    for (let picture = 0; picture < labels.length; picture++) {
      const row = rows.subarray(picture * featureSize, (picture + 1) * featureSize);
      data.set(row, (picture * views.length + view) * featureSize);
    }
  }
  const block = { start: 0, count: labels.length, data };
  const trained = await trainPlainHead({
    ...{ backbone, classes, seed, signal },
    head: { ...head, epochs: Math.min(head.epochs, mostEpochs) },
    train: {
      ...(sets === undefined ? {} : { sets }),
      ...{ features: new FeaturesInMemory([featureSize], views.length, [block]), labels },
    },
  });
  if (trained === undefined) return undefined;
  const { weight, bias } = trained;
  const answers = tf.tidy(() => {
    const features = tf.tensor2d(judged, [judgedLabels.length, featureSize]);
    const product = tf.matMul(features, tf.tensor2d(weight, [classes, featureSize]), false, true);
    const logits = tf.add(product, tf.tensor1d(bias));
    return (sets === undefined ? tf.logSoftmax(logits) : logits).dataSync<'float32'>();
  });
  if (sets !== undefined) {
    return answers.every(Number.isFinite) ? labelOutcomes(scoredPictures(answers, judgedLabels, sets)) : undefined;
  }
  const rows = judgedLabels.map((_, index) => answers.subarray(index * classes, (index + 1) * classes));
  return unlessDiverged({
    losses: rows.map((row, index) => -(row[judgedLabels[index] as number] as number)),
    correct: rows.map((row, index) => argMax(row) === judgedLabels[index]),
  });
}
