/** A draw's ledger, and the pictures of a source as they are now. Nothing here reads or writes. */
import { pictureIdDigits, type SplitLedger } from '../../contracts/data/splitLedger.js';
import { groupId, pictureId, type Decided, type Pool } from '../../learning/dataset/splits/draw.js';
import { numbered } from '../../learning/dataset/columns/sequence.js';

interface Entry extends Decided {
  className: string;
}

/**
 * A source at a new address is taken for one that has changed when it has so many of the pictures that one had last, with the same
 * classes: a folder is uploaded to another address whenever it has changed.
 */
const sameSource = 0.9;

export function* entriesOf({ classes }: SplitLedger): Generator<Entry> {
  for (const { name, ...ids } of classes) for (const decided of decidedIn(ids)) yield { className: name, ...decided };
}

export function groupsOf({ groups }: SplitLedger): Iterable<Decided> {
  return groups === undefined ? [] : decidedIn(groups);
}

function* decidedIn({ in: taken, out }: { in: string; out: string }): Generator<Decided> {
  for (const [ids, isIn] of [
    [taken, true],
    [out, false],
  ] as const) {
    for (let start = 0; start < ids.length; start += pictureIdDigits) {
      yield { id: ids.slice(start, start + pictureIdDigits), isIn };
    }
  }
}

/** How many pictures a ledger and a pool have in common; 0 when too few for the pool to be the ledger's source, changed. */
export function continues({ images, contents, among }: Pool, ledger: SplitLedger): number {
  let common = 0;
  for (const { className, id } of entriesOf(ledger)) {
    const row = contents.find(id);
    if (row !== undefined && among[row] === 1 && images.at(row)?.className === className) common += 1;
  }
  return common >= sameSource * ledger.present ? common : 0;
}

/**
 * What is known after a draw: pictures of the pool as they were drawn now, others as before. In the same order each time.
 *
 * @param isIn for each image of the pool whether it is drawn: 1, else 0
 */
export function ledgerAfter(
  uri: string,
  { images, contents, among }: Pool,
  isIn: Uint8Array,
  before: SplitLedger | undefined,
): SplitLedger {
  const classes = new Map<string, { in: string[]; out: string[] }>();
  const add = ({ className, id, isIn: taken }: Entry): void => {
    const entry = classes.get(className) ?? { in: [], out: [] };
    classes.set(className, entry);
    entry[taken ? 'in' : 'out'].push(id);
  };
  let present = 0;
  const written = new Uint8Array(images.length);
  const addPresent = (content: number, entry: Entry): void => {
    written[content] = 1;
    present += 1;
    add(entry);
  };
  // Rows of a content that take part: the first row of all may not.
  const first = new Map<number, number>();
  for (let row = 0; row < images.length; row += 1) {
    const content = contents.first[row] ?? row;
    if (among[row] === 1 && content !== row && among[content] !== 1 && !first.has(content)) first.set(content, row);
  }
  const current = (content: number): number => first.get(content) ?? content;
  for (const entry of before === undefined ? [] : entriesOf(before)) {
    const content = contents.find(entry.id);
    const row = content === undefined ? undefined : current(content);
    const image = row === undefined || among[row] !== 1 ? undefined : images.at(row);
    if (content === undefined || row === undefined || image === undefined) {
      add(entry);
    } else if (written[content] !== 1) {
      addPresent(content, { className: image.className, id: entry.id, isIn: isIn[row] === 1 });
    }
  }
  for (const [row, { className, sha256 }] of numbered(images)) {
    const content = contents.first[row] ?? row;
    if (among[row] !== 1 || written[content] === 1) continue;
    addPresent(content, { className, id: pictureId(sha256), isIn: isIn[row] === 1 });
  }
  const groups = groupsAfter({ images, among }, isIn, before);
  return {
    format: 1,
    uri,
    present,
    classes: [...classes].map(([name, entry]) => ({ name, in: entry.in.join(''), out: entry.out.join('') })),
    ...(groups === undefined ? {} : { groups }),
  };
}

/** A group is in when all its pictures are; one that is gone is remembered as it was. Undefined where there never was any. */
function groupsAfter(
  { images, among }: Pick<Pool, 'images' | 'among'>,
  isIn: Uint8Array,
  before: SplitLedger | undefined,
): SplitLedger['groups'] {
  const present = new Map<string, boolean>();
  for (const [row, { group }] of numbered(images)) {
    if (group === undefined || among[row] !== 1) continue;
    const id = groupId(group);
    present.set(id, isIn[row] === 1 && present.get(id) !== false);
  }
  const all = new Map<string, boolean>();
  for (const { id, isIn: was } of before === undefined ? [] : groupsOf(before)) all.set(id, present.get(id) ?? was);
  for (const [id, is] of present) all.set(id, is);
  if (all.size === 0) return undefined;
  const ids = (wanted: boolean) => [...all].flatMap(([id, is]) => (is === wanted ? [id] : [])).sort();
  return { in: ids(true).join(''), out: ids(false).join('') };
}

/** Whether nothing has to be written. */
export function isSameLedger(a: SplitLedger, b: SplitLedger): boolean {
  return (
    a.present === b.present &&
    a.classes.length === b.classes.length &&
    a.groups?.in === b.groups?.in &&
    a.groups?.out === b.groups?.out &&
    a.classes.every(({ name, in: taken, out }, index) => {
      const other = b.classes[index];
      return name === other?.name && taken === other.in && out === other.out;
    })
  );
}
