import Table from 'cli-table3';

type Cell = string | number;

/** No frame, two spaces between columns: reads well in a terminal, a log and a diff. */
const plain = {
  chars: {
    top: '',
    'top-mid': '',
    'top-left': '',
    'top-right': '',
    bottom: '',
    'bottom-mid': '',
    'bottom-left': '',
    'bottom-right': '',
    left: '',
    'left-mid': '',
    mid: '',
    'mid-mid': '',
    right: '',
    'right-mid': '',
    middle: '  ',
  },
  style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
};

/** Rows up to which columns are laid out with care: wide characters, cells of several lines. */
const mostWithCare = 5_000;

/** Rows under a head; numbers stand to the right. */
export function table(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const colAligns = head.map((_, column) =>
    rows.length > 0 && rows.every((row) => typeof row[column] === 'number') ? ('right' as const) : ('left' as const),
  );
  const cells = rows.map((row) => row.map((cell) => harmless(String(cell))));
  if (rows.length > mostWithCare) return longTable([[...head], ...cells], colAligns);
  const made = new Table({ ...plain, head: [...head], colAligns });
  made.push(...cells);
  return trimLines(made.toString());
}

/** Padded by the number of characters: in time and memory for hundreds of thousands of rows. */
function longTable(rows: readonly string[][], aligns: readonly ('left' | 'right')[]): string {
  const widths = aligns.map((_, column) => rows.reduce((most, row) => Math.max(most, row[column]?.length ?? 0), 0));
  const padded = (cell: string, column: number): string => {
    const line = cell.replaceAll('\n', ' ');
    return aligns[column] === 'right' ? line.padStart(widths[column] ?? 0) : line.padEnd(widths[column] ?? 0);
  };
  return rows.map((row) => row.map(padded).join('  ').trimEnd()).join('\n');
}

/** Name and value, one pair a line; pairs without a value are left out. */
export function facts(pairs: readonly (readonly [string, string | undefined])[]): string {
  const made = new Table({ ...plain });
  for (const [name, value] of pairs) if (value !== undefined) made.push([name, harmless(value)]);
  return trimLines(made.toString());
}

/** With control characters spelled out: names of files come from strangers, and a terminal does what they say. */
function harmless(text: string): string {
  return text.replace(/(?!\n)[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, (character) => {
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  });
}

function trimLines(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}
