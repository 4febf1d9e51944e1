/** Paths of pictures that a person takes for the same. Pure. */

/**
 * What paths that look alike have in common: Unicode's composed form, slashes, no spaces at the edges of a name. macOS
 * decomposes accents, Windows writes backslashes, and spreadsheets keep a space behind a name.
 */
export function looselyWritten(path: string): string {
  return path
    .normalize('NFC')
    .split(/[/\\]/)
    .map((part) => part.trim())
    .join('/');
}
