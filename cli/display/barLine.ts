/** A status line as a bar for a screen of a given width. Pure. */
import { lineText, type StatusLine } from './statusLine.js';
import { displayWidth, printable } from '../terminal/words.js';

/** Columns for the name of the step. */
const nameWidth = 11;
/** Columns of a screen from which on there is room for more than the least. */
const wideScreen = 100;
/** Columns of the bar, beside details on a narrow and on a wide screen, and without any; fewer only where nothing else can go. */
const bars = { narrow: 8, wide: 12, alone: 16, least: 4 };

/**
 * `fine-tune-1 ████░░░░ epoch 3 of 8 · 192 of 640 pictures · 310/s · 2 min 5 s left`. What there is no room for is left out,
 * details first; rate and time left stay. The bar is as wide from line to line, so that it only grows.
 */
export function barLine(line: StatusLine, width: number): string {
  const { stage, share, details } = line;
  // A failure's words may be anybody's.
  const rest = line.rest.map(printable);
  const name = stage.padEnd(nameWidth);
  const room = width - displayWidth(name) - 2;
  const usual = details.length === 0 ? bars.alone : width < wideScreen ? bars.narrow : bars.wide;
  const alone = lineText({ details: [], amount: '', rest });
  const texts = [
    ...Array.from({ length: details.length }, (_, left) => ({
      text: lineText({ ...line, rest, details: details.slice(0, details.length - left) }),
      least: usual,
    })),
    { text: lineText({ ...line, rest, details: [] }), least: bars.least },
    { text: alone, least: 0 },
  ];
  const fitting = texts.find(({ text, least }) => displayWidth(text) + least <= room);
  const text = fitting?.text ?? shortened(alone, room);
  return `${name} ${bar(share, Math.min(usual, room - displayWidth(text)))} ${text}`.trimEnd();
}

function bar(share: number, width: number): string {
  const full = Math.floor(share * width);
  return '█'.repeat(full) + '░'.repeat(width - full);
}

function shortened(text: string, width: number): string {
  const characters = [...text];
  while (displayWidth(characters.join('')) >= width) characters.pop();
  return `${characters.join('')}…`;
}
