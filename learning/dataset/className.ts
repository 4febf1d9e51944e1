/** Class names come from folder names and manifests of strangers, and end up in reports, file names and terminals. */
import { GraftworkError } from '../../contracts/errors.js';

/** Characters; file systems allow 255 bytes for a name. */
const longest = 100;

/** Control, surrogate and unassigned characters, and those that turn the direction of text. */
const unsafe = /[\p{Cc}\p{Cs}\p{Co}\p{Cn}\u2028\u2029\u202a-\u202e\u2066-\u2069/\\]/u;

/**
 * The name in Unicode's composed form, so that names that look alike are alike.
 * @param where the folder, or the line of a manifest, for the message
 * @throws GraftworkError GW_DATASET_INVALID
 */
export function safeClassName(name: string, where: string): string {
  const composed = name.normalize('NFC');
  const fault =
    composed.trim() === ''
      ? 'is empty'
      : composed === '.' || composed === '..'
        ? 'means a folder above'
        : unsafe.test(composed)
          ? 'holds control characters or slashes'
          : composed.length > longest
            ? `is longer than ${longest} characters`
            : undefined;
  if (fault === undefined) return composed;
  throw new GraftworkError('GW_DATASET_INVALID', `The class name ${quoted(composed)} of ${where} ${fault}.`, {
    remedy: 'Rename the class.',
  });
}

/** With control characters spelled out, so that the message itself is harmless. */
export function quoted(text: string): string {
  const shown = text.length > longest ? `${text.slice(0, longest)}…` : text;
  return JSON.stringify(shown).replace(new RegExp(unsafe.source, 'gu'), (character) =>
    character === '\\' || character === '/' ? character : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
