/**
 * Immutable objects of the bucket with a copy on local disk, so that each machine fetches an object once. Several
 * processes may share the folder: files appear whole (written beside, then renamed) and may vanish at any time.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, utimes, type FileHandle } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { GraftworkError } from '../../contracts/errors.js';
import { sha256 } from '../objects/contentKey.js';
import { takeAside, writeAside } from './asideFiles.js';
import { FileCopy, MemoryCopy, type LocalCopy } from './localCopy.js';
import type { ObjectStore } from '../objects/objectStore.js';
import { damaged, isIntact, seal, SealCheck } from '../objects/seal.js';
import { sweepFolder, unfinished } from './sweepFolder.js';

export interface ContentCacheOptions {
  /** Bytes on disk above which the files used longest ago are deleted. @default 20 GiB */
  budget?: number;
  /** Called for damaged copies, which are fetched again. */
  warn?: (fields: Record<string, unknown>, message: string) => void;
  /** Called for each object that was read, with whether the local copy served. */
  onRead?: (key: string, local: boolean) => void;
}

const defaultBudget = 20 * 1024 ** 3;
/** The disk is measured each time so large a share of the budget has been written by this process. */
const sweepShare = 0.05;
/** Bytes hashed at a time when a file is checked. */
const pieceSize = 1 << 20;

export class ContentCache {
  private readonly objects: ObjectStore;
  private readonly folder: string;
  /** Bytes on local disk; see {@link ContentCacheOptions.budget}. */
  readonly budget: number;
  private readonly warn: NonNullable<ContentCacheOptions['warn']>;
  private readonly onRead: NonNullable<ContentCacheOptions['onRead']>;
  private readonly underWay = new Map<string, Promise<Buffer>>();
  /** Files this process has written or checked, as they were then: they need not be hashed again. */
  private readonly known = new Map<string, string>();
  private writtenSinceSweep = Number.POSITIVE_INFINITY;
  private sweeping: Promise<void> | undefined;

  /** @param folder made when first needed */
  constructor(
    store: ObjectStore,
    folder: string,
    { budget = defaultBudget, warn = () => undefined, onRead = () => undefined }: ContentCacheOptions = {},
  ) {
    this.objects = store;
    this.folder = resolve(folder);
    this.budget = budget;
    this.warn = warn;
    this.onRead = onRead;
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
    const current = this.underWay.get(question);
    if (current !== undefined) return current;
    const reading = this.read(key, digest).finally(() => this.underWay.delete(question));
    this.underWay.set(question, reading);
    return reading;
  }

  /** Puts an object into the bucket, then keeps a copy: what is on disk is in the bucket. */
  async store(key: string, bytes: Uint8Array): Promise<void> {
    await this.objects.put(key, bytes);
    await this.keep(key, bytes);
  }

  /** The same for an object whose digest nothing else holds: its bytes have a place for a seal, which is filled in. */
  async storeSealed(key: string, bytes: Uint8Array): Promise<void> {
    await this.store(key, seal(key, bytes));
  }

  /**
   * A sealed object as a file that is open for reading, checked before. It stays readable whatever becomes of the cache's
   * own copy; an object larger than the whole budget is a file that goes when it is closed. Only where the disk cannot be
   * written are its bytes held in memory.
   *
   * @throws GraftworkError GW_OBJECT_MISSING; GW_CORRUPT when the object in the bucket is damaged
   */
  async open(key: string): Promise<LocalCopy> {
    const local = await this.openLocal(key);
    this.onRead(key, local !== undefined);
    if (local !== undefined) return local;
    const bytes = await this.objects.get(key);
    if (!isIntact(key, bytes)) throw damaged(this.objects.uri(key));
    const written = await this.write(key, bytes);
    return written === undefined ? new MemoryCopy(bytes, key) : this.copy(key, written, bytes.byteLength);
  }

  /**
   * Keeps bytes that can be made again, until a process on this machine takes them. Nothing else has them, and they may vanish at any time.
   * @param name a place in the folder where no object lies
   */
  async setAside(name: string, bytes: Uint8Array): Promise<void> {
    if (bytes.byteLength > this.budget) return;
    try {
      writeAside(this.path(name), name, bytes);
    } catch (thrown) {
      undefinedUnlessTooMany(thrown);
      return;
    }
    await this.written(bytes.byteLength);
  }

  /**
   * Fills `into` with what was set aside, which is then there no more.
   * @returns false when it is gone or damaged; `into` may then hold anything
   */
  takeAside(name: string, into: Uint8Array): boolean {
    try {
      return takeAside(this.path(name), name, into);
    } catch (thrown) {
      undefinedUnlessTooMany(thrown);
      return false;
    }
  }

  private async read(key: string, digest: string | undefined): Promise<Buffer> {
    const isRight = (bytes: Buffer): boolean =>
      digest === undefined ? isIntact(key, bytes) : sha256(bytes) === digest;
    const local = await this.local(key);
    if (local !== undefined) {
      if (isRight(local)) {
        this.onRead(key, true);
        return local;
      }
      await this.dropDamaged(key);
    }
    this.onRead(key, false);
    const bytes = await this.objects.get(key);
    if (!isRight(bytes)) throw damaged(this.objects.uri(key));
    await this.keep(key, bytes);
    return bytes;
  }

  /** A copy that is not there, or cannot be read, is no copy. */
  private async local(key: string): Promise<Buffer | undefined> {
    const path = this.path(key);
    const bytes = await readFile(path).catch(() => undefined);
    if (bytes === undefined) return undefined;
    const now = new Date();
    // The time of the last use; the file may have been swept away since it was read.
    await utimes(path, now, now).catch(() => undefined);
    return bytes;
  }

  private async openLocal(key: string): Promise<LocalCopy | undefined> {
    const path = this.path(key);
    const handle = await open(path).catch(undefinedUnlessTooMany);
    if (handle === undefined) return undefined;
    const isRight =
      this.known.get(path) === (await identity(handle)) || (await isIntactFile(key, handle).catch(() => false));
    if (isRight) {
      await this.remember(path, handle);
      return this.copy(key, handle, (await handle.stat()).size);
    }
    await handle.close();
    await this.dropDamaged(key);
    return undefined;
  }

  private copy(key: string, handle: FileHandle, size: number): LocalCopy {
    return new FileCopy(handle, size, key, () => this.known.delete(this.path(key)));
  }

  private async dropDamaged(key: string): Promise<void> {
    const file = this.path(key);
    this.warn({ key, file }, 'a copy on local disk is damaged: it is fetched again');
    await rm(file, { force: true });
  }

  /**
   * Notes that the file is whole and has been used now. Its time is set in whole milliseconds, which no write does: a later
   * one, however soon, gives it another.
   */
  private async remember(path: string, handle: FileHandle): Promise<void> {
    const now = new Date();
    await handle.utimes(now, now).catch(() => undefined);
    this.known.set(path, await identity(handle));
  }

  private async keep(key: string, bytes: Uint8Array): Promise<void> {
    if (bytes.byteLength > this.budget) return;
    await (await this.write(key, bytes))?.close();
  }

  /**
   * The bytes as a file, open for reading: at the key's place, or without a name where the budget has no room for it.
   * A full or read-only disk makes things slower, not wrong: the bucket has the object.
   */
  private async write(key: string, bytes: Uint8Array): Promise<FileHandle | undefined> {
    const path = this.path(key);
    const beside = `${path}.${randomUUID()}${unfinished}`;
    let handle: FileHandle | undefined;
    try {
      await mkdir(dirname(path), { recursive: true });
      handle = await open(beside, 'wx+');
      await handle.writeFile(bytes);
      if (bytes.byteLength > this.budget) {
        await rm(beside);
        return handle;
      }
      await rename(beside, path);
      await this.remember(path, handle);
    } catch (thrown) {
      await handle?.close().catch(() => undefined);
      await rm(beside, { force: true }).catch(() => undefined);
      return undefinedUnlessTooMany(thrown);
    }
    await this.written(bytes.byteLength);
    return handle;
  }

  /** To be called when so many bytes more lie on the disk. */
  private async written(bytes: number): Promise<void> {
    this.writtenSinceSweep += bytes;
    if (this.writtenSinceSweep < this.budget * sweepShare) return;
    this.sweeping ??= this.sweep().finally(() => (this.sweeping = undefined));
    await this.sweeping;
  }

  private async sweep(): Promise<void> {
    this.writtenSinceSweep = 0;
    await sweepFolder(this.folder, this.budget);
  }

  /** Keys are ours and plain, but a file outside the folder must not even be thinkable. */
  private path(key: string): string {
    const path = join(this.folder, key);
    if (path.startsWith(this.folder + sep)) return path;
    throw new GraftworkError('GW_INTERNAL', `The key ${key} leads out of the cache folder.`);
  }
}

/** What changes when a file is written or replaced. */
async function identity(handle: FileHandle): Promise<string> {
  const { ino, size, mtimeNs } = await handle.stat({ bigint: true });
  return `${ino} ${size} ${mtimeNs}`;
}

async function isIntactFile(key: string, handle: FileHandle): Promise<boolean> {
  const check = new SealCheck(key);
  const piece = Buffer.allocUnsafe(pieceSize);
  for (let position = 0; ;) {
    const { bytesRead } = await handle.read(piece, 0, piece.byteLength, position);
    if (bytesRead === 0) return check.isIntact();
    check.add(piece.subarray(0, bytesRead));
    position += bytesRead;
  }
}

/**
 * Whatever is the matter with the disk, the bucket has the object; but where files cannot be opened any more, going on would
 * only fill the memory with what belongs into them.
 */
function undefinedUnlessTooMany(thrown: unknown): undefined {
  if (!(thrown instanceof Error && 'code' in thrown && (thrown.code === 'EMFILE' || thrown.code === 'ENFILE'))) return;
  throw new GraftworkError('GW_INTERNAL', `This process cannot open more files (${thrown.message}).`, {
    remedy:
      'Raise the limit on open files (`ulimit -n`) for the workers. Training opens one file for each shard of about 64 images.',
    retryable: true,
    cause: thrown,
  });
}
