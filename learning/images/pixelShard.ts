/** A run of preprocessed pictures as one safetensors file: tensor `pixels`, U8 [count, side, side, 3]. */
import { GraftworkError } from '../../contracts/errors.js';
import { sealName, unsealed } from '../../contracts/seal.js';
import { readSafetensors, writeSafetensors, type TensorExtent } from '../arrays/safetensors.js';
import { readLayout, type RandomAccess } from '../arrays/safetensorsInFile.js';

export interface PixelShardContent {
  count: number;
  /** Side of every picture, in pixels. */
  side: number;
  /** count×side×side×3 bytes, row-major RGB. */
  pixels: Uint8Array;
}

/** Bytes of a picture in a shard. */
export function pictureBytes(side: number): number {
  return side * side * 3;
}

/**
 * A file with a place for its seal, and black pictures: `pixels` is the view that they are written to, one after the other. So a
 * shard is in memory once while it is made.
 */
export function blankPixelShard(count: number, side: number): { file: Uint8Array; pixels: Uint8Array } {
  const bytes = count * pictureBytes(side);
  const blank = { shape: [count, side, side, 3], data: new Uint8Array(bytes) };
  const file = writeSafetensors([['pixels', blank]], { [sealName]: unsealed });
  // The only tensor lies at the end.
  return { file, pixels: file.subarray(file.byteLength - bytes) };
}

/**
 * The pixels are a view into `file`.
 * @param name of the object, for the message
 * @throws GraftworkError GW_CORRUPT
 */
export function decodePixelShard(file: Uint8Array, name: string): PixelShardContent {
  const tensor = readSafetensors(file, { name }).tensors.get('pixels');
  return { ...squares(tensor, name), pixels: tensor?.bytes ?? new Uint8Array(0) };
}

/** Where a shard's pixels lie in their file, whose header alone is read. */
export interface StoredPixels extends Omit<PixelShardContent, 'pixels'> {
  /** Bytes from the file's beginning. */
  begin: number;
}

/** @throws GraftworkError GW_CORRUPT */
export async function locatePixels(file: RandomAccess, name: string): Promise<StoredPixels> {
  const extent = (await readLayout(file, { name })).tensors.get('pixels');
  return { ...squares(extent, name), begin: extent?.begin ?? 0 };
}

function squares(
  tensor: Pick<TensorExtent, 'dtype' | 'shape'> | undefined,
  name: string,
): Omit<PixelShardContent, 'pixels'> {
  const [count, side, width, channels] = tensor?.shape ?? [];
  if (tensor?.dtype === 'U8' && count !== undefined && side !== undefined && width === side && channels === 3) {
    return { count, side };
  }
  throw new GraftworkError('GW_CORRUPT', `${name} does not contain square pictures.`, {
    remedy: 'Delete the object. The next run writes it again.',
  });
}
