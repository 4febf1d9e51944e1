/** Where two specs differ, by the dotted names that `--set` takes. Pure. */

export interface SpecDifference {
  path: string;
  /** undefined where there is none. */
  first: unknown;
  second: unknown;
}

/** What only one of the two has is one difference, however much there is in it. */
export function specDifferences(first: unknown, second: unknown, path: readonly string[] = []): SpecDifference[] {
  if (isBranch(first) && isBranch(second)) {
    const names = new Set([...Object.keys(first), ...Object.keys(second)]);
    return [...names].flatMap((name) => specDifferences(first[name], second[name], [...path, name]));
  }
  return JSON.stringify(first) === JSON.stringify(second) ? [] : [{ path: path.join('.'), first, second }];
}

function isBranch(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
