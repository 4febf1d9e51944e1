import type { LayersValue } from './layersOperations.js';
import type { LayerWriter } from './sequenceLayers.js';

/**
 * Keras adds constants to the last axis, or multiplies it by them, only as batch normalisation does: with mean 0 and variance 1.
 * @param constants the factors, what is added, or both
 * @returns the layer's name. @param name @default its kind, counted through
 */
export function affineLayer(
  writer: LayerWriter,
  x: LayersValue,
  constants: { gamma?: Float32Array; beta?: Float32Array },
  name?: string,
): string {
  const { gamma, beta } = constants;
  const config = { axis: -1, epsilon: 0, center: beta !== undefined, scale: gamma !== undefined };
  const layer = writer.layer('BatchNormalization', [x], config, name);
  const { length } = (gamma ?? beta)!;
  const given = [gamma && { kind: 'gamma', values: gamma }, beta && { kind: 'beta', values: beta }];
  const neutral = [
    { kind: 'moving_mean', values: new Float32Array(length) },
    { kind: 'moving_variance', values: new Float32Array(length).fill(1) },
  ];
  for (const weight of [...given, ...neutral]) {
    if (weight === undefined) continue;
    writer.weight({ name: `${layer}/${weight.kind}`, shape: [length], values: weight.values });
  }
  return layer;
}
