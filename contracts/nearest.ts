/** Which valid names a mistyped one may mean. A suggestion that is far off sends people the wrong way: then there is none. Pure. */

/** Edits between two short names: a letter added, left out or replaced, or two neighbours swapped (optimal string alignment). */
export function editsBetween(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swaps = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = swaps ? (before[j - 2] ?? 0) + 1 : Infinity;
      next.push(Math.min(replaced, swapped, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    before = row;
    row = next;
  }
  return row[b.length] ?? 0;
}

/** Letters of a name for each edit that may separate it from what is meant. */
const lettersForAnEdit = 3;

/** How far a name is from a valid one; Infinity when it is none that a person could have meant. */
function farness(name: string, valid: string): number {
  const [given, candidate] = [plain(name), plain(valid)];
  const edits = editsBetween(given, candidate);
  if (edits <= allowed(given, candidate)) return edits;
  // `resnet` for `resnet50`; `epochs` and `epoch` for `head.epochs`.
  const last = candidate.slice(candidate.lastIndexOf('.') + 1);
  const ofLast = given.includes('.') || given.length < lettersForAnEdit ? Infinity : editsBetween(given, last);
  const begins = given.length >= lettersForAnEdit && candidate.startsWith(given);
  const goesOn = candidate.length >= lettersForAnEdit && given.startsWith(candidate);
  const near = begins || goesOn || ofLast <= allowed(given, last) || letters(given) === letters(candidate);
  return near ? edits : Infinity;
}

/** In order: the same for names whose letters were only mixed up. */
function letters(name: string): string {
  return [...name].sort().join('');
}

function allowed(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  return length < 2 ? 0 : Math.max(1, Math.floor(length / lettersForAnEdit));
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll('-', '_');
}

/** Whether somebody who wrote `name` may have meant `valid`. */
export function isNear(name: string, valid: string): boolean {
  return farness(name, valid) < Infinity;
}

/** The valid names that a mistyped one may mean, likest first, `count` at most; mostly none for a name of another kind. */
export function nearestNames(name: string, valid: readonly string[], count: number): string[] {
  return valid
    .map((candidate) => ({ candidate, far: farness(name, candidate) }))
    .filter(({ far }) => far < Infinity)
    .sort((a, b) => a.far - b.far)
    .slice(0, count)
    .map(({ candidate }) => candidate);
}
