/** A setting as it is written. A module of its own: what lays settings over a spec is loaded by the commands that do so. */

/** Whether a word is a setting by its form: `head.epochs=3`, `fineTune[0].epochs=2`. Folders and addresses begin otherwise: `./a=b`. */
export function isSetting(word: string): boolean {
  return /^[A-Za-z][\w.[\]]*=/.test(word);
}
