import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { laterAugmentation } from '../../contracts/spec/stages/augmentationSpec.js';
import { recipes } from '../../contracts/spec/recipes.js';
import type { AugmentationSpec } from '../../contracts/spec/stages/augmentationSpec.js';
import { randomBits } from '../random.js';
import { tf } from '../tensorflow.js';
import { affineMatrix } from './affine.js';
import { applyViews } from './applyViews.js';
import { centreView, viewParameters, type ViewParameters } from './viewParameters.js';

const everything: AugmentationSpec = {
  ...recipes.default.augmentation,
  views: 8,
  verticalFlip: true,
  rotation: 30,
  translate: 0.1,
  scale: [0.8, 1.2],
  shear: 10,
  randAugment: { operations: 2, magnitude: 9 },
  erasing: 0.5,
};
const input = {
  store: 12,
  crop: 8,
  mean: [0, 0, 0] as [number, number, number],
  std: [1, 1, 1] as [number, number, number],
};
const imageBytes = 12 * 12 * 3;
const pixels = Uint8Array.from({ length: 3 * imageBytes }, (_, i) => randomBits(i) & 255);

function drawn(views: readonly ViewParameters[], from = 0): Float32Array {
  const result = applyViews(pixels.subarray(from * imageBytes, (from + views.length) * imageBytes), views, input);
  const values = result.dataSync<'float32'>();
  result.dispose();
  return values;
}
const view = (change: Partial<ViewParameters>): Float32Array => drawn([{ ...centreView, ...change }]);
const at = (values: Float32Array, y: number, x: number, c: number): number => values[(y * 8 + x) * 3 + c] as number;

/** Whether `values` at each place are `of` the plain centre crop's. */
function assertMoved(values: Float32Array, of: (y: number, x: number) => [number, number], message: string): void {
  const plain = view({});
  for (let y = 0; y < 8; y++) {
    for (let x = 0; x < 8; x++) {
      for (let c = 0; c < 3; c++) {
        const difference = Math.abs(at(values, y, x, c) - at(plain, ...of(y, x), c));
        assert.ok(difference < 1e-5, `${message} at ${y}, ${x}`);
      }
    }
  }
}

test('a vertical flip turns the picture upside down, with and without a horizontal one', () => {
  assertMoved(view({ flipVertically: true }), (y, x) => [7 - y, x], 'vertical');
  assertMoved(view({ flip: true, flipVertically: true }), (y, x) => [7 - y, 7 - x], 'both');
});

test('affine maps turn, mirror and shift about the centre of the crop', () => {
  const none = { degrees: 0, shift: [0, 0], scale: 1, shearDegrees: 0 } as const;
  assertMoved(view({ affine: affineMatrix(none) }), (y, x) => [y, x], 'nothing');
  assertMoved(view({ affine: affineMatrix({ ...none, degrees: 180 }) }), (y, x) => [7 - y, 7 - x], 'half a turn');
  // Clockwise: what is on top now was on the left.
  assertMoved(view({ affine: affineMatrix({ ...none, degrees: 90 }) }), (y, x) => [7 - x, y], 'a quarter turn');
  assertMoved(view({ flip: true, affine: affineMatrix(none) }), (y, x) => [y, 7 - x], 'flipped before');
  // Beyond the crop lies more of the stored square, not an edge: two pixels to the right show two more on the left.
  const shifted = view({ affine: affineMatrix({ ...none, shift: [0.25, 0] }) });
  assert.ok(Math.abs(at(shifted, 3, 0, 0) - (pixels[(5 * 12 + 0) * 3] as number) / 255) < 1e-5);
  assert.ok(Math.abs(at(shifted, 3, 7, 0) - (pixels[(5 * 12 + 7) * 3] as number) / 255) < 1e-5);
});

test('an affine view is within rounding to bytes of the same cut without an affine map', () => {
  const box = { top: 0.1, left: 0.2, bottom: 0.9, right: 0.85 };
  const byTensors = view({ box, flip: true });
  const byPixels = view({ box, flip: true, affine: [1, 0, 0, 0, 1, 0] });
  byTensors.forEach((value, i) => assert.ok(Math.abs(value - (byPixels[i] as number)) <= 0.5 / 255 + 1e-5));
});

test('an erased rectangle is zero after normalisation, and nothing else changes', () => {
  const settings = { ...input, mean: [0.5, 0.5, 0.5] as [number, number, number] };
  const square = pixels.subarray(0, imageBytes);
  const erasing = { top: 0.25, left: 0.5, bottom: 0.75, right: 1 };
  const [plain, holed] = [centreView, { ...centreView, erasing }].map((parameters) =>
    applyViews(square, [parameters], settings).dataSync<'float32'>(),
  ) as [Float32Array, Float32Array];
  for (let y = 0; y < 8; y++) {
    for (let x = 0; x < 8; x++) {
      const inside = y >= 2 && y < 6 && x >= 4;
      assert.equal(at(holed, y, x, 1) + 0, inside ? 0 : at(plain, y, x, 1));
    }
  }
});

test('what is off draws nothing, and what is on draws within its range', () => {
  const off = viewParameters({ ...recipes.default.augmentation, ...laterAugmentation }, 3, 'a', 1);
  assert.deepEqual([off.flipVertically, off.affine, off.randAugment, off.erasing], [false, null, null, null]);
  const views = Array.from({ length: 400 }, (_, i) => viewParameters(everything, 3, i, 1));
  const share = (of: (parameters: ViewParameters) => boolean) => views.filter(of).length / views.length;
  assert.ok(Math.abs(share((one) => one.flipVertically) - 0.5) < 0.1);
  assert.ok(Math.abs(share((one) => one.erasing !== null) - 0.5) < 0.1);
  for (const { erasing, randAugment, affine } of views) {
    assert.equal(randAugment?.length, 2);
    assert.ok(affine !== null);
    if (erasing === null) continue;
    const area = (erasing.bottom - erasing.top) * (erasing.right - erasing.left);
    assert.ok(area >= 0.02 && area <= 0.33 && erasing.bottom <= 1 && erasing.right <= 1);
  }
  assert.equal(new Set(views.flatMap(({ randAugment }) => randAugment?.map(({ name }) => name))).size, 14);
  // Switching one on leaves the others' draws as they are.
  const { box, flip, colorJitter } = viewParameters({ ...everything, ...laterAugmentation }, 3, 7, 1);
  assert.deepEqual(
    { box, flip, colorJitter },
    (({ box, flip, colorJitter }) => ({ box, flip, colorJitter }))(views[7] as ViewParameters),
  );
});

test('views are the same bytes in any batch, whatever is beside them', () => {
  const views = [
    centreView,
    viewParameters(everything, 7, 'b', 3),
    viewParameters(recipes.default.augmentation, 7, 'c', 2),
  ];
  const together = drawn(views);
  const length = 8 * 8 * 3;
  for (const [index, one] of views.entries()) {
    assert.deepEqual(together.subarray(index * length, (index + 1) * length), drawn([one], index), `view ${index}`);
  }
});

test('views are the same bytes in another process, in another order', () => {
  const digests = [1, 2, 3].map((index) =>
    createHash('sha256')
      .update(Buffer.from(drawn([viewParameters(everything, 7, 'a', index)]).buffer))
      .digest('hex'),
  );
  const module = (file: string): string => JSON.stringify(new URL(file, import.meta.url).href);
  const script = `import { createHash } from 'node:crypto';
    import { applyViews, viewParameters } from ${module('./index.js')};
    const square = Uint8Array.from(${JSON.stringify([...pixels.subarray(0, imageBytes)])});
    const digests = [3, 2, 1].map((index) => {
      const parameters = viewParameters(${JSON.stringify(everything)}, 7, 'a', index);
      const values = applyViews(square, [parameters], ${JSON.stringify(input)}).dataSync();
      return createHash('sha256').update(Buffer.from(values.buffer)).digest('hex');
    });
    console.log(JSON.stringify(digests.reverse()));`;
  const there = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  assert.deepEqual(JSON.parse(there), digests);
  assert.equal(new Set(digests).size, 3);
});

test('drawing leaves no tensor behind', () => {
  const before = tf.memory().numTensors;
  drawn([viewParameters(everything, 1, 'x', 1), centreView]);
  assert.equal(tf.memory().numTensors, before);
});
