/** A list under its title. */
import { count } from '../../client/text/format.js';
import { items, moreLine } from './table.js';

/** Lines of each kind printed for a person; `--json` has them all. */
const shown = 20;

/**
 * The title with the number of lines, and the first of them; empty without lines.
 * @param lines each alone, or with what is said of it
 * @param total number of lines that there are, where `lines` has only the first of them
 */
export function section(
  title: string,
  lines: readonly (string | readonly [string, string])[],
  total = lines.length,
): string {
  if (lines.length === 0) return '';
  const more = total > shown ? [moreLine(total - shown, lines.length === total)] : [];
  const pairs = lines.slice(0, shown).map((line) => (typeof line === 'string' ? ([line, ''] as const) : line));
  return [`${title} (${count(total)}):`, ...items(pairs), ...more].join('\n');
}
