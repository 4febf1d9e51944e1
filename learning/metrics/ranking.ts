/** Index of the largest value; the first one on ties. */
export function argMax(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if ((values[i] as number) > (values[best] as number)) best = i;
  return best;
}

/** How many classes come before `label` by value; ties go to the lower index, as in argMax. */
export function rankOf(values: ArrayLike<number>, label: number): number {
  const own = values[label];
  if (own === undefined) throw new RangeError(`label ${label} outside 0…${values.length - 1}`);
  let rank = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (value > own || (value === own && i < label)) rank++;
  }
  return rank;
}

/** The k best class indices, best first; ties go to the lower index. */
export function topIndices(values: ArrayLike<number>, k: number): number[] {
  return Array.from(values, (_, i) => i)
    .sort((a, b) => (values[b] as number) - (values[a] as number) || a - b)
    .slice(0, k);
}
