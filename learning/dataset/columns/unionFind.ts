/** Rows that are joined into groups; a group is named by its first row. */

/** The first row of the row's group. Shortens the way to it. */
export function root(groups: Uint32Array, row: number): number {
  let at = row;
  for (let above = groups[at] ?? at; above !== at; above = groups[at] ?? at) {
    groups[at] = groups[above] ?? above;
    at = groups[at] ?? above;
  }
  return at;
}

export function join(groups: Uint32Array, a: number, b: number): void {
  const [one, other] = [root(groups, a), root(groups, b)];
  groups[Math.max(one, other)] = Math.min(one, other);
}

/**
 * The rows of each group of more than one, by the order of their first row.
 * @param first of each row's group, its first row
 */
export function* groupsOf(first: Uint32Array): Generator<Uint32Array> {
  const sizes = new Uint32Array(first.length);
  for (const at of first) sizes[at] = (sizes[at] ?? 0) + 1;
  const ends = new Uint32Array(first.length);
  let end = 0;
  for (const [at, size] of sizes.entries()) {
    ends[at] = end;
    if (size > 1) end += size;
  }
  const members = new Uint32Array(end);
  for (const [row, at] of first.entries()) {
    if ((sizes[at] ?? 0) < 2) continue;
    members[ends[at] ?? 0] = row;
    ends[at] = (ends[at] ?? 0) + 1;
  }
  for (const [at, size] of sizes.entries()) {
    const last = ends[at] ?? 0;
    if (size > 1) yield members.subarray(last - size, last);
  }
}
