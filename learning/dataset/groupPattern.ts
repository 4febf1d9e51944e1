/**
 * Which pictures belong together, read from their paths: `patient-{group}_*` finds `12` in `sick/patient-12_003.jpg`. Pure.
 *
 * A pattern of files and not a regular expression: nothing in it needs to be escaped, it matches whole names, and no pattern takes
 * longer than its length times that of the path.
 */

type Token = { kind: 'text'; text: string } | { kind: 'group' | 'name' | 'letter' | 'folders' | 'anything' };

const kinds: Readonly<Record<string, Token>> = {
  '{group}': { kind: 'group' },
  '**/': { kind: 'folders' },
  '**': { kind: 'anything' },
  '*': { kind: 'name' },
  '?': { kind: 'letter' },
};

/**
 * Compiles a pattern for the end of a path, beginning at a whole name. `*` is any text in a name, `?` one letter, `**` any folders,
 * and `{group}` one letter or more of a name. Each is as short as it can be, so that groups are rather too large than too small.
 * A slash at the beginning of the pattern stands for the folder of the source.
 *
 * @param pattern as `dataset.groupBy` has it, with one `{group}`
 * @returns the group of a path; undefined where the pattern does not match
 */
export function groupPattern(pattern: string): (path: string) => string | undefined {
  const parts = pattern.split(/(\{group\}|\*\*\/|\*\*|\*|\?)/).filter((part) => part !== '');
  const tokens = parts.map((part): Token => kinds[part] ?? { kind: 'text', text: part });
  const [first] = tokens;
  if (first?.kind === 'text' && first.text.startsWith('/')) first.text = first.text.slice(1);
  else tokens.unshift({ kind: 'folders' });
  return (path) => {
    const place = new Matching(tokens, path).groupFrom(0, 0);
    return place === undefined ? undefined : path.slice(...place);
  };
}

type Place = [start: number, end: number];

/** One path against one pattern. What has failed at a place fails there again, so each pair is tried once. */
class Matching {
  private readonly failed = new Set<number>();

  constructor(
    private readonly tokens: readonly Token[],
    private readonly path: string,
  ) {}

  /** Where the group is when the pattern from this token on matches the path from this place on. */
  groupFrom(index: number, start: number): Place | undefined {
    const token = this.tokens[index];
    if (token === undefined) return start === this.path.length ? [0, 0] : undefined;
    const key = index * (this.path.length + 1) + start;
    if (this.failed.has(key)) return undefined;
    for (const end of this.ends(token, start)) {
      const place = this.groupFrom(index + 1, end);
      if (place !== undefined) return token.kind === 'group' ? [start, end] : place;
    }
    this.failed.add(key);
    return undefined;
  }

  /** Where a token that begins here may end, the nearest first. */
  private *ends(token: Token, start: number): Generator<number> {
    if (token.kind === 'text') {
      if (this.path.startsWith(token.text, start)) yield start + token.text.length;
      return;
    }
    const { kind } = token;
    if (kind === 'name' || kind === 'anything' || kind === 'folders') yield start;
    for (let end = start + 1; end <= this.path.length; end += 1) {
      const isSlash = this.path[end - 1] === '/';
      if (isSlash && kind !== 'anything' && kind !== 'folders') return;
      if (kind !== 'folders' || isSlash) yield end;
      if (kind === 'letter') return;
    }
  }
}
