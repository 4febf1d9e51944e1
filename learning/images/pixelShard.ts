/** A run of preprocessed pictures as one safetensors file: tensor `pixels`, U8 [count, side, side, 3]. */
import { GraftworkError } from '../../contracts/errors.js';
import { sealName, unsealed } from '../../contracts/seal.js';
import { readSafetensors, writeSafetensors } from '../weights/safetensors.js';

export interface PixelShardContent {
  count: number;
  /** Side of every picture, in pixels. */
  side: number;
  /** count×side×side×3 bytes, row-major RGB. */
  pixels: Uint8Array;
}

/**
 * A file with a place for its seal.
 * @param pictures each side×side×3 bytes
 */
export function encodePixelShard(pictures: readonly Uint8Array[], side: number): Uint8Array {
  return writeSafetensors(
    [['pixels', { shape: [pictures.length, side, side, 3], data: new Uint8Array(Buffer.concat(pictures)) }]],
    { [sealName]: unsealed },
  );
}

/**
 * The pixels are a view into `file`.
 * @param name of the object, for the message
 * @throws GraftworkError GW_CORRUPT
 */
export function decodePixelShard(file: Uint8Array, name: string): PixelShardContent {
  const tensor = readSafetensors(file, { name }).tensors.get('pixels');
  const [count, side, width, channels] = tensor?.shape ?? [];
  if (tensor?.dtype !== 'U8' || count === undefined || side === undefined || width !== side || channels !== 3) {
    throw new GraftworkError('GW_CORRUPT', `${name} holds no square pictures.`, {
      remedy: 'Delete the object; it is made again by the next run.',
    });
  }
  return { count, side, pixels: tensor.bytes };
}
