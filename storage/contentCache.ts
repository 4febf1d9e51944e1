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
import { damaged, isIntact, seal } from './seal.js';

export interface ContentCacheOptions {
  /** Bytes on disk above which the files used longest ago are deleted. @default 20 GiB */
  budget?: number;
  /** Told of damaged copies, which are fetched again. */
  warn?: (fields: Record<string, unknown>, message: string) => void;
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
  readonly #warn: NonNullable<ContentCacheOptions['warn']>;
  readonly #underWay = new Map<string, Promise<Buffer>>();
  #writtenSinceSweep = Number.POSITIVE_INFINITY;
  #sweeping: Promise<void> | undefined;

  /** @param folder made when first needed */
  constructor(
    store: ObjectStore,
    folder: string,
    { budget = defaultBudget, warn = () => undefined }: ContentCacheOptions = {},
  ) {
    this.#store = store;
    this.#folder = resolve(folder);
    this.#budget = budget;
    this.#warn = warn;
  }

  /**
   * The object's bytes, from disk or else from the bucket; never bytes other than those that were written. Callers must
   * not change them: two who ask at the same time are given the same buffer.
   *
   * @param digest sha256 the bytes must have; without one, the object must carry a seal
   * @throws GraftworkError GW_OBJECT_MISSING; GW_CORRUPT when the object in the bucket is damaged
   */
  async fetch(key: string, digest?: string): Promise<Buffer> {
    const question = `${digest} ${key}`;
    const current = this.#underWay.get(question);
    if (current !== undefined) return current;
    const reading = this.#read(key, digest).finally(() => this.#underWay.delete(question));
    this.#underWay.set(question, reading);
    return reading;
  }

  /** Puts an object into the bucket, then keeps a copy: what is on disk is in the bucket. */
  async store(key: string, bytes: Uint8Array): Promise<void> {
    await this.#store.put(key, bytes);
    await this.#keep(key, bytes);
  }

  /** The same for an object whose digest nothing else holds: its bytes have a place for a seal, which is filled in. */
  async storeSealed(key: string, bytes: Uint8Array): Promise<void> {
    await this.store(key, seal(key, bytes));
  }

  async #read(key: string, digest: string | undefined): Promise<Buffer> {
    const isRight = (bytes: Buffer): boolean =>
      digest === undefined ? isIntact(key, bytes) : sha256(bytes) === digest;
    const local = await this.#local(key);
    if (local !== undefined) {
      if (isRight(local)) return local;
      this.#warn({ key, file: this.#path(key) }, 'a copy on local disk is damaged: it is fetched again');
      await rm(this.#path(key), { force: true });
    }
    const bytes = await this.#store.get(key);
    if (!isRight(bytes)) throw damaged(this.#store.uri(key));
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
