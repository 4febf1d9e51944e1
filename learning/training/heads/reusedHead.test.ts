import assert from 'node:assert/strict';
import { test } from 'node:test';
import { getBackbone } from '../../backbones/index.js';
import { reusedHead } from './reusedHead.js';

const backbone = getBackbone('efficientnet_lite0');
const { classifierName, featureSize } = backbone;

test('a head begins with the rows of the classes that stay, wherever they now stand', () => {
  const earlier = new Map([
    [`${classifierName}.weight`, { shape: [2, featureSize], data: new Float32Array(2 * featureSize).map((_, i) => i) }],
    [`${classifierName}.bias`, { shape: [2], data: Float32Array.of(0.5, -0.5) }],
  ]);
  const head = reusedHead(backbone, earlier, [1, null, 0]);
  const { data, shape } = head.get(`${classifierName}.weight`)!;
  assert.deepEqual(shape, [3, featureSize]);
  assert.equal(data[0], featureSize);
  assert.equal(data[featureSize], 0);
  assert.equal(data[2 * featureSize + 1], 1);
  assert.deepEqual([...head.get(`${classifierName}.bias`)!.data], [-0.5, 0, 0.5]);
});

test('a classifier of another width is refused', () => {
  const narrow = new Map([
    [`${classifierName}.weight`, { shape: [1, 3], data: new Float32Array(3) }],
    [`${classifierName}.bias`, { shape: [1], data: new Float32Array(1) }],
  ]);
  assert.throws(() => reusedHead(backbone, narrow, [0]), RangeError);
});
