/** Long tables of epochs, made short enough to be passed around. Pure. */

/**
 * At most `most` rows (≥ 2): the first, the last, and as many between them as fit, evenly spread. A table that was thinned
 * before and has grown since keeps its early rows sparse and its late ones dense.
 */
export function thinned<Row>(rows: readonly Row[], most: number): Row[] {
  if (rows.length <= most) return [...rows];
  const step = (rows.length - 1) / (most - 1);
  return Array.from({ length: most }, (_, index) => rows[Math.round(index * step)] as Row);
}

/** Epochs of a table, which may have been thinned: its last row says how many there were. */
export function epochsDone(rows: readonly { epoch: number }[]): number {
  return rows.at(-1)?.epoch ?? 0;
}

/** Rows of one announcement from the trainer, and of one stage's answer: about 20 KB. */
export const mostRowsSent = 120;

/** Rows of all stages together in what the workflow keeps and answers with: about 50 KB. */
export const mostRowsKept = 300;

/** Points of a range test's curve in what the workflow keeps and answers with: about 3 KB. */
export const mostPointsSent = 40;
