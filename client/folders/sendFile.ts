/** One local file into the bucket, as it is at one moment, although somebody may be writing to it. */
import { GraftworkError } from '../../contracts/errors.js';
import type { ListedObject, PutOptions } from '../../storage/s3/objectFacts.js';
import type { ObjectStore } from '../../storage/objects/objectStore.js';
import { digestsOfFile, hasContent } from './fileDigests.js';

/** How often a file that changes while it is sent is tried. */
const tries = 3;

export interface SendOptions extends Pick<PutOptions, 'ifAbsent'> {
  /** The object that is there, as it was listed: the file is not sent when it has its content. */
  known?: ListedObject | undefined;
  /** Digests of contents that may not be sent. */
  forgotten?: ReadonlySet<string>;
}

/**
 * Digests the file, then sends exactly those bytes: half of one content and half of another never become an object.
 *
 * @returns whether the file had to be sent; `forgotten` when its content may not be
 * @throws GraftworkError GW_SOURCE_UNREADABLE; GW_SOURCE_CHANGED when somebody keeps writing to it; GW_CONFLICT when there is
 * an object and `ifAbsent` forbids one; another GW_S3_… code
 */
export async function sendFile(
  store: ObjectStore,
  key: string,
  file: string,
  { known, forgotten, ifAbsent }: SendOptions = {},
): Promise<'sent' | 'known' | 'forgotten'> {
  for (let attempt = 1; ; attempt += 1) {
    const digests = await digestsOfFile(file);
    if (forgotten?.has(digests.sha256) === true) return 'forgotten';
    if (known !== undefined && (await hasContent(store, known, digests))) return 'known';
    try {
      await store.putFile(key, file, { sha256: digests.sha256, ...(ifAbsent === undefined ? {} : { ifAbsent }) });
      return 'sent';
    } catch (error) {
      if (attempt === tries || !(error instanceof GraftworkError && error.code === 'GW_SOURCE_CHANGED')) throw error;
    }
  }
}
