/**
 * Immutable objects of the bucket with a copy on local disk, so that each machine fetches an object once. Several
 * processes may share the folder: files appear whole (written beside, then renamed) and may vanish at any time.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, opendir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { GraftworkError } from '../contracts/errors.js';
import { sha256 } from './contentKey.js';
import type { ObjectStore } from './objectStore.js';

export interface ContentCacheOptions {
  /** Bytes on disk above which the files used longest ago are deleted. @default 20 GiB */
  budget?: number;
}

const defaultBudget = 20 * 1024 ** 3;
/** The disk is measured each time so large a share of the budget has been written by this process. */
const sweepShare = 0.05;
/** Down to this share of the budget, so that sweeps are rare. */
const keptShare = 0.9;
/** Age at which an unfinished file belongs to a process that died, in milliseconds. */
const abandonedAfter = 3_600_000;
const unfinished = '.unfinished';

export class ContentCache {
  readonly #store: ObjectStore;
  readonly #folder: string;
  readonly #budget: number;
  readonly #underWay = new Map<string, Promise<Buffer>>();
  #writtenSinceSweep = Number.POSITIVE_INFINITY;
  #sweeping: Promise<void> | undefined;

  /** @param folder made when first needed */
  constructor(store: ObjectStore, folder: string, { budget = defaultBudget }: ContentCacheOptions = {}) {
    this.#store = store;
    this.#folder = resolve(folder);
    this.#budget = budget;
  }

  /**
   * The object's bytes, from disk or else from the bucket. Callers must not change them: two who ask at the same time
   * are given the same buffer.
   *
   * @param digest expected sha256; a local copy that differs is dropped and fetched again
   * @throws GraftworkError GW_OBJECT_MISSING; GW_CORRUPT when the object itself is not what the digest says
   */
  async fetch(key: string, digest?: string): Promise<Buffer> {
    const current = this.#underWay.get(key);
    const reading = current ?? this.#read(key, digest).finally(() => this.#underWay.delete(key));
    if (current === undefined) this.#underWay.set(key, reading);
    const bytes = await reading;
    // Somebody else's read may have been without a digest.
    if (current !== undefined && digest !== undefined && sha256(bytes) !== digest) return this.fetch(key, digest);
    return bytes;
  }

  /** Puts an object into the bucket, then keeps a copy: what is on disk is in the bucket. */
  async store(key: string, bytes: Uint8Array): Promise<void> {
    await this.#store.put(key, bytes);
    await this.#keep(key, bytes);
  }

  async #read(key: string, digest: string | undefined): Promise<Buffer> {
    const local = await this.#local(key);
    if (local !== undefined && (digest === undefined || sha256(local) === digest)) return local;
    const bytes = await this.#store.get(key);
    if (digest !== undefined && sha256(bytes) !== digest) {
      await rm(this.#path(key), { force: true });
      throw new GraftworkError('GW_CORRUPT', `${this.#store.uri(key)} does not match its digest ${digest}.`, {
        remedy: 'Delete the object; what it holds is made again by the next run.',
      });
    }
    await this.#keep(key, bytes);
    return bytes;
  }

  /** A copy that is not there, or cannot be read, is no copy. */
  async #local(key: string): Promise<Buffer | undefined> {
    const path = this.#path(key);
    const bytes = await readFile(path).catch(() => undefined);
    if (bytes === undefined) return undefined;
    const now = new Date();
    // The time of the last use; the file may have been swept away since it was read.
    await utimes(path, now, now).catch(() => undefined);
    return bytes;
  }

  /** A full or read-only disk makes things slower, not wrong: the bucket has the object. */
  async #keep(key: string, bytes: Uint8Array): Promise<void> {
    if (bytes.byteLength > this.#budget) return;
    const path = this.#path(key);
    const beside = `${path}.${randomUUID()}${unfinished}`;
    try {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(beside, bytes);
      await rename(beside, path);
    } catch {
      await rm(beside, { force: true }).catch(() => undefined);
      return;
    }
    this.#writtenSinceSweep += bytes.byteLength;
    if (this.#writtenSinceSweep < this.#budget * sweepShare) return;
    this.#sweeping ??= this.#sweep().finally(() => (this.#sweeping = undefined));
    await this.#sweeping;
  }

  /** Deletes what was used longest ago until the rest fits well within the budget. */
  async #sweep(): Promise<void> {
    this.#writtenSinceSweep = 0;
    const files: { path: string; size: number; used: number }[] = [];
    for await (const path of filesBelow(this.#folder)) {
      const facts = await stat(path).catch(() => undefined);
      if (facts === undefined) continue;
      if (!path.endsWith(unfinished)) files.push({ path, size: facts.size, used: facts.mtimeMs });
      else if (Date.now() - facts.mtimeMs > abandonedAfter) await rm(path, { force: true });
    }
    let total = files.reduce((sum, { size }) => sum + size, 0);
    if (total <= this.#budget) return;
    for (const { path, size } of files.toSorted((a, b) => a.used - b.used)) {
      if (total <= this.#budget * keptShare) return;
      await rm(path, { force: true });
      total -= size;
    }
  }

  /** Keys are ours and plain, but a file outside the folder must not even be thinkable. */
  #path(key: string): string {
    const path = join(this.#folder, key);
    if (path.startsWith(this.#folder + sep)) return path;
    throw new GraftworkError('GW_INTERNAL', `The key ${key} leads out of the cache folder.`);
  }
}

async function* filesBelow(folder: string): AsyncGenerator<string> {
  const entries = await opendir(folder).catch((thrown: unknown) => {
    if (isMissingFile(thrown)) return [];
    throw thrown;
  });
  for await (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else if (entry.isFile()) yield path;
  }
}

function isMissingFile(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT';
}
