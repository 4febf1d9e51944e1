import type { NamedArray, NamedArrays } from '../backbones/architecture.js';
import { asFloat32, readSafetensors } from './safetensors.js';

/**
 * The parameters of a safetensors file; views into it where it is aligned.
 * @param name what the file is called in an error message
 * @throws GraftworkError GW_CORRUPT
 */
export function namedArrays(file: Uint8Array, name: string): NamedArrays {
  const { tensors } = readSafetensors(file, { name });
  return new Map(
    [...tensors].map(([tensor, stored]): [string, NamedArray] => [
      tensor,
      { shape: stored.shape, data: asFloat32(stored) },
    ]),
  );
}
