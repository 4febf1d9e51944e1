/** Where two specs differ, by the dotted names that `--set` takes. Pure. */

export interface SpecDifference {
  path: string;
  /** As JSON; undefined where there is none. */
  first: string | undefined;
  second: string | undefined;
}

export function specDifferences(first: object, second: object): SpecDifference[] {
  const a = leaves(first);
  const b = leaves(second);
  return [...new Set([...a.keys(), ...b.keys()])]
    .filter((path) => a.get(path) !== b.get(path))
    .map((path) => ({ path, first: a.get(path), second: b.get(path) }));
}

function leaves(value: unknown, path: readonly string[] = []): Map<string, string> {
  const isBranch = typeof value === 'object' && value !== null && Object.keys(value).length > 0;
  if (!isBranch) return new Map<string, string>(value === undefined ? [] : [[path.join('.'), JSON.stringify(value)]]);
  return new Map(Object.entries(value).flatMap(([name, member]) => [...leaves(member, [...path, name])]));
}
