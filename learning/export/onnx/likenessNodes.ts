import type { DistanceLayer } from '../../metrics/trust/likeness.js';
import type { NodeWriter } from './nodeWriter.js';

/** Keeps features that are all 0 from being divided by 0. */
const leastLength = 1e-30;

/**
 * The least distance of each row, scaled to length 1.
 *
 * @param features name of a tensor [batch, channels]
 * @returns name of a tensor [batch]
 */
export function nearestNodes(
  writer: NodeWriter,
  features: string,
  { weights, biases }: DistanceLayer,
  name: string,
): string {
  const classes = biases.length;
  const length = writer.node('ReduceL2', [features], { axes: [1], keepdims: 1 });
  const positive = writer.node('Add', [length, writer.floats('least_length', [], Float32Array.of(leastLength))]);
  const unit = writer.node('Div', [features, positive]);
  const weight = writer.floats('class_means.weight', [classes, weights.length / classes], weights);
  const distances = writer.node('Gemm', [unit, weight, writer.floats('class_means.bias', [classes], biases)], {
    transB: 1,
  });
  return writer.node('ReduceMin', [distances], { axes: [1], keepdims: 0 }, name);
}
