/** Batch normalisation and LayerScale as part of the layer before them: arithmetic on arrays, without TensorFlow. */
import { GraftworkError } from '../../../contracts/errors.js';
import type { Layer } from '../declaration.js';
import type { BatchNorm } from '../operations.js';
import type { NamedArrays } from '../parameters.js';

/** In torch order. What is neither normalised nor scaled is the parameters' own memory: it must not be changed. */
export interface FoldedLayer {
  readonly filter: Float32Array;
  readonly bias: Float32Array;
}

/**
 * w·γ/√(σ²+ε) and β + (b − μ)·γ/√(σ²+ε), both times the scale, the factor in float64, so the result depends on nothing but the
 * parameters.
 * @throws GW_WEIGHTS_MISMATCH when a parameter is missing
 */
export function foldedLayer(layer: Layer, parameters: NamedArrays): FoldedLayer {
  const read: Read = (name) => {
    const array = parameters.get(name);
    if (!array) throw missingParameter(name);
    return array.data;
  };
  const { weight, batchNorm, scale } = layer;
  const out = weight.shape[0] ?? 0;
  const ownFilter = read(weight.name);
  const ownBias = biasOf(layer, out, read);
  if (!batchNorm && !scale) return { filter: ownFilter, bias: ownBias };
  const scales = scale && read(scale.name);
  const normalisation = batchNorm && normalisationOf(batchNorm, read);
  const filter = Float32Array.from(ownFilter);
  const bias = new Float32Array(out);
  const stride = filter.length / out;
  for (let o = 0; o < out; o++) {
    const [factor, mean, shift] = normalisation?.(o) ?? [1, 0, 0];
    const own = scales?.[o] ?? 1;
    bias[o] = (shift + (ownBias[o]! - mean) * factor) * own;
    for (let i = o * stride; i < (o + 1) * stride; i++) filter[i]! *= factor * own;
  }
  return { filter, bias };
}

type Read = (name: string) => Float32Array;

function biasOf({ bias, biasParts }: Layer, out: number, read: Read): Float32Array {
  if (bias) return read(bias.name);
  const whole = new Float32Array(out);
  for (const [index, part] of (biasParts ?? []).entries()) {
    if (part !== null) whole.set(read(part.name), (index * out) / biasParts!.length);
  }
  return whole;
}

/** Of an output channel: the factor, the mean, and what is added in the end. */
function normalisationOf({ name, epsilon }: BatchNorm, read: Read): (channel: number) => [number, number, number] {
  const [gamma, beta, mean, variance] = ['weight', 'bias', 'running_mean', 'running_var'].map((part) =>
    read(`${name}.${part}`),
  ) as [Float32Array, Float32Array, Float32Array, Float32Array];
  return (o) => [gamma[o]! / Math.sqrt(variance[o]! + epsilon), mean[o]!, beta[o]!];
}

export function missingParameter(name: string): GraftworkError {
  return new GraftworkError('GW_WEIGHTS_MISMATCH', `The parameter '${name}' is missing.`, {
    remedy: 'Use a weights file of this backbone; see `models` for the names it must hold.',
  });
}
