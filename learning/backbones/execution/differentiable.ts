/**
 * Training: batch normalisation with frozen statistics, folded in every step so that γ and β (and the filter)
 * train: w·γ/σ and β + (b − μ)·γ/σ. Exact, and far faster than the gradient of `tf.batchNorm`.
 */
import { tf, type Rank, type Tensor, type Tensor1D, type Tensor4D } from '../../tensorflow.js';
import { adapterNames } from '../adapters/lowRank.js';
import type { Backbone } from '../backbone.js';
import { namedTensor, type NamedTensors } from '../parameters.js';
import { runStageRange, type StageRange } from './stageRange.js';
import { TensorOperations, type Affine, type AffineLayer, type ParameterSource } from './tensorOperations.js';

/**
 * Run a range of stages differentiably: inside `tf.variableGrads` or `tf.grads`, gradients reach every parameter
 * that is a variable or an argument; plain tensors are constants, so frozen parameters get none.
 *
 * @param parameters in TensorFlow's order (see `toTensors`), at least those of the range; a linear layer with a low-rank adapter
 * among them has it added, and gets no gradient of its own
 * @param x [batch, height, width, channels], e.g. cached activations at the cut
 * @param kept of residual branches, see `ParameterSource`
 * @throws GW_WEIGHTS_MISMATCH when a parameter is missing
 */
export function runStages(
  backbone: Backbone,
  parameters: NamedTensors,
  x: Tensor4D,
  range: StageRange = {},
  kept?: ParameterSource['kept'],
): Tensor4D {
  const operations = differentiableOperations(parameters, kept);
  return tf.tidy(() => runStageRange(backbone, operations, x, range));
}

/** The operations as functions of the parameters, as `runStages` takes them. */
export function differentiableOperations(parameters: NamedTensors, kept?: ParameterSource['kept']): TensorOperations {
  return new TensorOperations({
    kept,
    affine: (layer) => scaled(layer, { ...affine(layer, parameters), ...adapter(layer, parameters) }, parameters),
    parameter: (name) => namedTensor(parameters, name),
  });
}

function affine(o: AffineLayer, parameters: NamedTensors): Affine {
  const read = <T extends Tensor>(name: string): T => namedTensor(parameters, name) as T;
  const filter = read(`${o.name}.weight`);
  const own = ownBias(o, parameters);
  if (!o.batchNorm) return { filter, bias: own ?? tf.zeros([o.out]) };
  const { name, epsilon } = o.batchNorm;
  const deviation = tf.sqrt(tf.add(read<Tensor1D>(`${name}.running_var`), epsilon));
  const scale = tf.div<Tensor1D>(read(`${name}.weight`), deviation);
  const mean = read<Tensor1D>(`${name}.running_mean`);
  const shift = own ? tf.sub(own, mean) : tf.neg(mean);
  return {
    // The output channel is the last axis, except in a depthwise filter (HWC1).
    filter: tf.mul(filter, o.depthwise ? scale.reshape([o.out, 1]) : scale),
    bias: tf.add(read<Tensor1D>(`${name}.bias`), tf.mul(shift, scale)),
  };
}

/** A layer's own bias; undefined where it has none. */
export function ownBias({ name, out, bias, biasParts }: AffineLayer, parameters: NamedTensors): Tensor1D | undefined {
  if (biasParts !== undefined) {
    const parts = biasParts.map((part) =>
      part === null ? tf.zeros<Rank.R1>([out / biasParts.length]) : (namedTensor(parameters, part) as Tensor1D),
    );
    return tf.concat1d(parts);
  }
  return bias ? (namedTensor(parameters, `${name}.bias`) as Tensor1D) : undefined;
}

function adapter({ name }: AffineLayer, parameters: NamedTensors): Pick<Affine, 'adapter'> {
  const names = adapterNames(name);
  const [down, up] = [parameters[names.down], parameters[names.up]];
  return down === undefined || up === undefined ? {} : { adapter: { down, up } };
}

/** LayerScale as part of the layer before it: w·γ and b·γ, and so of an adapter: B·γ. */
function scaled(layer: AffineLayer, affine: Affine, parameters: NamedTensors): Affine {
  const { scale, depthwise, out } = layer;
  if (scale === undefined) return affine;
  const { filter, bias, adapter: own } = affine;
  const factor = namedTensor(parameters, scale);
  return {
    filter: tf.mul(filter, depthwise ? factor.reshape([out, 1]) : factor),
    bias: tf.mul(bias, factor),
    ...(own === undefined ? {} : { adapter: { ...own, up: tf.mul(own.up, factor) } }),
  };
}
