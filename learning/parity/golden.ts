/**
 * Golden files: what another framework's forward pass gave at the end of each stage, as a few numbers a tensor.
 * Comparing with them proves a definition and its weights number by number.
 */
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { featureParameters, stageIndex, type Backbone, type NamedArrays } from '../backbones/index.js';
import { tf, type Tensor, type Tensor4D } from '../tensorflow.js';
import { formulaInput, formulaParameters } from '../weights/formula.js';
import { tensorsInFloat32, tensorsInFloat64 } from './tensorsOfNetwork.js';

const numbers = z.array(z.number());

const figures = {
  mean: z.number(),
  std: z.number(),
  first8: numbers,
  last8: numbers.optional(),
};
/** Maps are in the order NCHW, sequences [examples, tokens, channels]. */
export const goldenTensorSchema = z.union([
  z.object({ shape: numbers.min(1), ...figures }),
  z
    .object({ shape_nchw: numbers.min(2), ...figures })
    .transform(({ shape_nchw: shape, ...rest }) => ({ shape, ...rest })),
]);
export type GoldenTensor = z.infer<typeof goldenTensorSchema>;

export const goldenCaseSchema = z.object({
  /** Edge of the formula input, pixels. */
  input_size: z.number().int().positive(),
  /** What the formula input is multiplied by. */
  input_scale: z.number().default(1),
  /** By the reference implementation's module name. */
  stages: z.record(z.string(), goldenTensorSchema),
  /** What the classifier sees. */
  pooled_first8: numbers.optional(),
  pooled_mean: z.number().optional(),
  pooled_std: z.number().optional(),
  /** [1, classes], or [1, features] of a network without a classifier. */
  output_shape: numbers.optional(),
  output_first8: numbers.optional(),
  output_mean: z.number().optional(),
  output_std: z.number().optional(),
});
export type GoldenCase = z.infer<typeof goldenCaseSchema>;

/** Cases by architecture. */
export const goldenFileSchema = z.record(z.string(), goldenCaseSchema);

/** Computed parameters of the network that a case was made with: its classifier has as many classes as there, or there is none. */
export function computedParameters(backbone: Backbone, golden: GoldenCase): NamedArrays {
  const hasNone = golden.output_first8 !== undefined && isDeepStrictEqual(golden.output_first8, golden.pooled_first8);
  if (!hasNone) return formulaParameters(backbone, golden.output_shape?.at(-1));
  const ofFeatures = new Set(featureParameters(backbone).map(({ name }) => name));
  return new Map([...formulaParameters(backbone)].filter(([name]) => ofFeatures.has(name)));
}

export interface TensorDeviation {
  tensor: string;
  /** Largest difference of mean, standard deviation and first values, as a share of the tensor's own deviation. */
  worst: number;
}

/** The most that a definition that is right deviates by. */
export const tolerance = 1e-3;

export function worstOf(deviations: readonly TensorDeviation[]): number {
  return Math.max(...deviations.map(({ worst }) => worst));
}

/** Modules that stand for global average pooling. */
const poolNames = new Set(['avgpool', 'global_pool']);

/**
 * Run one case and compare every tensor it names. Rounding may grow to more than what is allowed, in a network whose gates turn small
 * differences into large ones: PyTorch's own figures for EfficientNetV2 change by 1e-3 from processor to processor. Such a case is
 * compared in float64, which shows whether the definition is right.
 * @throws GW_STAGE_UNKNOWN when a tensor is not the end of a stage
 * @throws GW_WEIGHTS_MISMATCH when a parameter is missing
 */
export function compareWithGolden(backbone: Backbone, parameters: NamedArrays, golden: GoldenCase): TensorDeviation[] {
  const single = compareTensors(backbone, parameters, golden, tensorsInFloat32);
  if (worstOf(single) <= tolerance) return single;
  const double = compareTensors(backbone, parameters, golden, tensorsInFloat64);
  return worstOf(double) < worstOf(single)
    ? double.map(({ tensor, worst }) => ({ tensor: `${tensor} (float64)`, worst }))
    : single;
}

function compareTensors(
  backbone: Backbone,
  parameters: NamedArrays,
  golden: GoldenCase,
  compute: typeof tensorsInFloat32,
): TensorDeviation[] {
  const { input_size: size } = golden;
  const { channels, taps } = backbone.reference;
  const expected = new Map<number, { tensor: string; golden: GoldenTensor }>();
  for (const [tensor, value] of Object.entries(golden.stages)) {
    if (!poolNames.has(tensor)) {
      expected.set(stageIndex(backbone, taps[tensor] ?? tensor), { tensor, golden: value });
    }
  }
  const deviations: TensorDeviation[] = [];
  tf.tidy(() => {
    const input = tf.mul<Tensor4D>(tf.tensor4d(formulaInput(size), [1, size, size, 3]), golden.input_scale);
    const picture = channels === 'bgr' ? tf.reverse4d(input, 3) : input;
    const { stages, pooled, logits } = compute(backbone, parameters, picture);
    for (const [index, x] of stages.entries()) {
      const stage = expected.get(index);
      if (stage) deviations.push({ tensor: stage.tensor, worst: deviation(inTorchOrder(x), stage.golden) });
    }
    for (const name of poolNames) {
      const value = golden.stages[name];
      if (value) deviations.push({ tensor: name, worst: deviation(pooled, value) });
    }
    // A file without a classifier has its pooled features for output.
    const output = logits ?? pooled;
    for (const [tensor, value] of [
      ['pooled', pooled],
      ['output', output],
    ] as const) {
      const figures = goldenTensorSchema.safeParse({
        shape: value.shape,
        mean: golden[`${tensor}_mean`],
        std: golden[`${tensor}_std`],
        first8: golden[`${tensor}_first8`],
      });
      if (figures.success) deviations.push({ tensor, worst: deviation(value, figures.data) });
    }
  });
  return deviations;
}

/** Maps channels first; a sequence, a map of one row, as it is. */
function inTorchOrder(x: Tensor4D): Tensor {
  const [batch, height, tokens, channels] = x.shape;
  return height === 1 && tokens > 1 ? x.reshape([batch, tokens, channels]) : x.transpose([0, 3, 1, 2]);
}

/**
 * How far a tensor is from what a golden file says of it.
 * @param x in torch's order
 * @returns the largest finite number where it has another shape
 */
export function deviation(x: Tensor, golden: GoldenTensor): number {
  const count = golden.shape.reduce((product, dimension) => product * dimension, 1);
  // A sequence may be listed as the map that its tokens are of.
  const isSame = x.rank === 3 ? x.shape[2] === golden.shape.at(-1) : x.shape[1] === golden.shape[1];
  if (x.size !== count || !isSame) return Number.MAX_VALUE;
  return deviationOf(x.dataSync<'float32'>(), golden);
}

/** @param values in torch's order */
export function deviationOf(values: Float32Array, golden: Omit<GoldenTensor, 'shape'>): number {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  // Unbiased, as torch.std gives it.
  const std = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1));
  const differences = [
    mean - golden.mean,
    std - golden.std,
    ...golden.first8.map((value, i) => (values[i] ?? Number.NaN) - value),
    ...(golden.last8 ?? []).map((value, i, { length }) => (values[count - length + i] ?? Number.NaN) - value),
  ];
  const worst = Math.max(...differences.map(Math.abs)) / golden.std;
  // A finite number, because JSON has no infinity.
  return Number.isFinite(worst) ? worst : Number.MAX_VALUE;
}
