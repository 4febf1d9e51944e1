/** A list under its title. Pure. */
import { count } from '../../client/text/format.js';
import { printable } from './words.js';

/** Lines of each kind printed for a person; `--json` has them all. */
const shown = 20;

/** The title with the number of lines, and the first of them; empty without lines. */
export function section(title: string, lines: readonly string[]): string {
  if (lines.length === 0) return '';
  const more = lines.length > shown ? [`  … and ${count(lines.length - shown)} more (--json lists all)`] : [];
  return [
    `${title} (${count(lines.length)}):`,
    ...lines.slice(0, shown).map((line) => `  ${printable(line)}`),
    ...more,
  ].join('\n');
}
