/** How wide the screen is that a text is laid out for. */

/** Columns of a terminal that does not say how many it has. */
const usual = 80;

/** Below this nothing can be laid out: narrower terminals fold the lines themselves. */
const narrowest = 40;

/**
 * Columns to lay a text out for: `COLUMNS` where it is set, else what the terminal says. Infinity where nobody looks: a file or a
 * program gets every line whole.
 */
export function screenWidth(stream: Pick<NodeJS.WriteStream, 'isTTY' | 'columns'> = process.stdout): number {
  const wished = Number(process.env['COLUMNS']);
  if (Number.isInteger(wished) && wished > 0) return Math.max(narrowest, wished);
  if (!stream.isTTY) return Infinity;
  return Math.max(narrowest, stream.columns > 0 ? stream.columns : usual);
}
