import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recipes } from '../../../contracts/spec/recipes.js';
import { FeaturesInMemory } from '../../features/index.js';
import { normal } from '../../random.js';
import {
  backbone,
  classes,
  initialParameters,
  input,
  labels,
  plan,
  train,
  trainCount,
} from '../../../test/fixtures/smallStage.js';
import type { Outcomes } from '../../training/judging/pairedComparison.js';
import { foldsOf } from '../../metrics/folds.js';
import { foldOutcomes } from './foldOutcomes.js';

const folds = 2;
const truth = Array.from(labels(trainCount));

/** With these labels, the same pictures. */
async function outcomesWith(own: readonly number[], together?: readonly number[]) {
  const { signal, seed, onProgress } = input();
  const stage = plan({ epochs: 2 });
  assert.ok(stage.kind === 'fineTune');
  const data = Float32Array.from({ length: trainCount * 8 }, (_, i) => normal('pooled', i));
  const found = await foldOutcomes({
    ...{ stage, folds, backbone, classes, seed, signal, onProgress, featuresAfter: 'stem' },
    head: { ...recipes.default.head, epochs: 2, batchSize: 8 },
    parameters: initialParameters(),
    pooled: { features: new FeaturesInMemory([8], 1, [{ start: 0, count: trainCount, data }]), labels: own },
    train: { ...train, labels: own },
    ...(together === undefined ? {} : { together }),
  });
  assert.ok(found !== undefined);
  return found;
}

test('each fold has its share of each class', () => {
  assert.deepEqual(foldsOf([0, 0, 0, 1, 1, 2, 1, 0], 3), [0, 1, 2, 0, 1, 0, 2, 0]);
  // Pictures 0, 2 and 7 belong together, and 3 to picture 4.
  assert.deepEqual(foldsOf([0, 0, 0, 1, 1, 2, 1, 0], 3, [0, 1, 0, 3, 3, 5, 6, 0]), [0, 1, 0, 0, 0, 0, 1, 0]);
});

test('each picture is judged once, by networks that have not learnt from its label', async () => {
  const own = await outcomesWith(truth);
  const { before, after } = own;
  assert.deepEqual([before.losses.length, after.losses.length], [trainCount, trainCount]);
  assert.notDeepEqual(before.losses, after.losses, 'the step has trained');
  // Other labels for the first fold alone: the networks that judge it are the same, and its losses are those of the other labels.
  const first = foldsOf(truth, folds).map((fold) => fold === 0);
  const held = first.filter(Boolean).length;
  const other = await outcomesWith(truth.map((label, index) => (first[index] ? (label + 1) % classes : label)));
  for (const side of ['before', 'after'] as const) {
    const likelihoods = ({ losses }: Outcomes) => losses.slice(0, held).map((loss) => Math.exp(-loss));
    // Of three classes, two shares of the same answer: together they are at most 1. Fitted to the label, both would be near 1.
    const others = likelihoods(other[side]);
    const sums = likelihoods(own[side]).map((share, index) => share + (others[index] as number));
    assert.ok(
      sums.every((sum) => sum <= 1 + 1e-5),
      sums.join(' '),
    );
    assert.notDeepEqual(
      own[side].losses.slice(held),
      other[side].losses.slice(held),
      'the other fold has learnt from them',
    );
  }
});

test('what belongs together is held out together', async () => {
  // All pictures of a class are one group: the networks that judge it have never met the class.
  const together = truth.map((label, index) => (label === 0 ? truth.indexOf(0) : index));
  const foldOf = foldsOf(truth, folds, together);
  const order = [0, 1].flatMap((fold) => truth.flatMap((_label, index) => (foldOf[index] === fold ? [index] : [])));
  const { before, after } = await outcomesWith(truth, together);
  for (const { correct } of [before, after]) {
    assert.deepEqual(
      order.filter((index, place) => truth[index] === 0 && correct[place] === true),
      [],
    );
  }
});
