import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { laterAugmentation } from '../../contracts/spec/stages/augmentationSpec.js';
import type { AugmentationSpec } from '../../contracts/spec/stages/augmentationSpec.js';
import { randomBits } from '../random.js';
import { tf } from '../tensorflow.js';
import { applyViews } from './applyViews.js';
import { centreView, viewParameters, type ViewParameters } from './viewParameters.js';

const augmentation: AugmentationSpec = {
  views: 8,
  horizontalFlip: true,
  cropScale: [0.3, 1],
  cropRatio: [3 / 4, 4 / 3],
  colorJitter: 0.4,
  ...laterAugmentation,
};
const input = {
  store: 12,
  crop: 8,
  mean: [0, 0, 0] as [number, number, number],
  std: [1, 1, 1] as [number, number, number],
};
const pixels = Uint8Array.from({ length: 2 * 12 * 12 * 3 }, (_, i) => randomBits(i) & 255);
const square = pixels.subarray(0, 12 * 12 * 3);

/** Bytes of one image under one view. */
function view(parameters: Partial<ViewParameters>, settings = input): Float32Array {
  const result = applyViews(square, [{ ...centreView, ...parameters }], settings);
  const values = result.dataSync<'float32'>();
  result.dispose();
  return values;
}

/** Factors of a jitter that does nothing. */
const unchanged = { brightness: 1, contrast: 1, saturation: 1 };

const at = (values: Float32Array, y: number, x: number, c: number): number => values[(y * 8 + x) * 3 + c] as number;

test('view 0 is the centre crop, each byte as a share of 255', () => {
  assert.deepEqual(viewParameters(augmentation, 5, 'abc', 0), centreView);
  const values = view({});
  for (let y = 0; y < 8; y++) {
    for (let x = 0; x < 8; x++) {
      for (let c = 0; c < 3; c++) {
        const byte = square[((y + 2) * 12 + x + 2) * 3 + c] as number;
        assert.ok(Math.abs(at(values, y, x, c) - byte / 255) < 1e-7);
      }
    }
  }
});

test('pixels are normalised by mean and std per channel', () => {
  const plain = view({});
  const normalised = view({}, { ...input, mean: [0.5, 0.25, 0], std: [0.5, 0.25, 2] });
  for (let i = 0; i < plain.length; i += 3) {
    assert.ok(Math.abs((normalised[i] as number) - ((plain[i] as number) - 0.5) / 0.5) < 1e-6);
    assert.ok(Math.abs((normalised[i + 1] as number) - ((plain[i + 1] as number) - 0.25) / 0.25) < 1e-6);
    assert.ok(Math.abs((normalised[i + 2] as number) - (plain[i + 2] as number) / 2) < 1e-6);
  }
});

test('a flip mirrors, and nothing else', () => {
  const plain = view({});
  const flipped = view({ flip: true });
  for (let y = 0; y < 8; y++) {
    for (let x = 0; x < 8; x++) {
      assert.ok(Math.abs(at(flipped, y, x, 1) - at(plain, y, 7 - x, 1)) < 1e-5);
    }
  }
});

test('a box of the crop size, anywhere on whole pixels, is those pixels', () => {
  const values = view({ box: { top: 1 / 12, left: 3 / 12, bottom: 9 / 12, right: 11 / 12 } });
  for (let y = 0; y < 8; y++) {
    for (let x = 0; x < 8; x++) {
      assert.ok(Math.abs(at(values, y, x, 2) - (square[((y + 1) * 12 + x + 3) * 3 + 2] as number) / 255) < 1e-5);
    }
  }
});

test('jitter as torchvision: brightness scales, contrast and saturation blend with grey', () => {
  const plain = view({});
  const grey = (values: Float32Array, i: number) =>
    0.299 * (values[i] as number) + 0.587 * (values[i + 1] as number) + 0.114 * (values[i + 2] as number);
  const bright = view({ colorJitter: { ...unchanged, brightness: 0.5 } });
  plain.forEach((value, i) => assert.ok(Math.abs((bright[i] as number) - value / 2) < 1e-6));
  const colourless = view({ colorJitter: { ...unchanged, saturation: 0 } });
  plain.forEach((_, i) => assert.ok(Math.abs((colourless[i] as number) - grey(plain, i - (i % 3))) < 1e-5));
  const flat = view({ colorJitter: { ...unchanged, contrast: 0 } });
  const mean = plain.reduce((sum, _, i) => (i % 3 === 0 ? sum + grey(plain, i) : sum), 0) / 64;
  flat.forEach((value) => assert.ok(Math.abs(value - mean) < 1e-5));
});

test('boxes lie within the square, with the area and ratio asked for', () => {
  fc.assert(
    fc.property(fc.nat(), fc.string(), fc.integer({ min: 1, max: 63 }), (seed, image, index) => {
      const { box, colorJitter } = viewParameters(augmentation, seed, image, index);
      assert.ok(box && box.top >= 0 && box.left >= 0 && box.bottom <= 1 + 1e-9 && box.right <= 1 + 1e-9);
      const [height, width] = [box.bottom - box.top, box.right - box.left];
      assert.ok(height * width > 0.3 - 1e-9 && height * width <= 1 + 1e-9);
      assert.ok(width / height > 3 / 4 - 1e-9 && width / height < 4 / 3 + 1e-9);
      assert.ok(colorJitter && colorJitter.brightness > 0.6 && colorJitter.brightness < 1.4);
    }),
  );
});

test('a view is the same in any batch, any order and any process', () => {
  const parameters = ['a', 'b'].map((image) => viewParameters(augmentation, 7, image, 3));
  const digest = (values: Uint8Array) => createHash('sha256').update(values).digest('hex');
  const bytes = (batch: Uint8Array, views: readonly ViewParameters[]): Uint8Array => {
    const result = applyViews(batch, views, input);
    const values = result.dataSync<'float32'>();
    result.dispose();
    return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  };
  const both = bytes(pixels, parameters);
  const second = bytes(pixels.subarray(square.length), parameters.slice(1));
  assert.equal(digest(both.subarray(both.length / 2)), digest(second));
  const here = JSON.stringify(parameters);
  const script = `import { viewParameters } from ${JSON.stringify(new URL('./viewParameters.js', import.meta.url).href)};
    console.log(JSON.stringify(['b', 'a'].map((image) => viewParameters(${JSON.stringify(augmentation)}, 7, image, 3)).reverse()));`;
  const there = execFileSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' });
  assert.equal(there.trim(), here);
});

test('no tensor is left behind, and wrong sizes are refused', () => {
  const before = tf.memory().numTensors;
  view({ flip: true, colorJitter: { ...unchanged, contrast: 1.2 } });
  assert.equal(tf.memory().numTensors, before);
  assert.throws(() => applyViews(square.subarray(1), [centreView], input), /431 bytes for 1 images of 12×12/);
});
