/** A status line as a bar for a screen of a given width. Pure. */
import { lineText, type StatusLine } from './statusLine.js';
import { displayWidth } from './words.js';

/** Columns for the name of the step. */
const nameWidth = 11;
/** Columns of the bar: so many where there is room, the next where details have to go for it, the last where nothing else can. */
const bars = { usual: 24, short: 6, shortest: 4 };

/**
 * `fine-tune-1 ████░░░░ epoch 3 of 8 · 192 of 8 × 80 pictures · 310/s · 2 min 5 s left`. What there is no room for is left out,
 * details first; rate and time left stay.
 */
export function barLine(line: StatusLine, width: number): string {
  const { stage, share, details, rest } = line;
  const name = stage.padEnd(nameWidth);
  const room = width - displayWidth(name) - 2;
  const texts = [
    ...Array.from({ length: details.length + 1 }, (_, left) =>
      lineText({ ...line, details: details.slice(0, details.length - left) }),
    ).map((text) => ({ text, least: bars.short })),
    { text: lineText({ ...line, details: [] }), least: bars.shortest },
    { text: lineText({ details: [], amount: '', rest }), least: 0 },
  ];
  const fitting = texts.find(({ text, least }) => displayWidth(text) + least <= room);
  const text = fitting?.text ?? shortened(lineText({ details: [], amount: '', rest }), room);
  return `${name} ${bar(share, Math.min(bars.usual, room - displayWidth(text)))} ${text}`.trimEnd();
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
