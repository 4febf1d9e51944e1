/** Pictures that lie in folders inside their class folder. They are used; a person may have meant these folders as classes. */
import { quoted } from './className.js';

export class DeeperPictures {
  private count = 0;
  private folder = '';
  private className = '';

  /** @param folders of the picture's path, from the source's root on */
  add(folders: readonly string[], className: string): void {
    if (this.count === 0) [this.folder, this.className] = [folders.join('/'), className];
    this.count += 1;
  }

  /** One sentence for all of them. */
  note(): string[] {
    if (this.count === 0) return [];
    const example = `${quoted(this.folder)} is of class ${quoted(this.className)}`;
    return this.count === 1
      ? [`1 picture lies in a folder inside its class folder. Its class is the outer folder: ${example}.`]
      : [
          `${this.count} pictures lie in folders inside their class folder. Their class is the outer folder: ${example}.`,
        ];
  }
}
