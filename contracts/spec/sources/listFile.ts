/** Lists of images: text files that name one image a line. Tables of spreadsheets are such files, and so are JSON Lines. */
const extension = /\.(?:csv|tsv|txt|jsonl|ndjson)$/i;

/** Whether a path or an address names a list of images, by its extension. */
export function isListFile(path: string): boolean {
  return extension.test(path);
}

/** The name without the extension of a list. */
export function withoutListExtension(name: string): string {
  return name.replace(extension, '');
}
