/** Which pictures drift is measured on. Pure. */
import { randomBits } from '../random.js';

/** New pictures below which nothing is said about how they look. */
export const leastAdded = 20;
/** Pictures of each side at most: the test compares each with each. */
const most = 200;

export interface Placed {
  sha256: string;
  class: string;
}

/**
 * Some new pictures, and as many earlier ones of each class as far as there are: so that a set which has only grown in one class
 * is not compared with all the others. Of classes that had no pictures before, none. Which ones follows from their contents alone.
 */
export function matchedSample<Picture extends Placed>(
  before: readonly Picture[],
  added: readonly Picture[],
): { before: Picture[]; added: Picture[] } {
  const earlier = byClass(before);
  const known = inOrder(added.filter(({ class: name }) => earlier.has(name))).slice(0, most);
  const wanted = new Map<string, number>();
  for (const { class: name } of known) wanted.set(name, (wanted.get(name) ?? 0) + 1);
  const matched = [...wanted].flatMap(([name, count]) => inOrder(earlier.get(name) ?? []).slice(0, count));
  return { before: matched, added: known };
}

function byClass<Picture extends Placed>(pictures: readonly Picture[]): Map<string, Picture[]> {
  const classes = new Map<string, Picture[]>();
  for (const picture of pictures) {
    const own = classes.get(picture.class);
    if (own === undefined) classes.set(picture.class, [picture]);
    else own.push(picture);
  }
  return classes;
}

function inOrder<Picture extends Placed>(pictures: readonly Picture[]): Picture[] {
  return pictures
    .map((picture) => ({ picture, order: randomBits('drift sample', picture.sha256) }))
    .sort((a, b) => a.order - b.order)
    .map(({ picture }) => picture);
}
