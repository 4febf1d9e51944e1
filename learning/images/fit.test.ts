import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import sharp from 'sharp';
import { centreOffset, paddedPlace, shownShare } from './cropGeometry.js';
import { preprocessImage } from './preprocessImage.js';

const fill: [number, number, number] = [124, 116, 104];
const base = { resize: 64, store: 64, crop: 64, interpolation: 'bilinear' } as const;

/** Green, with a red left and a blue right end. */
function wide(width: number, height: number): Promise<Buffer> {
  const pixels = Buffer.alloc(width * height * 3);
  for (let at = 0; at < width * height; at += 1) {
    const x = at % width;
    pixels[at * 3 + (x < width / 8 ? 0 : x >= (width * 7) / 8 ? 2 : 1)] = 255;
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}

function pixelAt(square: Uint8Array, side: number, x: number, y: number): number[] {
  return [...square.subarray((y * side + x) * 3, (y * side + x) * 3 + 3)];
}

describe('preprocess.fit', () => {
  for (const [width, height] of [
    [640, 32],
    [32, 2],
  ] as const) {
    test(`a picture of ${width}×${height} is seen from end to end when it is padded or squashed, and not when it is cut`, async () => {
      const bytes = await wide(width, height);
      const middle = 32;
      const ends = (square: Uint8Array) => [pixelAt(square, 64, 1, middle), pixelAt(square, 64, 62, middle)];
      const redAndBlue = [
        [255, 0, 0],
        [0, 0, 255],
      ];
      assert.deepEqual(ends(await preprocessImage(bytes, { ...base, fit: 'pad', fill })), redAndBlue);
      assert.deepEqual(ends(await preprocessImage(bytes, { ...base, fit: 'squash' })), redAndBlue);
      const green = [0, 255, 0];
      assert.deepEqual(ends(await preprocessImage(bytes, base)), [green, green]);
    });
  }

  test('padding has the colour of the border on both sides, squashing has none', async () => {
    const bytes = await wide(640, 320);
    const padded = await preprocessImage(bytes, { ...base, fit: 'pad', fill });
    assert.equal(padded.length, 64 * 64 * 3);
    for (const y of [0, 15, 48, 63]) assert.deepEqual(pixelAt(padded, 64, 32, y), fill, `row ${y}`);
    for (const y of [16, 47]) assert.deepEqual(pixelAt(padded, 64, 32, y), [0, 255, 0], `row ${y}`);
    const squashed = await preprocessImage(bytes, { ...base, fit: 'squash' });
    for (const y of [0, 63]) assert.deepEqual(pixelAt(squashed, 64, 32, y), [0, 255, 0], `row ${y}`);
  });

  test('a square picture is the same whichever way it is made square', async () => {
    const bytes = await wide(200, 200);
    const cut = await preprocessImage(bytes, base);
    assert.deepEqual(await preprocessImage(bytes, { ...base, fit: 'pad', fill }), cut);
    assert.deepEqual(await preprocessImage(bytes, { ...base, fit: 'squash' }), cut);
  });

  test('the padded picture lies where timm puts it', () => {
    // By the formulas of its ResizeKeepRatio(longest=1) and CenterCropOrPad.
    const table: [number, number, number, number, [number, number, number, number]][] = [
      [1280, 64, 224, 224, [224, 11, 0, 106]],
      [64, 1280, 224, 224, [11, 224, 106, 0]],
      [500, 333, 224, 224, [224, 149, 0, 37]],
      [4000, 3, 224, 224, [224, 1, 0, 111]],
    ];
    for (const [width, height, resize, crop, expected] of table) {
      const place = paddedPlace({ width, height }, { resize, store: resize, crop });
      assert.deepEqual([place.width, place.height, place.left, place.top], expected);
    }
    for (let height = 1; height <= 300; height += 1) {
      const sizes = { resize: 256, store: 256, crop: 224 };
      const place = paddedPlace({ width: 300, height }, sizes);
      assert.ok(place.top >= 0 && place.top + place.height <= 256);
      const inCrop = place.top - centreOffset(256, 224);
      const expected = place.height <= 224 ? Math.floor((224 - place.height) / 2) : -centreOffset(place.height, 224);
      assert.equal(inCrop, expected || 0, `${height} pixels high`);
    }
  });

  test('the share of the picture that the network sees', () => {
    const share = (width: number, height: number, fit?: 'pad' | 'squash', resize = 256) =>
      Number(shownShare({ width, height }, { resize, crop: 224, fit }).toFixed(3));
    assert.equal(share(300, 300), 0.766);
    assert.equal(share(400, 300), 0.574);
    assert.equal(share(300, 400), 0.574);
    assert.equal(share(1280, 64), 0.038);
    assert.equal(share(1280, 64, 'pad', 224), 1);
    assert.equal(share(1280, 64, 'squash', 224), 1);
    assert.equal(share(1280, 64, 'squash'), 0.766);
    assert.equal(share(1280, 64, 'pad'), 0.875);
  });
});
