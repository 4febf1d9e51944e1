import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import sharp from 'sharp';
import type { Create } from 'sharp';
import { z } from 'zod';
import { sharedData, sharedDataMissing } from '../../test/fixtures/sharedData.js';
import { centreOffset, resizedSize, storedOffset } from './cropGeometry.js';
import { blankPixelShard, decodePixelShard } from './pixelShard.js';
import { preprocessImage } from './preprocessImage.js';

const side = 224;
const caseSchema = z.object({ cases: z.array(z.object({ index: z.number(), source: z.string() })) });

function meanDifference(a: Uint8Array, b: Uint8Array): number {
  assert.equal(a.length, b.length);
  return a.reduce((sum, value, index) => sum + Math.abs(value - (b[index] ?? 0)), 0) / a.length;
}

/** The crop that the network sees, cut from a stored square. */
function centre(pixels: Uint8Array, store: number): Uint8Array {
  const offset = centreOffset(store, side);
  const rows = Array.from({ length: side }, (_, y) => {
    const start = ((y + offset) * store + offset) * 3;
    return pixels.subarray(start, start + side * 3);
  });
  return Buffer.concat(rows);
}

describe('pixels agree with torchvision’s Resize(256) and CenterCrop(224)', { skip: sharedDataMissing }, () => {
  const { cases } =
    sharedDataMissing === false
      ? caseSchema.parse(JSON.parse(readFileSync(sharedData('golden/preprocess/cases.json'), 'utf8')))
      : { cases: [] };
  for (const { index, source } of cases) {
    for (const interpolation of ['bilinear', 'bicubic'] as const) {
      test(`${source}, ${interpolation}`, async () => {
        const bytes = readFileSync(sharedData(source));
        const golden = await sharp(sharedData(`golden/preprocess/${index}.${interpolation}.png`))
          .raw()
          .toBuffer();
        for (const store of [224, 256]) {
          const pixels = await preprocessImage(bytes, { resize: 256, store, crop: side, interpolation });
          const difference = meanDifference(centre(pixels, store), golden);
          assert(difference < 0.3, `mean difference ${difference}/255 when ${store} px are stored`);
        }
      });
    }
  }
});

test('sizes and offsets are torchvision’s, for whole and halved rests', () => {
  assert.deepEqual(resizedSize({ width: 427, height: 320 }, 256), { width: 341, height: 256 });
  assert.deepEqual(resizedSize({ width: 231, height: 320 }, 256), { width: 256, height: 354 });
  assert.deepEqual(resizedSize({ width: 10, height: 10 }, 256), { width: 256, height: 256 });
  assert.deepEqual(
    [341, 343, 225, 227].map((length) => centreOffset(length, 224)),
    [58, 60, 0, 2],
  );
  for (let length = 256; length < 400; length += 1) {
    assert.equal(storedOffset(length, 256, 224) + centreOffset(256, 224), centreOffset(length, 224));
  }
});

test('alpha lies on white, grey and 16-bit become 8-bit RGB', async () => {
  const settings = { resize: 8, store: 8, crop: 8, interpolation: 'bilinear' } as const;
  const square = (options: Partial<Create>) =>
    sharp({ create: { width: 16, height: 16, channels: 3, background: '#000', ...options } });
  const clear = await square({ channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } })
    .png()
    .toBuffer();
  assert(new Set(await preprocessImage(clear, settings)).size === 1);
  assert.equal((await preprocessImage(clear, settings))[0], 255);
  const half = await square({ channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0.5 } })
    .png()
    .toBuffer();
  assert(Math.abs(((await preprocessImage(half, settings))[0] ?? 0) - 127) <= 1);
  const grey = await square({ background: '#646464' }).toColourspace('b-w').png().toBuffer();
  assert.deepEqual(new Set(await preprocessImage(grey, settings)), new Set([100]));
  const deep = await square({ background: '#646464' }).toColourspace('grey16').png().toBuffer();
  const deepPixels = await preprocessImage(deep, settings);
  assert.equal(deepPixels.length, 8 * 8 * 3);
  assert(Math.abs((deepPixels[0] ?? 0) - 100) <= 1);
});

test('what cannot be decoded is named', async () => {
  await assert.rejects(
    preprocessImage(Buffer.from('junk'), { resize: 8, store: 8, crop: 8, interpolation: 'bicubic' }, 'cat.jpg'),
    { code: 'GW_IMAGE_UNREADABLE', message: /cat\.jpg/ },
  );
});

test('a shard gives back its pictures', () => {
  const blank = blankPixelShard(3, 4);
  for (const at of blank.pixels.keys()) blank.pixels[at] = at;
  const { count, side: stored, pixels } = decodePixelShard(blank.file, 'shard');
  assert.deepEqual([count, stored], [3, 4]);
  assert.deepEqual([...pixels], [...Array(144).keys()]);
  assert.throws(() => decodePixelShard(new Uint8Array(20), 'shard'), { code: 'GW_CORRUPT' });
});
