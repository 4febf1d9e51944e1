import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import sharp from 'sharp';
import { runSpecSchema } from '../../../contracts/spec/runSpec.js';
import { sharedData, sharedDataMissing } from '../../../test/fixtures/sharedData.js';
import { inspectImage } from '../inspectImage.js';
import { preprocessImage } from '../preprocessImage.js';
import { fittingRange } from './valueRange.js';

const settings = { resize: 64, store: 64, crop: 64, interpolation: 'bilinear' } as const;
const limits = runSpecSchema.shape.dataset.shape.quarantine.parse({});

/** A ramp from `least` to `greatest` as a 16-bit PNG. */
async function ramp(greatest: number, least = 0, channels: 1 | 2 | 4 = 1, opacity = 1): Promise<Buffer> {
  const values = Uint16Array.from({ length: 64 * 64 * channels }, (_, index) => {
    if (channels > 1 && index % channels === channels - 1) return Math.round(opacity * 65535);
    const x = Math.floor(index / channels) % 64;
    return Math.round(least + ((greatest - least) * x) / 63);
  });
  return sharp(values, { raw: { width: 64, height: 64, channels } })
    .toColourspace(channels < 3 ? 'grey16' : 'rgb16')
    .png()
    .toBuffer();
}

async function isUnusual(bytes: Uint8Array): Promise<boolean> {
  const found = await inspectImage(bytes, limits);
  assert.ok(found.usable, JSON.stringify(found));
  return found.unusualRange === true;
}

test('the range that a greatest value is meant to be in', () => {
  const whole: [number, number][] = [
    [200, 255],
    [1000, 1023],
    [4080, 4095],
    [4096, 16383],
    [40000, 65535],
    [1e6, 1e6],
  ];
  for (const [greatest, white] of whole) assert.deepEqual(fittingRange(0, greatest, false), { black: 0, white });
  const floats: [number, number][] = [
    [0.7, 1],
    [1.02, 1],
    [200, 255],
    [4000, 4095],
    [1e6, 1e6],
  ];
  for (const [greatest, white] of floats) assert.deepEqual(fittingRange(0, greatest, true), { black: 0, white });
  assert.deepEqual(fittingRange(-1000, 3000, false), { black: -1000, white: 3000 });
});

test('12 bits in 16 are noticed, and read as what they are on demand', async () => {
  const [dark, right] = [await ramp(4095), await ramp(65535)];
  assert.deepEqual([await isUnusual(dark), await isUnusual(right)], [true, false]);
  const brightest = (pixels: Uint8Array): number => pixels.reduce((most, value) => Math.max(most, value), 0);
  assert.ok(brightest(await preprocessImage(dark, settings)) < 16, 'the default is what it was');
  const [auto, expected] = await Promise.all(
    [dark, right].map((bytes) => preprocessImage(bytes, { ...settings, range: 'auto' })),
  );
  for (const [index, value] of auto!.entries()) assert.ok(Math.abs(value - expected![index]!) <= 1, `${index}`);
  assert.deepEqual(expected, await preprocessImage(right, settings), 'a picture of its format’s range stays as it is');
});

test('pictures of 8 bits and of one value are left alone', async () => {
  const eight = await sharp({ create: { width: 16, height: 16, channels: 3, background: '#010101' } })
    .png()
    .toBuffer();
  assert.equal(await isUnusual(eight), false);
  assert.equal(await isUnusual(await ramp(100, 100)), false);
});

test('of a picture with transparency the colours count, and white stays behind them', async () => {
  for (const channels of [2, 4] as const) {
    for (const [opacity, white] of [
      [1, 4095],
      [0.25, 4095],
      [0.5, 255],
      [0, 1023],
    ] as const) {
      const [dark, right] = [await ramp(white, 0, channels, opacity), await ramp(65535, 0, channels, opacity)];
      assert.deepEqual([await isUnusual(dark), await isUnusual(right)], [true, false]);
      const auto = await preprocessImage(dark, { ...settings, range: 'auto' });
      const expected = await preprocessImage(right, { ...settings, range: 'auto' });
      assert.deepEqual(expected, await preprocessImage(right, settings), 'its range is its format’s');
      const most = auto.reduce((far, value, index) => Math.max(far, Math.abs(value - expected[index]!)), 0);
      assert.ok(most <= 1, `${most} of 255, ${channels} channels, ${opacity} opaque`);
    }
  }
});

test('pictures that differ do not look alike because all of them are dark', async () => {
  const falling = await sharp(await ramp(4095))
    .rotate(90)
    .toColourspace('grey16')
    .png()
    .toBuffer();
  const hashes = await Promise.all(
    [await ramp(4095), falling].map(async (bytes) => {
      const found = await inspectImage(bytes, limits);
      return found.usable ? found.perceptualHash : '';
    }),
  );
  assert.notEqual(hashes[0], hashes[1]);
});

describe('the files of odd-inputs/dark', { skip: sharedDataMissing }, () => {
  const read = (name: string): Promise<Buffer> => readFile(join(sharedData('odd-inputs/dark'), name));

  for (const name of ['grey12in16.png', 'grey12in16.tif', 'float32.tif']) {
    test(`${name} is warned of, and looks as grey16.tif does when its range is found`, async () => {
      assert.equal(await isUnusual(await read(name)), true);
      const auto = await preprocessImage(await read(name), { ...settings, range: 'auto' });
      const right = await preprocessImage(await read('grey16.tif'), settings);
      const distance = auto.reduce((sum, value, index) => sum + Math.abs(value - right[index]!), 0) / auto.length;
      assert.ok(distance < 1, `${distance} of 255 on average`);
    });
  }

  test('grey16.tif is right as it is', async () => {
    assert.equal(await isUnusual(await read('grey16.tif')), false);
  });
});
