/** Class names come from folder names and manifests of strangers, and end up in reports, file names and terminals. */
import { GraftworkError } from '../../../contracts/errors.js';

/** Characters; file systems allow 255 bytes for a name. */
const longest = 100;

/** Control, surrogate and unassigned characters, and those that turn the direction of text. */
const unsafe = /[\p{Cc}\p{Cs}\p{Co}\p{Cn}\u2028\u2029\u202a-\u202e\u2066-\u2069/\\]/u;

/** Characters without a width that mean nothing: zero-width space, word joiner, byte order mark, soft hyphen, direction marks. */
const invisible = /[\u00ad\u180e\u200b\u200e\u200f\u2060\ufeff]/gu;

/** Joiners mean something between letters, and nothing at either end of a name. */
const edges = /^[\s\u200c\u200d]+|[\s\u200c\u200d]+$/gu;

/**
 * The name as it is seen: in Unicode's composed form, without invisible characters, with single plain spaces and none at
 * its ends, so that names that look the same are the same.
 */
export function visibleName(name: string): string {
  return name
    .normalize('NFC')
    .replace(invisible, '')
    .replace(edges, '')
    .replace(/[\p{Zs}]+/gu, ' ');
}

/**
 * The {@link visibleName} of a class.
 * @param where the folder, or the line of a manifest, for the message
 * @throws GraftworkError GW_DATASET_INVALID
 */
export function safeClassName(name: string, where: string): string {
  const composed = visibleName(name);
  const fault =
    composed === ''
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

/** As {@link unsafe}, and what nobody sees: invisible characters, joiners, spaces that are no plain ones. */
const unseen = new RegExp(`${unsafe.source}|${invisible.source}|[\\u200c\\u200d]|(?! )\\p{Zs}`, 'gu');

/** With control and invisible characters spelled out, so that the message itself is harmless and says what is there. */
export function quoted(text: string): string {
  const shown = text.length > longest ? `${text.slice(0, longest)}…` : text;
  return JSON.stringify(shown).replace(unseen, (character) =>
    character === '\\' || character === '/' ? character : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

/** Names in one list of a message. */
export const mostListed = 5;

/**
 * The first names, {@link quoted}, and how many more there are: `"a", "b" and 3 more`.
 * @param count of all, where only the first ones are given
 */
export function quotedList(names: readonly string[], count = names.length): string {
  const more = count > mostListed ? ` and ${count - mostListed} more` : '';
  return `${names.slice(0, mostListed).map(quoted).join(', ')}${more}`;
}
