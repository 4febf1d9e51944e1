/** One line of the doctor's report, on the screen. */
import pc from 'picocolors';
import { screenWidth } from '../terminal/screen.js';
import { displayWidth, folded, wordsOf } from '../terminal/words.js';
import type { Check } from './check.js';

/** Columns for the name of a check. */
const nameWidth = 15;
/** Of what is said of a check: behind its mark and its name, or below them where a word of it has no room there. */
const beside = ' '.repeat(nameWidth + 8);
const below = ' '.repeat(6);

/** Its mark, its name, what was found, and what to do. */
export function checkText({ name, state, detail, remedy }: Check, width = screenWidth()): string {
  const mark = { ok: pc.green('ok  '), warn: pc.yellow('warn'), fail: pc.red('FAIL') }[state];
  const texts = [...detail.split('\n'), ...(remedy?.split('\n') ?? [])];
  const room = width - beside.length;
  const isTooWide = texts.some((text) => wordsOf(text, room).some((word) => displayWidth(word) > room));
  if (isTooWide) return [`${mark}  ${name}`, ...texts.flatMap((text) => folded(below + text, width, below))].join('\n');
  const lines = texts.flatMap((text) => folded(text, room));
  return `${mark}  ${name.padEnd(nameWidth)}  ${lines.join(`\n${beside}`)}`;
}
