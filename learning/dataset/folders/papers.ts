/** Files beside the classes that are no pictures by their names. In a class every file is looked into, and put aside with a reason. */
import { mostListed, quotedList } from './className.js';

export class Papers {
  private readonly first: string[] = [];
  private count = 0;

  add(path: string): void {
    this.count += 1;
    if (this.first.length < mostListed) this.first.push(path);
  }

  /** One sentence for all of them. */
  note(): string[] {
    if (this.count === 0) return [];
    return [`Other files beside the classes are not used: ${quotedList(this.first, this.count)}.`];
  }
}
