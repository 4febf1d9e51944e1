/**
 * Windows bitmaps (BMP), which sharp's own build of libvips does not read: 1, 4, 8, 16, 24 and 32 bits a pixel, with masks, and
 * run-length coded (RLE8, RLE4). Headers of OS/2 and of every version of Windows.
 */
import type { Size } from '../cropGeometry.js';

/** Pixels as they are shown, from the top: height×width×channels bytes, RGB or RGBA. */
export interface DecodedBitmap extends Size {
  channels: 3 | 4;
  pixels: Uint8Array;
}

/** A sound bitmap of a kind that is not read. The message says what it is: `a BMP file of 2 bits a pixel …`. */
export class UnsupportedBitmap extends Error {
  override readonly name = 'UnsupportedBitmap';
}

interface Header extends Size {
  bottomUp: boolean;
  bits: number;
  compression: number;
  /** Where the pixels begin. */
  data: number;
  palette: { at: number; entry: 3 | 4; count: number };
  /** Which bits of a pixel are red, green, blue and alpha. */
  masks: readonly [number, number, number, number];
}

const methods = { plain: 0, rle8: 1, rle4: 2, masks: 3, alphaMasks: 6 } as const;
const fileHeader = 14;
const plainMasks: Record<number, Header['masks']> = {
  16: [0x7c00, 0x3e0, 0x1f, 0],
  32: [0xff0000, 0xff00, 0xff, 0],
};
const depths: Record<number, readonly number[]> = {
  [methods.plain]: [1, 4, 8, 16, 24, 32],
  [methods.rle8]: [8],
  [methods.rle4]: [4],
  [methods.masks]: [16, 32],
  [methods.alphaMasks]: [16, 32],
};

/** From the header alone. @throws UnsupportedBitmap; Error when the header makes no sense or its end is missing */
export function bitmapSize(bytes: Uint8Array): Size {
  const { width, height } = readHeader(bytes);
  return { width, height };
}

/** Whether pixels are missing at the end. Run-length coded ones are seen to when they are decoded. */
export function bitmapEndsEarly(bytes: Uint8Array): boolean {
  let header: Header;
  try {
    header = readHeader(bytes);
  } catch {
    return bytes.byteLength < fileHeader + 40;
  }
  const { width, height, bits, data, compression } = header;
  if (compression === methods.rle8 || compression === methods.rle4) return data >= bytes.byteLength;
  // The last row need not be filled up.
  return data + (height - 1) * strideOf(width, bits) + Math.ceil((width * bits) / 8) > bytes.byteLength;
}

/**
 * A pixel that names no colour of the palette is black. Alpha counts where a mask names it, and not every pixel is clear.
 *
 * @throws UnsupportedBitmap; Error when it is damaged or truncated
 */
export function decodeBitmap(bytes: Uint8Array): DecodedBitmap {
  const header = readHeader(bytes);
  if (bitmapEndsEarly(bytes)) throw new Error('the bitmap is truncated');
  const { width, height, bits, compression, bottomUp } = header;
  const coded = compression === methods.rle8 || compression === methods.rle4;
  const [rows, stride] = coded
    ? [runLengthRows(bytes, header), width]
    : [bytes.subarray(header.data), strideOf(width, bits)];
  const hasAlpha = header.masks[3] !== 0;
  const channels = hasAlpha ? 4 : 3;
  const pixels = new Uint8Array(width * height * channels);
  const write = rowWriter(bytes, coded ? { ...header, bits: 8 } : header, channels);
  for (let row = 0; row < height; row += 1) {
    const from = rows.subarray(row * stride, (row + 1) * stride);
    const to = bottomUp ? height - 1 - row : row;
    write(from, pixels.subarray(to * width * channels, (to + 1) * width * channels));
  }
  // Programs that know of no alpha leave its bits 0.
  if (hasAlpha && pixels.every((value, index) => index % 4 !== 3 || value === 0)) {
    for (let at = 3; at < pixels.length; at += 4) pixels[at] = 255;
  }
  return { width, height, channels, pixels };
}

function readHeader(bytes: Uint8Array): Header {
  const view = viewOf(bytes);
  const size = view.getUint32(fileHeader, true);
  const isCore = size === 12;
  if (bytes.byteLength < fileHeader + size) throw new Error('the header of the bitmap is truncated');
  const width = isCore ? view.getUint16(18, true) : view.getInt32(18, true);
  const height = isCore ? view.getUint16(20, true) : view.getInt32(22, true);
  const bits = view.getUint16(isCore ? 24 : 28, true);
  const compression = size < 40 ? methods.plain : view.getUint32(30, true);
  if (width <= 0 || height === 0) throw new Error(`the bitmap is said to have ${width}×${height} pixels`);
  // OS/2 gives 3 and 4 to codings of its own.
  if (depths[compression]?.includes(bits) !== true || (size === 64 && compression > methods.rle4)) {
    throw new UnsupportedBitmap(
      `a BMP file of ${bits} bits a pixel with compression ${compression}, which is not supported`,
    );
  }
  const masked = compression === methods.masks || compression === methods.alphaMasks;
  // Behind the oldest header of Windows the masks lie outside of it.
  const outside = masked && size === 40 ? (compression === methods.masks ? 12 : 16) : 0;
  const at = fileHeader + size + outside;
  const entry = isCore ? 3 : 4;
  const used = size < 40 ? 0 : view.getUint32(46, true);
  return {
    width,
    height: Math.abs(height),
    bottomUp: height > 0,
    bits,
    compression,
    data: view.getUint32(10, true),
    palette: { at, entry, count: bits > 8 ? 0 : used === 0 ? 2 ** bits : Math.min(used, 2 ** bits) },
    masks: masked ? readMasks(view, size, compression) : (plainMasks[bits] ?? [0, 0, 0, 0]),
  };
}

function readMasks(view: DataView, size: number, compression: number): Header['masks'] {
  const hasAlpha = size >= 56 || compression === methods.alphaMasks;
  const needed = fileHeader + 40 + (hasAlpha ? 16 : 12);
  if (view.byteLength < needed) throw new Error('the header of the bitmap is truncated');
  const mask = (index: number): number => view.getUint32(fileHeader + 40 + 4 * index, true);
  return [mask(0), mask(1), mask(2), hasAlpha ? mask(3) : 0];
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Bytes of a stored row, which fills whole groups of four. */
function strideOf(width: number, bits: number): number {
  return Math.ceil((width * bits) / 32) * 4;
}

type RowWriter = (from: Uint8Array, to: Uint8Array) => void;

function rowWriter(bytes: Uint8Array, header: Header, channels: 3 | 4): RowWriter {
  const { bits, masks } = header;
  if (bits <= 8) return indexedRow(readPalette(bytes, header), bits);
  if (bits === 24) return blueGreenRed;
  return maskedRow(masks, bits / 8, channels);
}

function indexedRow(palette: Uint8Array, bits: number): RowWriter {
  const perByte = 8 / bits;
  const most = 2 ** bits - 1;
  return (from, to) => {
    for (let x = 0, at = 0; at < to.length; x += 1, at += 3) {
      const shift = 8 - bits * ((x % perByte) + 1);
      const index = ((from[Math.floor(x / perByte)] ?? 0) >> shift) & most;
      to.set(palette.subarray(index * 3, index * 3 + 3), at);
    }
  };
}

/** 256 colours, RGB; those that the file does not name are black. */
function readPalette(bytes: Uint8Array, { palette: { at, entry, count } }: Header): Uint8Array {
  const colours = new Uint8Array(256 * 3);
  for (let index = 0; index < count; index += 1) {
    for (let channel = 0; channel < 3; channel += 1) {
      colours[index * 3 + channel] = bytes[at + index * entry + 2 - channel] ?? 0;
    }
  }
  return colours;
}

const blueGreenRed: RowWriter = (from, to) => {
  for (let at = 0; at < to.length; at += 3) {
    to[at] = from[at + 2] ?? 0;
    to[at + 1] = from[at + 1] ?? 0;
    to[at + 2] = from[at] ?? 0;
  }
};

function maskedRow(masks: Header['masks'], size: number, channels: 3 | 4): RowWriter {
  const parts = masks.slice(0, channels).map((mask) => {
    const shift = mask === 0 ? 0 : Math.clz32(mask & -mask) ^ 31;
    return { shift, most: mask >>> shift };
  });
  return (from, to) => {
    for (let at = 0, pixel = 0; at < to.length; at += channels, pixel += size) {
      let value = 0;
      for (let byte = size - 1; byte >= 0; byte -= 1) value = (value << 8) | (from[pixel + byte] ?? 0);
      parts.forEach(({ shift, most }, channel) => {
        to[at + channel] = most === 0 ? 0 : Math.round((((value >>> shift) & most) * 255) / most);
      });
    }
  };
}

/** Indices into the palette, one byte a pixel, rows in the order of the file. Pixels that are skipped have index 0. */
function runLengthRows(bytes: Uint8Array, { width, height, data, compression }: Header): Uint8Array {
  const rows = new Uint8Array(width * height);
  const half = compression === methods.rle4;
  const next = (): number => {
    const byte = bytes[at];
    if (byte === undefined) throw new Error('the bitmap is truncated');
    at += 1;
    return byte;
  };
  const put = (index: number): void => {
    // What runs over the edge is dropped, as others do.
    if (x < width && y < height) rows[y * width + x] = index;
    x += 1;
  };
  let [at, x, y] = [data, 0, 0];
  while (y < height) {
    const [count, value] = [next(), next()];
    if (count > 0) {
      for (let run = 0; run < count; run += 1) put(half ? (run % 2 === 0 ? value >> 4 : value & 15) : value);
    } else if (value === 0) {
      [x, y] = [0, y + 1];
    } else if (value === 1) {
      break;
    } else if (value === 2) {
      [x, y] = [x + next(), y + next()];
    } else {
      const length = half ? Math.ceil(value / 2) : value;
      for (let index = 0; index < length; index += 1) {
        const byte = next();
        if (!half) put(byte);
        else {
          put(byte >> 4);
          if (index * 2 + 1 < value) put(byte & 15);
        }
      }
      at += length % 2;
    }
  }
  return rows;
}
