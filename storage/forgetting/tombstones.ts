/** Tombstones of forgotten pictures, each under the digest of the picture's bytes. */
import pMap from 'p-map';
import { objectKeys } from '../../contracts/objectKeys.js';
import { tombstoneSchema, type Tombstone } from '../../contracts/data/tombstone.js';
import { irreplaceable } from '../objects/irreplaceable.js';
import type { ObjectStore } from '../objects/objectStore.js';
import { undefinedIfCorrupt } from '../objects/undefinedIfCorrupt.js';

const keyPattern = /^forgotten\/([0-9a-f]{64})\.json$/;
const atOnce = 16;

/** Who asked, and why. */
export type Asked = Pick<Tombstone, 'by' | 'reason'>;

export class Tombstones {
  private readonly store: ObjectStore;

  constructor(store: ObjectStore) {
    this.store = store;
  }

  /** Digests of everything that was ever forgotten: one listing. */
  async digests(): Promise<Set<string>> {
    const digests = new Set<string>();
    for await (const { key } of this.store.list(objectKeys.forgotten)) {
      const digest = keyPattern.exec(key)?.[1];
      if (digest !== undefined) digests.add(digest);
    }
    return digests;
  }

  /** All of them, the newest first. @throws GraftworkError GW_CORRUPT */
  async list(): Promise<Tombstone[]> {
    const tombstones = await pMap(await this.digests(), (digest) => this.read(digest), { concurrency: atOnce });
    return tombstones
      .filter((tombstone) => tombstone !== undefined)
      .toSorted((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0));
  }

  /** Digests of pictures of which traces may be left. Of one whose tombstone is damaged nobody knows whether there are none. */
  async unfinished(): Promise<Set<string>> {
    const unfinished = new Set<string>();
    const look = async (digest: string): Promise<void> => {
      const isDone = await this.read(digest).then(
        (tombstone) => tombstone === undefined || tombstone.completedAt !== null,
        (thrown: unknown) => undefinedIfCorrupt(thrown) ?? false,
      );
      if (!isDone) unfinished.add(digest);
    };
    await pMap(await this.digests(), look, { concurrency: atOnce });
    return unfinished;
  }

  /** Puts one up, in place of a damaged one too. Who asked first, and when, stays; traces may be left again. */
  async put(sha256: string, asked: Asked): Promise<void> {
    const earlier = await this.read(sha256).catch(undefinedIfCorrupt);
    const tombstone = earlier ?? { format: 1 as const, sha256, at: new Date().toISOString(), ...asked };
    await this.write({ ...tombstone, completedAt: null });
  }

  /** Says that the last trace is gone. */
  async complete(sha256: string): Promise<void> {
    const tombstone = await this.store.getJson(objectKeys.tombstone(sha256), tombstoneSchema);
    await this.write({ ...tombstone, completedAt: new Date().toISOString() });
  }

  private async read(sha256: string): Promise<Tombstone | undefined> {
    return this.store
      .getJsonIfPresent(objectKeys.tombstone(sha256), tombstoneSchema)
      .catch(
        irreplaceable(
          `\`graftwork datasets forget ${sha256}\` writes it again. If you delete it, ingests use the picture again.`,
        ),
      );
  }

  private async write(tombstone: Tombstone): Promise<void> {
    await this.store.putJson(objectKeys.tombstone(tombstone.sha256), tombstone);
  }
}
