/** What a folder has and nobody can use: said, never passed over. */
import { mostShown, type MissingPicture } from '../../learning/dataset/index.js';

/** Paths named in one sentence. */
const named = 5;

export interface LeftOut {
  /** Below the folder; bytes that are no UTF-8 stand as `\\xe9`. */
  path: string;
  /** `name`: it is not UTF-8. `link`: the symbolic link leads nowhere. `special`: a pipe, a socket, a device. `hidden`: a picture. */
  why: 'name' | 'link' | 'special' | 'hidden';
}

interface Words {
  /** Why it cannot be used, as a part of a sentence about one. */
  reason: string;
  /** What follows the number of one, and of several. */
  one: string;
  many: string;
  /** What to do, where something can be done. */
  remedy: string;
}

const words: Readonly<Record<LeftOut['why'], Words>> = {
  name: {
    reason: 'its name is not UTF-8',
    one: 'name is not UTF-8',
    many: 'names are not UTF-8',
    remedy: ' (rename: convmv -t utf8)',
  },
  link: { reason: 'the link is broken', one: 'link is broken', many: 'links are broken', remedy: '' },
  special: {
    reason: 'it is not a regular file',
    one: 'entry is not a regular file',
    many: 'entries are not regular files',
    remedy: '',
  },
  hidden: {
    reason: 'its name begins with a dot',
    one: 'picture is hidden',
    many: 'pictures are hidden',
    remedy: ' (rename: no dot in front)',
  },
};

/** Why it cannot be used, as a part of a sentence about one. */
export function reasonOf(why: LeftOut['why']): string {
  return words[why].reason;
}

/** A name with its odd bytes spelled out, as shells show it. */
export function printable(name: Buffer): string {
  return [...name.toString('latin1')]
    .map((character) =>
      /[\x20-\x7e]/.test(character) ? character : `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
    )
    .join('');
}

/** One sentence, without its full stop: how many, why, and the first of them; what to do where something can be done. */
export function leftOutText(leftOut: readonly LeftOut[]): string {
  return parts(leftOut).join('; ');
}

/** What a list names and its folder lacks, without a full stop: the first of them, with their lines. */
export function notThereText(missing: readonly MissingPicture[]): string {
  const first = missing.slice(0, mostShown).map(({ path, line }) => `${path} (line ${line})`);
  const more = missing.length > mostShown ? ` and ${missing.length - mostShown} more` : '';
  return `${missing.length === 1 ? 'it is' : 'they are'} not there: ${first.join(', ')}${more}`;
}

/** The same as notes of a run: a sentence for each reason. */
export function leftOutNotes(leftOut: readonly LeftOut[]): string[] {
  return parts(leftOut).map((part) => `Not used: ${part}.`);
}

function parts(leftOut: readonly LeftOut[]): string[] {
  return (Object.keys(words) as LeftOut['why'][]).flatMap((why) => {
    const paths = leftOut.flatMap((one) => (one.why === why ? [one.path] : []));
    if (paths.length === 0) return [];
    const { one, many, remedy } = words[why];
    const more = paths.length > named ? ` and ${paths.length - named} more` : '';
    return [`${paths.length} ${paths.length === 1 ? one : many}${remedy}: ${paths.slice(0, named).join(', ')}${more}`];
  });
}
