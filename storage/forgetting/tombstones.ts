/** Tombstones of forgotten pictures, each under the digest of the picture's bytes. */
import pMap from 'p-map';
import { objectKeys } from '../../contracts/objectKeys.js';
import { tombstoneSchema, type Tombstone } from '../../contracts/tombstone.js';
import type { ObjectStore } from '../objectStore.js';

const keyPattern = /^forgotten\/([0-9a-f]{64})\.json$/;
const atOnce = 16;

/** Who asked, and why. */
export type Asked = Pick<Tombstone, 'by' | 'reason'>;

export class Tombstones {
  readonly #store: ObjectStore;

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  /** Digests of everything that was ever forgotten: one listing. */
  async digests(): Promise<Set<string>> {
    const digests = new Set<string>();
    for await (const { key } of this.#store.list(objectKeys.forgotten)) {
      const digest = keyPattern.exec(key)?.[1];
      if (digest !== undefined) digests.add(digest);
    }
    return digests;
  }

  /** All of them, the newest first. @throws GraftworkError GW_CORRUPT */
  async list(): Promise<Tombstone[]> {
    const tombstones = await pMap(
      await this.digests(),
      (digest) => this.#store.getJson(objectKeys.tombstone(digest), tombstoneSchema),
      { concurrency: atOnce },
    );
    return tombstones.toSorted((a, b) => (a.at < b.at ? 1 : -1));
  }

  /** Puts one up. Who asked first, and when, stays; traces may be left again. */
  async put(sha256: string, asked: Asked): Promise<void> {
    const earlier = await this.#store.getJsonIfPresent(objectKeys.tombstone(sha256), tombstoneSchema);
    const tombstone = earlier ?? { format: 1 as const, sha256, at: new Date().toISOString(), ...asked };
    await this.#write({ ...tombstone, completedAt: null });
  }

  /** Says that the last trace is gone. */
  async complete(sha256: string): Promise<void> {
    const tombstone = await this.#store.getJson(objectKeys.tombstone(sha256), tombstoneSchema);
    await this.#write({ ...tombstone, completedAt: new Date().toISOString() });
  }

  async #write(tombstone: Tombstone): Promise<void> {
    await this.#store.putJson(objectKeys.tombstone(tombstone.sha256), tombstone);
  }
}
