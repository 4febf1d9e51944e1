/** Text as a tree of branches, as `tree` and `npm ls` print it. */

export interface Branch {
  /** One line or more. */
  text: string;
  branches?: readonly Branch[];
}

/** The branches below a trunk whose own text stands above them. */
export function tree(branches: readonly Branch[]): string {
  return linesOf(branches).join('\n');
}

function linesOf(branches: readonly Branch[]): string[] {
  return branches.flatMap(({ text, branches: below = [] }, index) => {
    const isLast = index === branches.length - 1;
    const indent = isLast ? '   ' : '│  ';
    const [first = '', ...more] = text.split('\n');
    const inner = [...more.map((line) => (below.length > 0 ? `│  ${line}` : line)), ...linesOf(below)];
    return [`${isLast ? '└─' : '├─'} ${first}`, ...inner.map((line) => `${indent}${line}`.trimEnd())];
  });
}
