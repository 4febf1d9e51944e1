/** Text as a tree of branches, as `tree` and `npm ls` print it. */
import { screenWidth } from './screen.js';
import { folded, printable } from './words.js';

export interface Branch {
  /** One line or more. */
  text: string;
  branches?: readonly Branch[];
}

/**
 * The branches below a trunk whose own text stands above them.
 * @param width columns of the screen
 */
export function tree(branches: readonly Branch[], width: number = screenWidth()): string {
  return linesOf(branches, width).join('\n');
}

function linesOf(branches: readonly Branch[], width: number): string[] {
  return branches.flatMap(({ text, branches: below = [] }, index) => {
    const isLast = index === branches.length - 1;
    const indent = isLast ? '   ' : '│  ';
    const room = width - indent.length;
    const lines = text.split('\n').map(printable);
    const [first = '', ...more] = lines.flatMap((line) => folded(line, room - indent.length));
    const inner = [...more.map((line) => (below.length > 0 ? `│  ${line}` : line)), ...linesOf(below, room)];
    return [`${isLast ? '└─' : '├─'} ${first}`, ...inner.map((line) => `${indent}${line}`.trimEnd())];
  });
}
