/**
 * Seals: a digest of an object's bytes that lies within the bytes. Keys of features, pixels, results and the like are
 * digests of what went into the object, which says nothing about the bytes that come out of a disk years later. A seal
 * does, and it travels with every copy: to another bucket, into the cache on local disk.
 *
 * The seal is the sha256 of the object's key and of all its bytes with 64 zeros in the seal's own place. So one mechanism
 * serves every format that can hold a text, a flipped bit anywhere breaks it, and so does a whole object at another's key.
 */
import { createHash, type Hash } from 'node:crypto';
import { GraftworkError } from '../../contracts/errors.js';
import { sealName, unsealed } from '../../contracts/seal.js';

/** How a seal begins in JSON, which a safetensors file's header is too. */
const mark = `"${sealName}":"`;

/**
 * Writes the seal into the place that the maker of the bytes has left for it.
 * @returns the same bytes
 */
export function seal<Bytes extends Uint8Array>(key: string, bytes: Bytes): Bytes {
  const at = placeOfSeal(bytes);
  if (at === undefined) throw new GraftworkError('GW_INTERNAL', `${key} was made without a place for its seal.`);
  const hash = hashAround(createHash('sha256').update(`${key}\n`), bytes, at);
  asBuffer(bytes).write(hash.digest('hex'), at, 'latin1');
  return bytes;
}

/** Whether these are the very bytes that were sealed under this key. Costs one sha256, more than 1 GB/s. */
export function isIntact(key: string, bytes: Uint8Array): boolean {
  const check = new SealCheck(key);
  check.add(bytes);
  return check.isIntact();
}

/** The same for bytes that come piece by piece: a large file need not be in memory as a whole. */
export class SealCheck {
  private readonly hash: Hash;
  private begun = false;
  private seal: string | undefined;

  constructor(key: string) {
    this.hash = createHash('sha256').update(`${key}\n`);
  }

  /** The first piece must hold the seal: our makers write it first, so some hundred bytes will do. */
  add(piece: Uint8Array): void {
    const at = this.begun ? undefined : placeOfSeal(piece);
    this.begun = true;
    if (at === undefined) {
      this.hash.update(piece);
      return;
    }
    this.seal = asBuffer(piece).toString('latin1', at, at + unsealed.length);
    hashAround(this.hash, piece, at);
  }

  /** To be asked once, after the last piece. */
  isIntact(): boolean {
    return this.seal === this.hash.digest('hex');
  }
}

/** A value as sealed JSON; the seal is its first member. */
export function sealedJson(key: string, value: object): Buffer {
  if (Array.isArray(value)) throw new TypeError(`${key}: a list has no place for a seal, put it into an object`);
  return seal(key, Buffer.from(`${JSON.stringify({ [sealName]: unsealed, ...value })}\n`));
}

/** @param uri of the object, for the message */
export function damaged(uri: string): GraftworkError {
  return new GraftworkError('GW_CORRUPT', `${uri} is damaged: its bytes are not those that were written.`, {
    remedy: 'Delete the object. If it can be computed again, the next run does it.',
  });
}

function placeOfSeal(bytes: Uint8Array): number | undefined {
  const found = asBuffer(bytes).indexOf(mark, 0, 'latin1');
  const at = found + mark.length;
  return found === -1 || at + unsealed.length > bytes.byteLength ? undefined : at;
}

function hashAround(hash: Hash, bytes: Uint8Array, at: number): Hash {
  return hash
    .update(bytes.subarray(0, at))
    .update(unsealed)
    .update(bytes.subarray(at + unsealed.length));
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
