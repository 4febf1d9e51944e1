/** Vector instructions against the same arithmetic without. That libvips gives the same squares: inspectImage.test.ts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seeded } from '../../../test/fixtures/mutations.js';
import { perceptualHash } from '../perceptualHash.js';
import { resample, resampleBy, type Raster } from '../resample.js';
import { greyRows } from './greyRows.js';

function noise(width: number, height: number): Raster & { grey: Uint8Array } {
  const random = seeded(width * 1000 + height);
  const pixels = Uint8Array.from({ length: width * height * 3 }, () => (random() < 0.3 ? 255 : random() * 256));
  const grey = Uint8Array.from({ length: width * height }, (_, pixel) => {
    const [red, green, blue] = pixels.subarray(3 * pixel, 3 * pixel + 3) as unknown as [number, number, number];
    return (19595 * red + 38470 * green + 7471 * blue + 0x8000) >> 16;
  });
  return { width, height, channels: 3, pixels, grey };
}

test('pictures of every size have the grey pixels they had, and so the hash', () => {
  for (const [width, height] of [
    [33, 33],
    [47, 200],
    [64, 33],
    [333, 250],
    [1024, 40],
  ] as const) {
    const picture = noise(width, height);
    const size = { width: 32, height: 32 };
    const expected = resample({ ...picture, channels: 1, pixels: picture.grey }, size, 'lanczos');
    const found = resampleBy((taps) => greyRows(picture, taps), picture, size, 'lanczos');
    if (found !== undefined) assert.deepEqual(found, expected);
    const grey = { width, height, channels: 1, pixels: picture.grey } as const;
    assert.equal(perceptualHash(picture), perceptualHash(grey));
  }
});
