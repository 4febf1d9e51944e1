/** Batch normalisation as part of the convolution before it: arithmetic on arrays, without TensorFlow. */
import { GraftworkError } from '../../../contracts/errors.js';
import type { Layer } from '../declare.js';
import type { NamedArrays } from '../parameters.js';

/** In torch order. What is not normalised is the parameters' own memory: it must not be changed. */
export interface FoldedLayer {
  readonly filter: Float32Array;
  readonly bias: Float32Array;
}

/**
 * w·γ/√(σ²+ε) and β + (b − μ)·γ/√(σ²+ε), the factor in float64, so the result depends on nothing but the parameters.
 * @throws GW_WEIGHTS_MISMATCH when a parameter is missing
 */
export function foldedLayer(layer: Layer, parameters: NamedArrays): FoldedLayer {
  const read = (name: string): Float32Array => {
    const array = parameters.get(name);
    if (!array) throw missingParameter(name);
    return array.data;
  };
  const { weight, batchNorm } = layer;
  const out = weight.shape[0] ?? 0;
  const ownFilter = read(weight.name);
  const ownBias = layer.bias ? read(layer.bias.name) : new Float32Array(out);
  if (!batchNorm) return { filter: ownFilter, bias: ownBias };
  const [gamma, beta, mean, variance] = ['weight', 'bias', 'running_mean', 'running_var'].map((part) =>
    read(`${batchNorm.name}.${part}`),
  ) as [Float32Array, Float32Array, Float32Array, Float32Array];
  const filter = Float32Array.from(ownFilter);
  const bias = new Float32Array(out);
  const stride = filter.length / out;
  for (let o = 0; o < out; o++) {
    const scale = gamma[o]! / Math.sqrt(variance[o]! + batchNorm.epsilon);
    bias[o] = beta[o]! + (ownBias[o]! - mean[o]!) * scale;
    for (let i = o * stride; i < (o + 1) * stride; i++) filter[i]! *= scale;
  }
  return { filter, bias };
}

export function missingParameter(name: string): GraftworkError {
  return new GraftworkError('GW_WEIGHTS_MISMATCH', `The parameter '${name}' is missing.`, {
    remedy: 'Use a weights file of this backbone; see `models` for the names it must hold.',
  });
}
