import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import sharp from 'sharp';
import { runSpecSchema } from '../../../contracts/spec/runSpec.js';
import { sharedData, sharedDataMissing } from '../../../test/fixtures/sharedData.js';
import { bitmapEndsEarly, bitmapSize, decodeBitmap, UnsupportedBitmap } from './bitmap.js';
import { inspectHead, inspectImage } from '../inspectImage.js';
import { preprocessImage } from '../preprocessImage.js';

interface Parts {
  width: number;
  height: number;
  bits: number;
  data: readonly number[];
  compression?: number;
  /** Of the second header. @default 40 */
  header?: number;
  /** Blue, green, red of each colour, as they are stored. */
  palette?: readonly number[][];
  masks?: readonly number[];
}

function bitmap({ width, height, bits, data, compression = 0, header = 40, palette = [], masks = [] }: Parts): Buffer {
  const core = header === 12;
  const first = Buffer.alloc(14 + header);
  first.write('BM');
  first.writeUInt32LE(header, 14);
  if (core) {
    first.writeUInt16LE(width, 18);
    first.writeUInt16LE(height, 20);
    first.writeUInt16LE(1, 22);
    first.writeUInt16LE(bits, 24);
  } else {
    first.writeInt32LE(width, 18);
    first.writeInt32LE(height, 22);
    first.writeUInt16LE(1, 26);
    first.writeUInt16LE(bits, 28);
    first.writeUInt32LE(compression, 30);
    first.writeUInt32LE(palette.length, 46);
  }
  const outside = Buffer.alloc(header === 40 ? masks.length * 4 : 0);
  masks.forEach((mask, index) =>
    (header === 40 ? outside : first).writeUInt32LE(mask, (header === 40 ? 0 : 54) + 4 * index),
  );
  const colours = Buffer.from(palette.flatMap((colour) => (core ? colour : [...colour, 0])));
  first.writeUInt32LE(first.length + outside.length + colours.length, 10);
  return Buffer.concat([first, outside, colours, Buffer.from(data)]);
}

const black = [0, 0, 0];
const white = [255, 255, 255];
const red = [255, 0, 0];
const green = [0, 255, 0];
const blue = [0, 0, 255];
/** As stored: blue first. */
const stored = [black, white, [0, 0, 255], [0, 255, 0], [255, 0, 0]];

function pixelsOf(file: Uint8Array): number[][] {
  const { pixels, channels } = decodeBitmap(file);
  return Array.from({ length: pixels.length / channels }, (_, at) => [
    ...pixels.subarray(at * channels, (at + 1) * channels),
  ]);
}

/** The same picture, two rows of three: red green blue above white black white. */
const expected = [red, green, blue, white, black, white];
const files: Record<string, Buffer> = {
  '24 bits': bitmap({
    width: 3,
    height: 2,
    bits: 24,
    data: [255, 255, 255, 0, 0, 0, 255, 255, 255, 0, 0, 0, 0, 0, 255, 0, 255, 0, 255, 0, 0, 0, 0, 0],
  }),
  '24 bits from the top': bitmap({
    width: 3,
    height: -2,
    bits: 24,
    data: [0, 0, 255, 0, 255, 0, 255, 0, 0, 0, 0, 0, 255, 255, 255, 0, 0, 0, 255, 255, 255, 0, 0, 0],
  }),
  '24 bits with the header of OS/2, the last row not filled up': bitmap({
    width: 3,
    height: 2,
    bits: 24,
    header: 12,
    data: [255, 255, 255, 0, 0, 0, 255, 255, 255, 0, 0, 0, 0, 0, 255, 0, 255, 0, 255, 0, 0],
  }),
  '8 bits': bitmap({ width: 3, height: 2, bits: 8, palette: stored, data: [1, 0, 1, 0, 2, 3, 4, 0] }),
  '8 bits with the header of OS/2': bitmap({
    width: 3,
    height: 2,
    bits: 8,
    header: 12,
    palette: [...stored, ...Array.from({ length: 251 }, () => black)],
    data: [1, 0, 1, 0, 2, 3, 4, 0],
  }),
  '4 bits': bitmap({ width: 3, height: 2, bits: 4, palette: stored, data: [0x10, 0x10, 0, 0, 0x23, 0x40, 0, 0] }),
  '16 bits, 5-5-5': bitmap({
    width: 3,
    height: 2,
    bits: 16,
    data: [0xff, 0x7f, 0, 0, 0xff, 0x7f, 0, 0, 0, 0x7c, 0xe0, 0x03, 0x1f, 0, 0, 0],
  }),
  '16 bits, 5-6-5 by masks': bitmap({
    width: 3,
    height: 2,
    bits: 16,
    compression: 3,
    masks: [0xf800, 0x07e0, 0x001f],
    data: [0xff, 0xff, 0, 0, 0xff, 0xff, 0, 0, 0, 0xf8, 0xe0, 0x07, 0x1f, 0, 0, 0],
  }),
  '32 bits': bitmap({
    width: 3,
    height: 2,
    bits: 32,
    data: [...white, 0, ...black, 9, ...white, 0, 0, 0, 255, 0, 0, 255, 0, 0, 255, 0, 0, 7],
  }),
  '32 bits by masks in the header': bitmap({
    width: 3,
    height: 2,
    bits: 32,
    compression: 3,
    header: 52,
    masks: [0xff000000, 0x00ff0000, 0x0000ff00],
    data: [0, ...white, 0, ...black, 0, ...white, 0, 0, 0, 255, 0, 0, 255, 0, 0, 255, 0, 0],
  }),
  'RLE8: runs, single pixels, ends of rows': bitmap({
    width: 3,
    height: 2,
    bits: 8,
    compression: 1,
    palette: stored,
    data: [1, 1, 1, 0, 1, 1, 0, 0, 0, 3, 2, 3, 4, 0, 0, 1],
  }),
  'RLE8 with a jump over what is black': bitmap({
    width: 3,
    height: 2,
    bits: 8,
    compression: 1,
    palette: stored,
    data: [1, 1, 0, 2, 1, 0, 1, 1, 0, 0, 0, 3, 2, 3, 4, 0, 0, 1],
  }),
  RLE4: bitmap({
    width: 3,
    height: 2,
    bits: 4,
    compression: 2,
    palette: stored,
    data: [3, 0x10, 0, 0, 0, 3, 0x23, 0x40, 0, 1],
  }),
};

describe('bitmaps', () => {
  for (const [name, file] of Object.entries(files)) {
    test(name, () => {
      assert.deepEqual(bitmapSize(file), { width: 3, height: 2 });
      assert.equal(bitmapEndsEarly(file), false);
      assert.deepEqual(pixelsOf(file), expected);
    });
  }

  test('1 bit: eight pixels a byte, the first in the highest bit', () => {
    const file = bitmap({
      width: 10,
      height: 1,
      bits: 1,
      palette: [black, white],
      data: [0b10110000, 0b01000000, 0, 0],
    });
    assert.deepEqual(
      pixelsOf(file).map(([value]) => value),
      [255, 0, 255, 255, 0, 0, 0, 0, 0, 255],
    );
  });

  test('alpha counts where a mask names it, unless every pixel is clear', () => {
    const masks = [0xff0000, 0xff00, 0xff, 0xff000000];
    const half = bitmap({
      width: 2,
      height: 1,
      bits: 32,
      compression: 3,
      header: 108,
      masks,
      data: [0, 0, 255, 128, 0, 255, 0, 0],
    });
    assert.deepEqual(pixelsOf(half), [
      [255, 0, 0, 128],
      [0, 255, 0, 0],
    ]);
    const clear = bitmap({ width: 1, height: 1, bits: 32, compression: 3, header: 108, masks, data: [0, 0, 255, 0] });
    assert.deepEqual(pixelsOf(clear), [[255, 0, 0, 255]]);
  });

  test('a colour that the palette does not have is black', () => {
    assert.deepEqual(pixelsOf(bitmap({ width: 2, height: 1, bits: 8, palette: [white], data: [0, 200, 0, 0] })), [
      white,
      black,
    ]);
  });

  test('runs that leave the picture are cut off, and those that never end are truncated', () => {
    const rle = (data: number[]) => bitmap({ width: 2, height: 1, bits: 8, compression: 1, palette: stored, data });
    assert.deepEqual(pixelsOf(rle([200, 1, 0, 1])), [white, white]);
    assert.deepEqual(pixelsOf(rle([0, 2, 250, 250, 9, 1, 0, 1])), [black, black]);
    for (const data of [[2], [2, 1], [0, 5, 1, 1], [0, 2, 1]]) {
      assert.throws(() => decodeBitmap(rle(data)), /truncated/, String(data));
    }
  });

  test('what is cut anywhere is refused without harm', () => {
    for (const [name, file] of Object.entries(files)) {
      for (let length = 18; length < file.length - 3; length += 1) {
        const cut = file.subarray(0, length);
        const coded = name.startsWith('RLE');
        if (!coded) assert.throws(() => decodeBitmap(cut), `${name}, ${length} bytes`);
        else assert.throws(() => decodeBitmap(cut.subarray(0, Math.min(length, file.length - 6))), name);
      }
    }
  });

  test('kinds that are not read say so', async () => {
    for (const parts of [{ bits: 2 }, { bits: 24, compression: 4 }, { bits: 24, compression: 5 }, { bits: 64 }]) {
      const file = bitmap({ width: 9, height: 9, data: Array.from({ length: 9 * 80 }, () => 1), ...parts });
      assert.throws(() => decodeBitmap(file), UnsupportedBitmap);
      const found = await inspectImage(file, limits);
      assert.equal(found.usable ? '' : found.reason, 'format-not-accepted', JSON.stringify(found));
    }
  });
});

const limits = runSpecSchema.shape.dataset.shape.quarantine.parse({});

describe('bitmaps as pictures', () => {
  const grey = (width: number, height: number): Buffer =>
    bitmap({
      width,
      height,
      bits: 24,
      data: Array.from({ length: Math.ceil((width * 3) / 4) * 4 * height }, () => 77),
    });
  const settings = { resize: 32, store: 32, crop: 32, interpolation: 'bilinear' } as const;

  test('limits hold before anything is decoded', async () => {
    const huge = bitmap({ width: 60_000, height: 60_000, bits: 24, data: [0] });
    assert.deepEqual(await inspectHead(huge, limits), await inspectImage(huge, limits));
    const reason = async (file: Uint8Array) => {
      const found = await inspectImage(file, limits);
      return found.usable ? '' : found.reason;
    };
    assert.equal(await reason(huge), 'too-many-pixels');
    assert.equal(await reason(grey(4, 40)), 'too-small');
    assert.equal(await reason(grey(40, 40).subarray(0, 2000)), 'truncated');
  });

  test('they are resized and cut as other pictures are', async () => {
    for (const [width, height] of [
      [100, 60],
      [20, 24],
    ] as const) {
      const pixels = Buffer.from(Array.from({ length: width * height * 3 }, (_, at) => (at * 7919) % 251));
      const png = await sharp(pixels, { raw: { width, height, channels: 3 } })
        .png()
        .toBuffer();
      const stride = Math.ceil((width * 3) / 4) * 4;
      const data = Buffer.alloc(stride * height);
      for (let y = 0; y < height; y += 1) {
        for (let x = 0; x < width; x += 1) {
          for (let channel = 0; channel < 3; channel += 1) {
            data[(height - 1 - y) * stride + x * 3 + 2 - channel] = pixels[(y * width + x) * 3 + channel]!;
          }
        }
      }
      const bmp = bitmap({ width, height, bits: 24, data: [...data] });
      assert.deepEqual(await preprocessImage(bmp, settings), await preprocessImage(png, settings));
    }
  });

  test('the photo of bad-inputs is the one that its JPEG shows', { skip: sharedDataMissing }, async () => {
    const [bmp, jpeg] = await Promise.all(
      ['odd-bmp.bmp', 'ok-plain.jpg'].map(async (name) =>
        preprocessImage(await readFile(sharedData(`bad-inputs/${name}`)), settings),
      ),
    );
    const distance = bmp!.reduce((sum, value, index) => sum + Math.abs(value - jpeg![index]!), 0) / bmp!.length;
    assert.ok(distance < 3, `${distance} of 255 on average`);
  });
});
