/** A list under its title. */
import { count } from '../../client/text/format.js';
import { items } from './table.js';

/** Lines of each kind printed for a person; `--json` has them all. */
const shown = 20;

/**
 * The title with the number of lines, and the first of them; empty without lines.
 * @param lines each alone, or with what is said of it
 */
export function section(title: string, lines: readonly (string | readonly [string, string])[]): string {
  if (lines.length === 0) return '';
  const more = lines.length > shown ? [`  … and ${count(lines.length - shown)} more (--json lists all)`] : [];
  const pairs = lines.slice(0, shown).map((line) => (typeof line === 'string' ? ([line, ''] as const) : line));
  return [`${title} (${count(lines.length)}):`, ...items(pairs), ...more].join('\n');
}
