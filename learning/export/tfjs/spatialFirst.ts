/**
 * A layer's weights from torch's order, [out, in, position], to TensorFlow's, [position, in, out]: of a convolution, whose
 * positions are those of its window; of a depthwise one (`in` is 1); and of a linear layer on a flattened map.
 */
export function spatialFirst(
  weights: Float32Array,
  size: { out: number; in: number; positions: number },
): Float32Array<ArrayBuffer> {
  const result = new Float32Array(weights.length);
  let to = 0;
  for (let position = 0; position < size.positions; position++) {
    for (let i = 0; i < size.in; i++) {
      for (let o = 0; o < size.out; o++) result[to++] = weights[(o * size.in + i) * size.positions + position]!;
    }
  }
  return result;
}
