import assert from 'node:assert/strict';
import { test } from 'node:test';
import { getBackbone } from '../../learning/backbones/architecture.js';
import { contentKey } from '../../storage/objects/contentKey.js';
import { inputSettings } from './inputSettings.js';
import { PartlySeen } from './partlySeen.js';
import { planPixelShards } from './planPixelShards.js';

const source = getBackbone('efficientnet_lite0').input;

test('pictures of which the crop shows less than half are counted, and some are named', () => {
  const sizes = [
    [300, 300],
    [400, 300],
    [300, 450],
    [1280, 64],
    [64, 1280],
    [600, 200],
    [900, 200],
  ] as const;
  const found = (preprocess: Parameters<typeof inputSettings>[1]) => {
    const partly = new PartlySeen(inputSettings(source, preprocess));
    for (const [width, height] of sizes) partly.add({ path: `${width}x${height}`, width, height });
    return partly.found;
  };
  assert.deepEqual(found({}), { count: 4, examples: ['1280x64', '64x1280', '600x200'] });
  assert.equal(found({ fit: 'pad' }), undefined);
  assert.equal(found({ fit: 'squash' }), undefined);
});

test('what a spec leaves out changes neither settings nor keys', () => {
  const settings = inputSettings(source, {});
  assert.deepEqual(Object.keys(settings).toSorted(), ['crop', 'interpolation', 'mean', 'resize', 'std', 'store']);
  assert.deepEqual(inputSettings(source, { fit: 'crop', range: 'format' }), settings);
  const { resize, store, crop, interpolation } = settings;
  const images = [{ sha256: 'a'.repeat(64), split: 'train' as const }];
  const keyOf = (preprocess: Parameters<typeof inputSettings>[1]) =>
    planPixelShards(images, inputSettings(source, preprocess)).map(({ key }) => key)[0];
  const contents = ['a'.repeat(64)];
  assert.equal(keyOf({}), contentKey('pixels/1', { resize, store, crop, interpolation, contents }));
  const others = [keyOf({}), keyOf({ fit: 'pad' }), keyOf({ fit: 'squash' }), keyOf({ range: 'auto' })];
  assert.equal(new Set(others).size, 4);
});

test('the whole picture is the crop, unless a size after resizing is given', () => {
  assert.deepEqual(inputSettings(source, { fit: 'pad' }), {
    ...inputSettings(source, {}),
    resize: source.size,
    store: source.size,
    fit: 'pad',
    fill: [128, 128, 128],
  });
  assert.equal(inputSettings(source, { fit: 'squash', resize: 256 }).resize, 256);
});

test('a model that was trained on padded pictures is gone on with in the same way, unless the spec says otherwise', () => {
  const model = { ...source, resize: source.size, fit: 'pad', range: 'auto' } as const;
  assert.deepEqual(inputSettings(model, {}), inputSettings(source, { fit: 'pad', range: 'auto' }));
  assert.deepEqual(inputSettings(model, { fit: 'crop', range: 'format', resize: 256 }), inputSettings(source, {}));
});
