/** Columns of a table on a screen of a given width. Pure. */
import { displayWidth, folded, wordsOf } from './words.js';

export interface Column {
  head: string;
  /** One for each row, of one line each. */
  cells: readonly string[];
  align: 'left' | 'right';
}

const gap = 2;

/** A column of sentences is not made narrower than this: a word a line is hard to read. */
const leastForText = 24;

/**
 * The width of each column, so that all of them together take at most `width`: those of sentences are folded, the widest first.
 * Undefined where that is not enough.
 */
export function columnWidths(columns: readonly Column[], width: number): number[] | undefined {
  const widths = columns.map(({ head, cells }) => widest([head, ...cells]));
  const room = width - gap * (columns.length - 1);
  let excess = sum(widths) - room;
  if (excess <= 0) return widths;
  const least = columns.map((column, index) => leastWidth(column, widths[index] ?? 0));
  if (sum(least) > room) return undefined;
  while (excess > 0) {
    let most = -1;
    for (const [index, one] of widths.entries()) {
      if (one > (least[index] ?? 0) && (most === -1 || one > (widths[most] ?? 0))) most = index;
    }
    widths[most] = (widths[most] ?? 0) - 1;
    excess -= 1;
  }
  return widths;
}

/** The head and each row as the lines it takes. */
export function layColumns(columns: readonly Column[], widths: readonly number[]): string[][] {
  const rows = columns[0]?.cells.length ?? 0;
  return Array.from({ length: rows + 1 }, (_, row) => {
    const cells = columns.map(({ head, cells }, index) => {
      const text = row === 0 ? head : (cells[row - 1] ?? '');
      return folded(text, widths[index] ?? 0);
    });
    const height = cells.reduce((most, { length }) => Math.max(most, length), 1);
    return Array.from({ length: height }, (_, line) =>
      cells
        .map((lines, index) => padded(lines[line] ?? '', widths[index] ?? 0, columns[index]?.align))
        .join(' '.repeat(gap))
        .trimEnd(),
    );
  });
}

function padded(text: string, width: number, align: Column['align'] = 'left'): string {
  const blanks = ' '.repeat(Math.max(0, width - displayWidth(text)));
  return align === 'right' ? blanks + text : text + blanks;
}

/** A head of at most so many columns stays on one line: broken, it reads as two. */
const wholeHead = 13;

/** Figures are not folded, sentences not too narrowly; a long head may take several lines. */
function leastWidth({ head, cells, align }: Column, natural: number): number {
  const ofHead = displayWidth(head) <= wholeHead ? displayWidth(head) : widest(wordsOf(head));
  if (align === 'right') return Math.max(ofHead, widest(cells));
  const words = cells.reduce((most, cell) => Math.max(most, widest(wordsOf(cell))), ofHead);
  const hasSentences = cells.some((cell) => wordsOf(cell).length > 2);
  return hasSentences ? Math.max(words, Math.min(natural, leastForText)) : words;
}

function widest(texts: readonly string[]): number {
  return texts.reduce((most, text) => Math.max(most, displayWidth(text)), 0);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
