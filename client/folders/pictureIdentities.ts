/** Which pictures of two tests are the same ones. Pure. */

export interface TestPicture {
  /** Digest of its bytes, or anything else that distinguishes it from others. */
  picture: string;
  class: string;
}

/**
 * Pictures by what they are and what they show: the same picture under another label is another question. Of pictures that
 * are there several times each counts.
 */
export function byIdentity<Picture extends TestPicture>(pictures: readonly Picture[]): Map<string, Picture> {
  const found = new Map<string, Picture>();
  const copies = new Map<string, number>();
  for (const one of pictures) {
    const kind = JSON.stringify([one.picture, one.class]);
    const copy = copies.get(kind) ?? 0;
    copies.set(kind, copy + 1);
    found.set(`${kind} ${copy}`, one);
  }
  return found;
}
