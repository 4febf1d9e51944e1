import type { FoldedLayer, ResponseNormalisation } from '../../backbones/architecture.js';
import { affineLayer } from './affineLayer.js';
import type { LayersValue } from './layersOperations.js';
import type { LayerWriter } from './sequenceLayers.js';

/** Keeps a channel that is all 0 from being divided by 0. */
const least = 1e-12;

/** Small beside any mean of lengths, and far above what float32 cannot hold when it is squared. */
const small = 1e-6;

/**
 * Global response normalisation (Woo et al. 2023) of a map: each channel is multiplied by its length over all positions, divided by
 * the mean of all channels' lengths. Keras has no layer for a root or a quotient. But layer normalisation of values and their
 * opposites, whose mean is 0, divides by the root of their mean square. So the mean of x times what it makes of x is that root. And
 * what it makes of a small constant beside a number is the constant divided by the number.
 */
export function responseLayers(
  writer: LayerWriter,
  x: LayersValue,
  { name, epsilon }: ResponseNormalisation,
  { filter: gamma, bias: beta }: FoldedLayer,
): LayersValue {
  const positions = x.h * x.w;
  const of = (kind: string, inputs: readonly string[], config: Readonly<Record<string, unknown>> = {}): string =>
    writer.layer(
      kind,
      inputs.map((layer) => ({ ...x, layer })),
      config,
    );
  const dense = (input: string, kernel: number[][], bias?: number[]): string => {
    const units = kernel[0]!.length;
    const layer = of('Dense', [input], { units, use_bias: bias !== undefined });
    writer.weight({ name: `${layer}/kernel`, shape: [kernel.length, units], values: Float32Array.from(kernel.flat()) });
    if (bias !== undefined) writer.weight({ name: `${layer}/bias`, shape: [units], values: Float32Array.from(bias) });
    return layer;
  };
  const normalised = { center: false, scale: false };

  const rows = of('Reshape', [x.layer], { target_shape: [positions, x.c] });
  const both = of('Concatenate', [rows, of('Rescaling', [rows], { scale: -1, offset: 0 })], { axis: 1 });
  const unit = of('LayerNormalization', [both], { ...normalised, axis: 1, epsilon: least });
  const lengths = of('GlobalAveragePooling1D', [of('Multiply', [both, unit])]);

  // Lengths are roots of means here, and not of sums: both sides of the quotient are smaller by the same factor.
  const even = epsilon / Math.sqrt(positions);
  const mean = Array.from({ length: x.c }, () => [1 / x.c, -1 / x.c, 0, 0]);
  const beside = dense(lengths, mean, [even, -even, small, -small]);
  const quotients = of('LayerNormalization', [beside], { ...normalised, axis: -1, epsilon: 0 });
  const factor = 1 / (2 * Math.SQRT2 * small);
  const inverse = dense(
    quotients,
    [0, 0, factor, -factor].map((value) => new Array<number>(x.c).fill(value)),
  );
  const shares = { ...x, layer: of('Multiply', [lengths, inverse]), flat: true };

  // x + gamma · shares · x + beta
  const ones = new Float32Array(x.c).fill(1);
  const factors = affineLayer(writer, shares, { gamma, beta: ones });
  const scaled = { ...x, layer: of('Multiply', [x.layer, factors]) };
  return { ...x, layer: affineLayer(writer, scaled, { beta }, name), nonNegative: false };
}
