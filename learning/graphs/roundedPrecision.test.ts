import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tf, type Tensor, type Tensor4D } from '../tensorflow.js';
import { LoadedGraph } from './loadedGraph.js';
import { withLowPrecision } from './lowPrecision.js';
import { hasBfloat16 } from './processor.js';
import { recordGraph, type RecordedGraph, type TensorFunction } from './recordedGraph.js';
import { roundedInFloat32 } from './roundedPrecision.js';
import { dataTypes, type Attribute } from './savedModel.js';

const twoConvolutions: TensorFunction = ({ x, w }) => {
  const first = tf.relu(tf.conv2d(x as Tensor4D, w as Tensor4D, 1, 'same'));
  return [first, tf.mean(tf.conv2d(first, w as Tensor4D, 2, 'same'))];
};

const inputs = () => ({
  x: tf.randomUniform([2, 9, 9, 8], -1, 1, 'float32', 3),
  w: tf.randomUniform([3, 3, 8, 8], -1, 1, 'float32', 4),
});

function resultsOf({ nodes, outputs }: RecordedGraph, given: Record<string, Tensor>): Float32Array[] {
  const graph = new LoadedGraph(nodes);
  try {
    return graph.run(given, outputs).map((tensor) => tensor.dataSync() as Float32Array);
  } finally {
    graph.dispose();
  }
}

/** Whether float32 values are those of bfloat16: the lower half of each is zero. */
function isBfloat16(values: Float32Array): boolean {
  return new Uint32Array(values.buffer, values.byteOffset, values.length).every((bits) => (bits & 0xffff) === 0);
}

function farthest(actual: Float32Array, expected: Float32Array): number {
  return Math.max(...actual.map((value, at) => Math.abs(value - (expected[at] as number))));
}

test('without bfloat16 its values are float32, rounded where they would be bfloat16', () => {
  const given = inputs();
  const recorded = recordGraph(twoConvolutions, given).graph;
  const low = withLowPrecision(recorded);
  const rounded = roundedInFloat32(low);
  const typeOf = (attribute: Attribute | undefined): number | undefined =>
    attribute !== undefined && 'type' in attribute ? attribute.type : undefined;
  assert.ok(
    rounded.nodes.every(({ op, attr }) => op === 'Cast' || typeOf(attr['T']) !== dataTypes.bfloat16),
    'only casts know bfloat16',
  );
  const [full, emulated] = [resultsOf(recorded, given), resultsOf(rounded, given)];
  assert.ok(isBfloat16(emulated[0]!) && !isBfloat16(full[0]!));
  const largest = Math.max(...full[0]!);
  assert.ok(farthest(emulated[0]!, full[0]!) < largest * 2 ** -7);
  // The mean is float32 in both.
  assert.ok(!isBfloat16(emulated[1]!));
  if (hasBfloat16()) {
    const native = resultsOf(low, given);
    // At most the last of 8 bits, where sums in another order lie on the two sides of a rounding.
    assert.ok(farthest(emulated[0]!, native[0]!) <= largest * 2 ** -7);
    const off = emulated[0]!.filter((value, at) => value !== native[0]![at]).length / emulated[0]!.length;
    assert.ok(off < 0.02, `${off} of the values differ`);
  }
});
