import type { DistanceLayer } from '../../metrics/trust/likeness.js';
import type { LayersValue } from './layersOperations.js';
import type { LayerWriter } from './sequenceLayers.js';

/** Keeps features that are all 0 from being divided by 0. */
const epsilon = 1e-12;

/**
 * The least distance of each row, scaled to length 1. Keras has no layer for a length. But layer normalisation of the features and
 * their opposites, whose mean is 0, divides by it, but for a constant.
 *
 * @param x flat features
 * @returns the layer that gives [batch, 1]
 */
export function nearestLayers(
  writer: LayerWriter,
  x: LayersValue,
  { weights, biases }: DistanceLayer,
  name: string,
): string {
  const channels = x.c;
  const classes = biases.length;
  const of = (kind: string, input: string, config: Readonly<Record<string, unknown>>, own?: string): string =>
    writer.layer(kind, [{ ...x, layer: input }], config, own);
  const dense = (input: string, units: number, kernel: Float32Array, bias?: Float32Array): string => {
    const layer = of('Dense', input, { units, use_bias: bias !== undefined });
    writer.weight({ name: `${layer}/kernel`, shape: [kernel.length / units, units], values: kernel });
    if (bias !== undefined) writer.weight({ name: `${layer}/bias`, shape: [units], values: bias });
    return layer;
  };
  const reshaped = (input: string, target_shape: readonly number[]): string => of('Reshape', input, { target_shape });

  const both = reshaped(dense(reshaped(x.layer, [channels, 1]), 2, Float32Array.of(1, -1)), [2 * channels]);
  const normal = of('LayerNormalization', both, { axis: -1, epsilon, center: false, scale: false });
  const half = 1 / (2 * Math.sqrt(channels));
  const unit = reshaped(dense(reshaped(normal, [channels, 2]), 1, Float32Array.of(half, -half)), [channels]);
  // Keras has a layer for the most, and none for the least. Its kernels are [channels, classes].
  const opposite = new Float32Array(weights.length);
  for (let k = 0; k < classes; k++)
    for (let c = 0; c < channels; c++) opposite[c * classes + k] = -(weights[k * channels + c] as number);
  const closeness = dense(
    unit,
    classes,
    opposite,
    biases.map((value) => -value),
  );
  const nearest = of('GlobalMaxPooling1D', reshaped(closeness, [classes, 1]), {});
  return of('Rescaling', nearest, { scale: -1, offset: 0 }, name);
}
