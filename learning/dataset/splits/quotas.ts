/** How many pictures of each class make up a share of all of them. */

export interface ClassCount {
  pictures: number;
  /** Of them, those that were drawn before: they stay. */
  taken: number;
  /** Contents nobody has decided about: without any, a class gives no more. */
  open: number;
  /** Pictures it gives at least, and at most. */
  least: number;
  most: number;
}

/** What floating point may be off by: 0.1 × 30 is 3. */
const rounding = 1e-9;

/**
 * Each class gives its share, rounded up or down so that all together come as near to the share as they can (largest remainders).
 * A class that has given more before gives no more until its share is larger again. When pictures are only added, no quota falls,
 * and none grows by more than what is new.
 *
 * @param share 0 to 1, exclusive
 * @returns pictures, in the order of the classes
 */
export function quotas(classes: readonly ClassCount[], share: number): number[] {
  const rows = classes.map(({ pictures, taken, open, least, most }, index) => {
    const exact = pictures * share;
    const low = Math.max(taken, Math.min(most, Math.max(least, Math.floor(exact + rounding))));
    const high = open === 0 ? low : Math.max(low, Math.min(most, Math.ceil(exact - rounding)));
    return { index, quota: low, high, remainder: exact - low };
  });
  const wanted = Math.round(classes.reduce((sum, { pictures }) => sum + pictures, 0) * share);
  let missing = wanted - rows.reduce((sum, { quota }) => sum + quota, 0);
  for (const row of rows.toSorted((a, b) => b.remainder - a.remainder || a.index - b.index)) {
    if (missing <= 0 || row.high === row.quota) continue;
    row.quota += 1;
    missing -= 1;
  }
  return rows.map(({ quota }) => quota);
}
