import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import sharp from 'sharp';
import { runSpecSchema } from '../../contracts/spec/runSpec.js';
import { sharedData, sharedDataMissing } from '../../test/fixtures/sharedData.js';
import { inspectHead, inspectImage } from './inspectImage.js';
import { preprocessImage, squareOf, type PixelSettings } from './preprocessImage.js';
import type { Inspection } from './inspectImage.js';

const limits = runSpecSchema.shape.dataset.shape.quarantine.parse({});

/** What is expected of each file of bad-inputs: a reason, or the size as shown. */
const expected: Record<string, string> = {
  'ok-plain.jpg': '160x120',
  'ok-progressive.jpg': '160x120',
  'ok-exif-rotated.jpg': '120x160',
  'ok-grey.jpg': '160x120',
  'ok-cmyk.jpg': '160x120',
  'ok-16bit.png': '160x120',
  'ok-alpha.png': '160x120',
  'ok-animated.gif': '160x120',
  'ok-animated.webp': '160x120',
  'ok.tif': '160x120',
  'ok-jpeg-named.png': '160x120',
  'ok-for-odd-key.jpg': '160x120',
  'ok-trailing-bytes.jpg': '160x120',
  'ok-tiny-1x1.png': 'too-small',
  'ok-sliver-4000x3.png': 'too-small',
  'bad-truncated.jpg': 'truncated',
  'bad-empty.jpg': 'empty',
  'bad-text.png': 'not-an-image',
  'bad-html.jpg': 'not-an-image',
  'bad-bomb-60000x60000.png': 'too-many-pixels',
  'bad-script.svg': 'svg',
  'bad-junk.heic': 'not-an-image',
  'bad-crc.png': 'corrupt',
  'bad-svg-named.png': 'svg',
  'odd-bmp.bmp': '160x120',
};

function outcome(inspection: Inspection): string {
  return inspection.usable ? `${inspection.width}x${inspection.height}` : inspection.reason;
}

describe('every file of bad-inputs gets what its manifest says', { skip: sharedDataMissing }, () => {
  const folder = sharedData('bad-inputs');
  test('the table names every file', () => {
    const files = sharedDataMissing === false ? readdirSync(folder).filter((name) => name !== 'MANIFEST.md') : [];
    assert.deepEqual(files.toSorted(), Object.keys(expected).toSorted());
  });
  for (const [name, outcomeExpected] of Object.entries(expected)) {
    test(`${name}: ${outcomeExpected}`, async () => {
      const inspection = await inspectImage(readFileSync(join(folder, name)), limits);
      assert.equal(outcome(inspection), outcomeExpected, JSON.stringify(inspection));
    });
  }

  test('a beginning is refused as the whole is, or not at all', async () => {
    const refused = new Set<string>();
    for (const name of Object.keys(expected).filter((file) => file !== 'bad-empty.jpg')) {
      const bytes = readFileSync(join(folder, name));
      const ofHead = await inspectHead(bytes.subarray(0, 4096), limits);
      if (ofHead === undefined) continue;
      assert.deepEqual(ofHead, await inspectImage(bytes, limits), name);
      refused.add(outcome(ofHead));
    }
    assert.deepEqual([...refused].toSorted(), ['not-an-image', 'svg', 'too-many-pixels', 'too-small']);
  });
});

describe('pictures of each format', () => {
  const noise = sharp({
    create: {
      width: 64,
      height: 48,
      channels: 3,
      background: '#888',
      noise: { type: 'gaussian', mean: 128, sigma: 40 },
    },
  });
  const encoders = {
    jpeg: () => noise.clone().jpeg().toBuffer(),
    png: () => noise.clone().png().toBuffer(),
    gif: () => noise.clone().gif().toBuffer(),
    webp: () => noise.clone().webp().toBuffer(),
    tiff: () => noise.clone().tiff().toBuffer(),
    avif: () => noise.clone().avif({ effort: 0 }).toBuffer(),
  };
  for (const [format, encode] of Object.entries(encoders)) {
    test(`${format}: whole is usable, cut in the middle is truncated, its magic bytes alone are refused`, async () => {
      const whole = await encode();
      assert.equal(outcome(await inspectImage(whole, limits)), '64x48');
      const half = await inspectImage(whole.subarray(0, Math.floor(whole.length / 2)), limits);
      assert.equal(outcome(half), 'truncated', JSON.stringify(half));
      const head = await inspectImage(whole.subarray(0, 12), limits);
      assert(!head.usable);
    });
  }

  test('a JPEG whose data break off inside is corrupt; one whose second half is zeros is truncated', async () => {
    const bytes = await encoders.jpeg();
    const middle = Math.floor(bytes.length / 2);
    const hole = Buffer.concat([bytes.subarray(0, middle), bytes.subarray(-2)]);
    assert.equal(outcome(await inspectImage(hole, limits)), 'corrupt');
    // What an interrupted download into a preallocated file leaves.
    assert.equal(outcome(await inspectImage(Buffer.from(bytes).fill(0, middle), limits)), 'truncated');
  });

  test('a JPEG with padding before its end marker is usable', async () => {
    const bytes = await encoders.jpeg();
    const padded = Buffer.concat([bytes.subarray(0, -2), Buffer.from([0x12, 0x34]), bytes.subarray(-2)]);
    assert.equal(outcome(await inspectImage(padded, limits)), '64x48');
  });

  test('limits are the person’s: bytes, pixels, least side', async () => {
    const bytes = await encoders.png();
    assert.equal(outcome(await inspectImage(bytes, { ...limits, maxBytes: 100 })), 'too-many-bytes');
    assert.equal(outcome(await inspectImage(bytes, { ...limits, maxPixels: 64 * 48 - 1 })), 'too-many-pixels');
    assert.equal(outcome(await inspectImage(bytes, { ...limits, leastSide: 49 })), 'too-small');
    const one = await sharp({ create: { width: 1, height: 1, channels: 3, background: 'red' } })
      .png()
      .toBuffer();
    assert.equal(outcome(await inspectImage(one, { ...limits, leastSide: 1 })), '1x1');
  });
});

test('several frames, and transparency that is really there, are seen', async () => {
  const oddities = async (bytes: Uint8Array): Promise<unknown> => {
    const { animated, transparent } = (await inspectImage(bytes, limits)) as Record<string, unknown>;
    return [animated === true, transparent === true];
  };
  const drawn = (alpha: number) =>
    sharp({ create: { width: 16, height: 16, channels: 4, background: { r: 9, g: 9, b: 9, alpha } } });
  for (const format of ['png', 'webp', 'gif'] as const) {
    assert.deepEqual(await oddities(await drawn(1).toFormat(format).toBuffer()), [false, false], format);
    assert.deepEqual(await oddities(await drawn(0).toFormat(format).toBuffer()), [false, true], format);
  }
  const frames = Buffer.from(Uint8Array.from({ length: 16 * 32 * 3 }, (_, index) => (index * 7) % 251));
  const film = () => sharp(frames, { raw: { width: 16, height: 32, channels: 3, pageHeight: 16 } });
  for (const format of ['gif', 'webp'] as const) {
    assert.deepEqual(await oddities(await film().toFormat(format).toBuffer()), [true, false], format);
  }
});

describe('files that are no pictures', () => {
  const cases: [name: string, content: string | Buffer, reason: string][] = [
    ['SVG behind a comment', '<!-- hello --><svg xmlns="http://www.w3.org/2000/svg"/>', 'svg'],
    ['SVG with a byte-order mark', '\ufeff<svg/>', 'svg'],
    ['SVG in UTF-16', Buffer.from('\ufeff<?xml version="1.0" encoding="UTF-16"?><svg/>', 'utf16le'), 'svg'],
    ['SVG with a prefix', '<s:svg xmlns:s="http://www.w3.org/2000/svg"/>', 'svg'],
    ['SVG behind white space', `${' '.repeat(200)}\n<svg></svg>`, 'svg'],
    ['HTML that holds an SVG', '<!DOCTYPE html><html><body><svg/></body></html>', 'not-an-image'],
    ['text that begins with BM', 'BMW is a maker of cars and motorcycles', 'not-an-image'],
    ['HEIC', Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1'), 'format-not-accepted'],
    ['Git LFS pointer', 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n', 'not-an-image'],
    ['PDF', '%PDF-1.7\n', 'format-not-accepted'],
    ['icon', Buffer.from('\0\0\x01\0\x01\0', 'latin1'), 'format-not-accepted'],
    ['MP4', Buffer.from('\0\0\0\x18ftypisom\0\0\0\0isommp42', 'latin1'), 'not-an-image'],
    ['zeros', Buffer.alloc(5000), 'not-an-image'],
  ];
  for (const [name, content, reason] of cases) {
    test(`${name}: ${reason}`, async () => {
      const inspection = await inspectImage(Buffer.from(content), limits);
      assert.equal(outcome(inspection), reason, JSON.stringify(inspection));
    });
  }
});

describe('a JPEG that is decoded once gives the square that reading it again would', () => {
  const settings: PixelSettings[] = [
    { resize: 64, store: 64, crop: 56, interpolation: 'bilinear' },
    { resize: 90, store: 80, crop: 70, interpolation: 'bicubic' },
    { resize: 400, store: 400, crop: 350, interpolation: 'bicubic' },
    { resize: 96, store: 96, crop: 96, interpolation: 'bilinear', fit: 'pad', fill: [1, 2, 3] },
  ];
  const noise = (width: number, height: number, channels: 1 | 3 | 4) => {
    const pixels = Uint8Array.from({ length: width * height * channels }, (_, index) => (index * 7919) % 251);
    return sharp(pixels, { raw: { width, height, channels } });
  };
  const pictures: Record<string, () => Promise<Buffer>> = {
    'in colour': () => noise(300, 200, 3).jpeg().toBuffer(),
    turned: () => noise(300, 200, 3).withMetadata({ orientation: 6 }).jpeg().toBuffer(),
    grey: () => noise(300, 200, 1).toColourspace('b-w').jpeg().toBuffer(),
    'of four inks': () => noise(300, 200, 3).toColourspace('cmyk').jpeg().toBuffer(),
    progressive: () => noise(250, 255, 3).jpeg({ progressive: true }).toBuffer(),
  };
  for (const [name, made] of Object.entries(pictures)) {
    test(name, async () => {
      const bytes = await made();
      const squares: (Uint8Array | undefined)[] = [];
      const found = await inspectImage(bytes, limits, undefined, async (picture) => {
        for (const one of settings) squares.push(await squareOf(picture, one));
      });
      assert.deepEqual(found, await inspectImage(bytes, limits));
      assert.equal(squares.length, settings.length);
      for (const [index, one] of settings.entries()) {
        assert.deepEqual(Buffer.from(squares[index] ?? []), Buffer.from(await preprocessImage(bytes, one)));
      }
    });
  }

  test('rows that lie half between two of the places that libvips knows, too', async () => {
    const bytes = await noise(320, 401, 3).jpeg().toBuffer();
    const one: PixelSettings = { resize: 256, store: 256, crop: 224, interpolation: 'bilinear' };
    let square: Uint8Array | undefined;
    await inspectImage(bytes, limits, undefined, async (picture) => void (square = await squareOf(picture, one)));
    assert.deepEqual(Buffer.from(square ?? []), Buffer.from(await preprocessImage(bytes, one)));
  });

  test('what is reduced to a quarter is read again: libvips decodes it at a smaller size', async () => {
    await inspectImage(await noise(400, 250, 3).jpeg().toBuffer(), limits, undefined, async (picture) => {
      assert.notEqual(await squareOf(picture, settings[0]!), undefined);
      assert.equal(
        await squareOf(picture, { ...settings[0]!, resize: 64, store: 64, crop: 64, fit: 'squash' }),
        undefined,
      );
    });
  });

  test('other kinds and larger pictures are read again', async () => {
    const none = () => assert.fail('decoded');
    assert.equal(
      outcome(await inspectImage(await noise(64, 48, 4).png().toBuffer(), limits, undefined, none)),
      '64x48',
    );
    const large = await noise(1200, 48, 3).jpeg().toBuffer();
    assert.equal(outcome(await inspectImage(large, limits, undefined, none)), '1200x48');
  });
});
