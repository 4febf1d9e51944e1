/** Parameters stored as an object under their own digest. */
import type { NamedArrays } from '../../learning/backbones/architecture.js';
import { namedArrays } from '../../learning/weights/index.js';
import type { ContentCache } from '../../storage/cache/contentCache.js';

/** @throws GraftworkError GW_CORRUPT when the bytes are not those of the digest */
export async function readParameters(cache: ContentCache, object: string, sha256: string): Promise<NamedArrays> {
  return namedArrays(await cache.fetch(object, sha256), object);
}
