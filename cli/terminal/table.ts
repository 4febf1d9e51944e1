/** Rows and pairs as text that fits the screen. No frame, two spaces between columns: reads well in a terminal, a log and a diff. */
import { count } from '../../client/text/format.js';
import { columnWidths, layColumns, type Column } from './columns.js';
import { screenWidth } from './screen.js';
import { displayWidth, folded, printable, wordsOf } from './words.js';

type Cell = string | number;

const indent = '  ';
const gap = 2;

/** What a cell says that has nothing to say. */
const nothing = /^[–-]?$/;
/** Numbers with a sign or a unit: percentages, differences, times, sizes. */
const quantity = /^[+−-]?\d[\d.,]*(?:(?: (?:%|s|B|kB|MB|GB|TB))|(?: (?:h|min) \d+ (?:min|s)))?$/;

/**
 * Rows under a head; numbers, percentages, times and sizes stand to the right. Where the columns do not fit, texts are folded between
 * words; where that is not enough, the first column has lines of its own, and as a last resort every cell.
 *
 * @param width columns of the screen
 */
export function table(
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
  width: number = screenWidth(),
): string {
  const cells = rows.map((row) => row.map((cell) => printable(String(cell))));
  const columns = head.map((name, column): Column => {
    const isNumber = rows.length > 0 && rows.every((row) => typeof row[column] === 'number');
    const texts = cells.map((row) => row[column] ?? '');
    const align = isNumber || (column > 0 && isQuantity(texts)) ? 'right' : 'left';
    return { head: name, cells: texts, align };
  });
  return laid(columns, width).join('\n');
}

/** The first rows of a table, and how many more there are; `--json` has them all. */
export function shortTable(head: readonly string[], rows: readonly (readonly Cell[])[], most: number): string {
  const first = table(head, rows.slice(0, most));
  return rows.length > most ? `${first}\n${moreLine(rows.length - most)}` : first;
}

/** What stands below a list that is cut. @param inJson whether `--json` has the rest */
export function moreLine(more: number, inJson = true): string {
  return `${indent}… and ${count(more)} more${inJson ? ' (--json lists all)' : ''}`;
}

function isQuantity(texts: readonly string[]): boolean {
  return texts.some((text) => !nothing.test(text)) && texts.every((text) => nothing.test(text) || quantity.test(text));
}

function laid(columns: readonly Column[], width: number): string[] {
  const widths = columnWidths(columns, width);
  if (widths !== undefined) return layColumns(columns, widths).flat();
  const [key, ...others] = columns;
  if (key === undefined) return [];
  const keys = [key.head, ...key.cells];
  const inner = columnWidths(others, width - indent.length);
  const rows =
    inner === undefined
      ? key.cells.map((_, row) =>
          laidFacts(
            others.map(({ head, cells }) => [head, cells[row] ?? '']),
            width - indent.length,
          ),
        )
      : layColumns(others, inner);
  const shown = inner === undefined ? key.cells : keys;
  return shown.flatMap((name, row) => [...folded(name, width), ...(rows[row] ?? []).map((line) => indent + line)]);
}

/** Name and value, one pair a line, a long value on several; pairs without a value are left out. */
export function facts(
  pairs: readonly (readonly [string, string | undefined])[],
  width: number = screenWidth(),
): string {
  return laidFacts(
    pairs.flatMap(([name, value]) => (value === undefined ? [] : [[printable(name), printable(value)] as const])),
    width,
  ).join('\n');
}

function laidFacts(pairs: readonly (readonly [string, string])[], width: number): string[] {
  const names = pairs.reduce((most, [name]) => Math.max(most, displayWidth(name)), 0);
  const room = width - names - gap;
  return pairs.flatMap(([name, value]) => {
    const isTooWide = wordsOf(value).some((word) => displayWidth(word) > room);
    // What has no room beside its name, an address say, stands below it.
    if (isTooWide) return [name, ...folded(indent + value, width, indent)].filter((line) => line !== '');
    return folded(value, room).map((line, index) => {
      const label = index === 0 ? name : '';
      return `${label}${' '.repeat(names - displayWidth(label) + gap)}${line}`.trimEnd();
    });
  });
}

/**
 * Items below a title, each with what is said of it: beside it where there is room for both, else below it.
 *
 * @param pairs the text may be empty
 */
export function items(pairs: readonly (readonly [string, string])[], width: number = screenWidth()): string[] {
  return pairs.flatMap(([item, text]) => {
    const [name, said] = [indent + printable(item), printable(text)];
    if (said === '') return folded(name, width, indent.repeat(2));
    const beside = `${name}${' '.repeat(gap)}${said}`;
    if (displayWidth(beside) <= width) return [beside];
    return [...folded(name, width, indent.repeat(2)), ...folded(indent.repeat(3) + said, width, indent.repeat(3))];
  });
}
