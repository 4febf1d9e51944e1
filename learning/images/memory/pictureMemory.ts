/**
 * Memory for whole pictures, shared by everything in this process that reads them: however many cores a machine has and however
 * large its pictures are, they fit into what the container allows. A file is held first, then decoded; each has a budget of its
 * own, so those who decode never wait for those who only hold a file.
 */
import { ByteBudget } from './byteBudget.js';
import { memoryLimit } from './memoryLimit.js';

/** Shares of the memory; the rest is for shards, tables, TensorFlow and Node itself. */
const shares = { files: 1 / 8, decoding: 1 / 4 };

/**
 * What decoding takes at most, in bytes a pixel, as measured with 12 megapixels: turned progressive JPEG without subsampling 9.6,
 * 16-bit interlaced PNG 10.3, WebP 8.7, AVIF 19.7. A baseline JPEG takes 0.3 to 3.6.
 */
const bytesAPixel = { usual: 10, avif: 20 };

export interface PictureMemory {
  /** For files as they are stored, by their bytes. */
  files: ByteBudget;
  /** For what decoding takes, by `decodingBytes`. */
  decoding: ByteBudget;
}

/** @param limit bytes that the process may use in all */
export function createPictureMemory(limit: number): PictureMemory {
  return { files: new ByteBudget(limit * shares.files), decoding: new ByteBudget(limit * shares.decoding) };
}

/** @param format as sharp names it: AVIF is `heif` there */
export function decodingBytes(
  { width, height }: { width: number; height: number },
  format: string | undefined,
): number {
  return width * height * (format === 'avif' || format === 'heif' ? bytesAPixel.avif : bytesAPixel.usual);
}

let shared: PictureMemory | undefined;

/** The process's own. */
export function pictureMemory(): PictureMemory {
  shared ??= createPictureMemory(memoryLimit());
  return shared;
}
