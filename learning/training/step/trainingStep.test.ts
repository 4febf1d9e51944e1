import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StagePlan } from '../../../contracts/spec/plan.js';
import { recipes } from '../../../contracts/spec/recipes.js';
import { declareParameters, getBackbone, type NamedArrays } from '../../backbones/index.js';
import { Optimizer } from '../../optimizers/optimizer.js';
import { parameterGroups } from '../../optimizers/parameterGroups.js';
import { normal } from '../../random.js';
import { withEpochs } from '../../schedules/epochCount.js';
import { tf, type Tensor } from '../../tensorflow.js';
import { StageModel } from '../stage/stageModel.js';
import { TrainingSteps } from './trainingStep.js';

const backbone = getBackbone('efficientnet_lite0');
const [classes, count] = [4, 10];
/** What the last stage but one gives; small in height and width. */
const [height, width, channels] = [3, 3, 320];
const stages = backbone.stages.slice(-2).map(({ name }) => name);
const [cut, last] = stages as [string, string];

function parameters(): NamedArrays {
  return new Map(
    declareParameters(backbone, classes).map(({ name, shape, kind }) => {
      const size = shape.reduce((product, edge) => product * edge, 1);
      const positive = kind === 'bn.running_var' || kind === 'bn.weight';
      return [
        name,
        { shape, data: Float32Array.from({ length: size }, (_, i) => (positive ? 1 : 0.1 * normal(name, i))) },
      ];
    }),
  );
}

const lengthOf = (vector: ArrayLike<number>): number =>
  Math.sqrt(Array.from(vector).reduce((sum, value) => sum + value ** 2, 0));

test('gradients added up over parts of a batch are those of the whole batch, up to rounding', async () => {
  const [recipe] = recipes.default.fineTune;
  assert.ok(recipe);
  const stage: StagePlan = {
    kind: 'fineTune',
    name: 'fine-tune-1',
    training: withEpochs(recipe, 1),
    trainable: [last],
    cut,
  };
  const initial = parameters();
  using model = new StageModel(stage, backbone, classes, initial, cut);
  using optimizer = new Optimizer(
    recipe.optimizer,
    parameterGroups(model.trainable, () => 1),
    initial,
    undefined,
  );
  using steps = new TrainingSteps(model, optimizer, () => 0);
  const size = height * width * channels;
  const data = Float32Array.from({ length: count * size }, (_, i) => Math.abs(normal('x', i)));
  const labels = Array.from({ length: count }, (_, i) => i % classes);
  const tensors = tf.memory().numTensors;

  const gradientsOf = async (atOnce: number) => {
    const passes: number[] = [];
    const { loss, gradients } = await steps.gradients({
      labels,
      labelSmoothing: 0.1,
      atOnce,
      features: (from, to): Promise<Tensor> => {
        passes.push(to - from);
        return Promise.resolve(tf.tensor(data.subarray(from * size, to * size), [to - from, height, width, channels]));
      },
    });
    const values = gradients.map((gradient, group) => [group, gradient.dataSync()] as const);
    tf.dispose(gradients);
    return { loss, values: new Map(values), passes };
  };
  const whole = await gradientsOf(count);
  assert.deepEqual(whole.passes, [10]);
  for (const [atOnce, passes] of [
    [5, [5, 5]],
    [4, [4, 4, 2]],
    [1, new Array(10).fill(1)],
  ] as const) {
    const parts = await gradientsOf(atOnce);
    assert.deepEqual(parts.passes, passes);
    assert.ok(Math.abs(parts.loss - whole.loss) < 1e-5);
    for (const [group, expected] of whole.values) {
      const norm = lengthOf(expected);
      const actual = parts.values.get(group);
      const difference = lengthOf(Array.from(expected, (value, i) => value - (actual?.[i] as number)));
      assert.ok(difference <= 1e-5 * norm + 1e-7, `group ${group}, ${atOnce} at once: off by ${difference} of ${norm}`);
    }
  }
  assert.equal(tf.memory().numTensors, tensors, 'every tensor is disposed of');
});
