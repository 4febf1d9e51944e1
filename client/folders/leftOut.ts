/** What a folder has and nobody can use: said, never passed over. */

/** Paths named in one sentence. */
const named = 5;

export interface LeftOut {
  /** Below the folder; bytes that are no UTF-8 stand as `\\xe9`. */
  path: string;
  /** `name`: it is not UTF-8. `link`: the symbolic link leads nowhere. */
  why: 'name' | 'link';
}

/** Why it cannot be used, as a part of a sentence about one. */
export const reasons: Readonly<Record<LeftOut['why'], string>> = {
  name: 'its name is not UTF-8',
  link: 'the link is broken',
};

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
  const names = leftOut.filter(({ why }) => why === 'name');
  const links = leftOut.filter(({ why }) => why === 'link');
  return [
    ...part(names, 'name is not UTF-8', 'names are not UTF-8', ' (rename: convmv -t utf8)'),
    ...part(links, 'link is broken', 'links are broken', ''),
  ].join('; ');
}

function part(leftOut: readonly LeftOut[], one: string, many: string, remedy: string): string[] {
  if (leftOut.length === 0) return [];
  const shown = leftOut.slice(0, named).map(({ path }) => path);
  const more = leftOut.length > named ? ` and ${leftOut.length - named} more` : '';
  return [`${leftOut.length} ${leftOut.length === 1 ? one : many}${remedy}: ${shown.join(', ')}${more}`];
}
