import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import sharp, { type Sharp } from 'sharp';
import { sharedData, sharedDataMissing } from '../../../test/fixtures/sharedData.js';
import { pictureFacts } from './decoder.js';
import { jpegFacts } from './jpegFacts.js';

const limits = { maxPixels: Number.MAX_SAFE_INTEGER, failOn: 'error' } as const;

const picture = (): Sharp => sharp({ create: { width: 30, height: 20, channels: 3, background: '#408020' } });

test('plain JPEGs, turned in each of the eight ways, grey and progressive, have the facts that libvips finds', async () => {
  const made = await Promise.all([
    picture().jpeg().toBuffer(),
    picture().jpeg({ progressive: true }).toBuffer(),
    picture().toColourspace('b-w').jpeg().toBuffer(),
    picture().withIccProfile('srgb').jpeg().toBuffer(),
    ...[1, 2, 3, 4, 5, 6, 7, 8].map((orientation) => picture().withMetadata({ orientation }).jpeg().toBuffer()),
  ]);
  for (const bytes of made) assert.deepEqual(jpegFacts(bytes), await pictureFacts(bytes, limits));
});

test('four inks, and a file that ends within its header, are for the decoder', async () => {
  assert.equal(jpegFacts(await picture().toColourspace('cmyk').jpeg().toBuffer()), undefined);
  const whole = await picture().withMetadata({ orientation: 6 }).jpeg().toBuffer();
  const scan = whole.indexOf(Buffer.of(0xff, 0xda));
  for (let length = 0; length < scan; length += 1) assert.equal(jpegFacts(whole.subarray(0, length)), undefined);
});

test('odd files are for the decoder, or have the facts that it finds', { skip: sharedDataMissing }, async () => {
  for (const folder of ['bad-inputs', 'odd-inputs'].map(sharedData)) {
    for (const name of readdirSync(folder, { encoding: 'utf8', recursive: true })) {
      if (!statSync(join(folder, name)).isFile()) continue;
      const bytes = readFileSync(join(folder, name));
      const facts = jpegFacts(bytes);
      if (facts !== undefined) assert.deepEqual(facts, await pictureFacts(bytes, limits), name);
    }
  }
});
