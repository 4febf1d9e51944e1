/** One training step of another framework: its loss, some gradients, and the loss after every parameter has moved. */
import { z } from 'zod';
import type { StagePlan } from '../../contracts/spec/plan.js';
import { recipes } from '../../contracts/spec/recipes.js';
import { toArray, type Backbone, type NamedArrays } from '../backbones/index.js';
import { Optimizer } from '../optimizers/optimizer.js';
import { parameterGroups } from '../optimizers/parameterGroups.js';
import { withEpochs } from '../schedules/epochCount.js';
import { tf, type Tensor, type Tensor1D, type Tensor4D } from '../tensorflow.js';
import { StageModel } from '../training/stage/stageModel.js';
import { TrainingSteps } from '../training/step/trainingStep.js';
import { formulaInput } from '../weights/formula.js';
import { deviationOf, goldenTensorSchema, type TensorDeviation } from './golden.js';

export const trainingCaseSchema = z.object({
  /** Edge of the formula input, pixels. It and its mirror image are the batch. */
  input_size: z.number().int().positive(),
  labels: z.array(z.number().int().nonnegative()),
  /** Mean cross-entropy. */
  loss: z.number(),
  /** Of some parameters, in torch's order. */
  gradients: z.record(z.string(), goldenTensorSchema),
  /** Of all gradients together. */
  norm: z.number(),
  learning_rate: z.number(),
  loss_after: z.number(),
});
type TrainingCase = z.infer<typeof trainingCaseSchema>;

/** Run one step of plain gradient descent on every parameter that trains, and compare all that the case names. */
export async function compareWithTraining(
  backbone: Backbone,
  parameters: NamedArrays,
  golden: TrainingCase,
): Promise<TensorDeviation[]> {
  using model = new StageModel(everyStage(backbone), backbone, classesIn(backbone, parameters), parameters, null);
  const groups = parameterGroups(model.trainable, () => 1);
  const plain = { kind: 'sgd', momentum: 0, nesterov: false, weightDecay: 0 } as const;
  using optimizer = new Optimizer(plain, groups, parameters, undefined);
  using steps = new TrainingSteps(model, optimizer, () => 0);
  const { labels, input_size: size } = golden;
  const batch = { labels, atOnce: labels.length, labelSmoothing: 0, features: () => Promise.resolve(mirrored(size)) };

  const { loss, gradients } = await steps.gradients(batch);
  const deviations = await ofGradients(optimizer, model, gradients, golden);
  optimizer.step(gradients, golden.learning_rate, 1);
  tf.dispose(gradients);
  const { loss: after, gradients: unused } = await steps.gradients(batch);
  tf.dispose(unused);
  return [
    { tensor: 'loss', worst: relative(loss, golden.loss) },
    ...deviations,
    { tensor: 'loss after', worst: relative(after, golden.loss_after) },
  ];
}

async function ofGradients(
  optimizer: Optimizer,
  { trainable }: StageModel,
  gradients: readonly Tensor1D[],
  golden: TrainingCase,
): Promise<TensorDeviation[]> {
  const named = tf.tidy(() => optimizer.unpacked(gradients));
  const deviations: TensorDeviation[] = [];
  for (const [name, expected] of Object.entries(golden.gradients)) {
    const spec = trainable.find((one) => one.name === name);
    const { data } = spec ? await toArray(spec, named[name] as Tensor) : { data: new Float32Array() };
    deviations.push({ tensor: name, worst: deviationOf(data, expected) });
  }
  tf.dispose(named);
  const squares = gradients.map((gradient) => gradient.dataSync<'float32'>().reduce((sum, x) => sum + x ** 2, 0));
  const norm = Math.sqrt(squares.reduce((sum, square) => sum + square, 0));
  return [...deviations, { tensor: 'norm', worst: relative(norm, golden.norm) }];
}

/** A stage in which everything trains from the picture on. */
function everyStage({ stages }: Backbone): StagePlan {
  const [recipe] = recipes.default.fineTune;
  if (recipe === undefined) throw new RangeError('the default recipe fine-tunes nothing');
  const training = withEpochs(recipe, 1);
  return { kind: 'fineTune', name: 'parity', training, trainable: stages.map(({ name }) => name), cut: null };
}

const relative = (actual: number, expected: number): number => Math.abs(actual - expected) / expected;

/** The formula input, and its mirror image. */
function mirrored(size: number): Tensor {
  return tf.tidy(() => {
    const input: Tensor4D = tf.tensor4d(formulaInput(size), [1, size, size, 3]);
    return tf.concat([input, tf.reverse4d(input, 2)]);
  });
}

const classesIn = ({ classifierName }: Backbone, parameters: NamedArrays): number =>
  parameters.get(`${classifierName}.bias`)?.shape[0] ?? 0;
