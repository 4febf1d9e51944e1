/** Text on a screen: how wide it is, where its lines may be folded, and what a terminal must not see. Pure. */
import stringWidth from 'string-width';

/** Columns that a text of one line takes: those of an East Asian character or an emoji are two. */
export function displayWidth(text: string): number {
  return /^[ -~]*$/.test(text) ? text.length : stringWidth(text);
}

/**
 * With control characters, line feeds too, spelled out. Names of files and classes come from strangers: a terminal does what such
 * characters say, and a line feed tears a table.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu, (character) => {
    return character === '\n' ? String.raw`\n` : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  });
}

/** The same for a text of several lines, which stay lines: of what a program says, with others' words in it. */
export function harmless(text: string): string {
  return text.split('\n').map(printable).join('\n');
}

/** A number and its sign or unit: `84.2 %`, `1 min 15 s`. */
const quantity = String.raw`[+−-]?\d[\d.,]*(?: (?:%|s|min|h|B|kB|MB|GB|TB)(?![\w%]))+`;
/** `2026-11-24 19:02`, with seconds or without. */
const moment = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d)?(?: UTC)?`;
const unbroken = new RegExp(`${moment}|(?:${quantity} ?)*${quantity}`, 'g');
/** Of the private use area, so that no text has it. */
const glue = '\ue000';

/** Code between backticks, and a command that a line ends with. */
const code = /`[^`]+`|npx graftwork [^`()]+$/g;

/** The parts of a line that are not to be broken: words, numbers with their units, moments, and commands of at most `width` columns. */
export function wordsOf(line: string, width = Infinity): string[] {
  const glued = line
    .replace(code, (whole) => (displayWidth(whole) <= width ? whole.replaceAll(' ', glue) : whole))
    .replace(unbroken, (whole) => whole.replaceAll(' ', glue));
  return glued
    .split(/ +/)
    .filter((word) => word !== '')
    .map((word) => word.replaceAll(glue, ' '));
}

/**
 * The line as lines of at most `width` columns, broken between words; the further ones begin with `indent`. A word that is wider
 * than that, an address say, has a line of its own and stays whole, so that it can be copied.
 */
export function folded(line: string, width: number, indent = ''): string[] {
  if (displayWidth(line) <= width) return [line];
  const own = /^ */.exec(line)?.[0] ?? '';
  const lines: string[] = [];
  let current = own;
  let isEmpty = true;
  for (const word of wordsOf(line, width - displayWidth(indent))) {
    if (!isEmpty && displayWidth(current) + 1 + displayWidth(word) > width) {
      lines.push(current);
      current = indent;
      isEmpty = true;
    }
    // Not even alone behind its indent: it stands as far to the right as it has room. One that is wider than the screen begins at
    // its edge, where a terminal folds it.
    if (isEmpty && displayWidth(current) + displayWidth(word) > width)
      current = ' '.repeat(Math.max(0, width - displayWidth(word)));
    current += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, current];
}

const command = /^ *(?:\$ )?(?:npx )?graftwork /;

/** A command line as a shell takes it when it is pasted: continued behind a backslash, never within quotes. */
function foldedCommand(line: string, width: number): string[] {
  const own = /^ */.exec(line)?.[0] ?? '';
  const indent = `${own}    `;
  const lines: string[] = [];
  let current = '';
  for (const word of line.trim().match(/(?:'[^']*'|"[^"]*"|\S)+/g) ?? []) {
    // Room is left for the backslash.
    if (current !== '' && displayWidth(current) + 1 + displayWidth(word) > width - 2) {
      lines.push(`${current} \\`);
      current = indent + word;
    } else current = current === '' ? own + word : `${current} ${word}`;
  }
  return [...lines, current];
}

/**
 * A text of any number of lines, none of them wider than `width` but for single words. Further lines of a paragraph stand a little
 * to the right of its first one; a command can still be pasted.
 */
export function foldedText(text: string, width: number): string {
  if (width === Infinity) return text;
  return text
    .split('\n')
    .flatMap((line) => {
      if (displayWidth(line) <= width) return [line];
      if (command.test(line)) return foldedCommand(line, width);
      return folded(line, width, `${/^ */.exec(line)?.[0] ?? ''}  `);
    })
    .join('\n');
}
