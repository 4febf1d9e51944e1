/** Levenshtein distance between two short names. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** The two valid names most like a mistyped one, for an error message: `'resnet50' or 'resnet101'`. */
export function nearest(name: string, valid: readonly string[]): string {
  return [...valid]
    .sort((a, b) => distance(name, a) - distance(name, b))
    .slice(0, 2)
    .map((candidate) => `'${candidate}'`)
    .join(' or ');
}
