/** Parameters stored as an object under their own digest. */
import type { NamedArray, NamedArrays } from '../learning/backbones/architecture.js';
import { asFloat32, readSafetensors } from '../learning/weights/index.js';
import type { ContentCache } from '../storage/contentCache.js';

/** @throws GraftworkError GW_CORRUPT when the bytes are not those of the digest */
export async function readParameters(cache: ContentCache, object: string, sha256: string): Promise<NamedArrays> {
  const { tensors } = readSafetensors(await cache.fetch(object, sha256), { name: object });
  return new Map(
    [...tensors].map(([name, tensor]): [string, NamedArray] => [
      name,
      { shape: tensor.shape, data: asFloat32(tensor) },
    ]),
  );
}
