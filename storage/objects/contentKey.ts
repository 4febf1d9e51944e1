/** Content keys: the digest of everything that determines an object's bytes. */
import { createHash, subtle } from 'node:crypto';

/** Characters: a call for each item would cost more than the hashing. */
const hashedAtOnce = 64 * 1024;

/** JSON with sorted object keys and without undefined members, so that equal values have equal text. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value))
    return `[${value.map((item) => canonicalJson(item === undefined ? null : item)).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
    return `{${members.join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
}

/** Hex sha256 of bytes or text. */
export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** The same, computed by another thread. */
export async function sha256Beside(content: Uint8Array): Promise<string> {
  return Buffer.from(await subtle.digest('SHA-256', content)).toString('hex');
}

/**
 * @param kind what the key is for, with its format version, e.g. `features/2`: raising the version makes old objects be
 * ignored, never misread
 */
export function contentKey(kind: string, determinants: unknown): string {
  return sha256(`${kind}\n${canonicalJson(determinants)}`);
}

/** `contentKey` of an object whose members are lists, which may be longer than memory: each is gone through once. */
export function contentKeyOfLists(kind: string, lists: Record<string, Iterable<unknown>>): string {
  const hash = createHash('sha256').update(`${kind}\n`);
  let before = '{';
  for (const name of Object.keys(lists).toSorted((a, b) => (a < b ? -1 : 1))) {
    let text = `${before}${JSON.stringify(name)}:[`;
    let separator = '';
    for (const item of lists[name] ?? []) {
      text += separator + canonicalJson(item === undefined ? null : item);
      separator = ',';
      if (text.length < hashedAtOnce) continue;
      hash.update(text);
      text = '';
    }
    hash.update(`${text}]`);
    before = ',';
  }
  return hash.update(before === '{' ? '{}' : '}').digest('hex');
}
