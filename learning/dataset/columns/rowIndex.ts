/** Finds the row that holds a text, in a dozen bytes a row: a hash table that keeps row numbers instead of the texts. */
export class RowIndex {
  /** For each row, the first one with the same text. */
  readonly first: Uint32Array;
  private readonly textOf: (row: number) => string;
  private readonly hashes: Uint32Array;
  /** Open addressing, at most half full; 0 is empty, else a row number + 1. */
  private readonly slots: Uint32Array;

  /** @param textOf the text of rows 0 to `count` (exclusive), always the same */
  constructor(count: number, textOf: (row: number) => string) {
    this.textOf = textOf;
    this.first = new Uint32Array(count);
    this.hashes = new Uint32Array(count);
    this.slots = new Uint32Array(2 ** Math.ceil(Math.log2(Math.max(2, 2 * count))));
    for (let row = 0; row < count; row += 1) {
      const text = textOf(row);
      const hash = hashOf(text);
      const slot = this.slotOf(text, hash);
      this.hashes[row] = hash;
      if (this.slots[slot] === 0) this.slots[slot] = row + 1;
      this.first[row] = (this.slots[slot] ?? 0) - 1;
    }
  }

  /** The first row with this text. */
  find(text: string): number | undefined {
    const held = this.slots[this.slotOf(text, hashOf(text))] ?? 0;
    return held === 0 ? undefined : held - 1;
  }

  /** The slot that holds the text, or the empty one where it would go. */
  private slotOf(text: string, hash: number): number {
    const mask = this.slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const held = this.slots[slot] ?? 0;
      if (held === 0 || (this.hashes[held - 1] === hash && this.textOf(held - 1) === text)) return slot;
    }
  }
}

/** FNV-1a over UTF-16 code units, its bits mixed once more (murmur3) since the table uses the lowest ones. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
