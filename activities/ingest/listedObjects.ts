/** Finds the objects that a list of images names, by one listing of each bucket. */
import { looselyWritten } from '../../contracts/data/looselyWritten.js';
import { canBeWrittenOtherwise, sureFolders } from '../../learning/dataset/lists/listPaths.js';
import { RowIndex } from '../../learning/dataset/columns/rowIndex.js';
import type { TextColumn } from '../../learning/dataset/columns/textColumn.js';
import type { ObjectStore } from '../../storage/objects/objectStore.js';
import { parseS3Uri, s3Uri, type S3Location } from '../../storage/s3/s3Uri.js';
import { FactsTable } from './sourceFiles.js';

export interface ListedObjects {
  /** By the rows of the paths; a row whose object is not there has none. */
  facts: FactsTable;
  /** Where the object of a path is: its name may only look like the path ({@link looselyWritten}). */
  locate: (path: string) => S3Location;
}

interface Found extends S3Location {
  etag: string;
  size: number;
}

/**
 * An object whose name is exactly the path comes before one whose name looks like it.
 * @param folder the list's own: its key is empty, or has a slash at the end
 */
export async function findListed(
  store: ObjectStore,
  paths: TextColumn,
  folder: S3Location,
  signal: AbortSignal,
): Promise<ListedObjects> {
  const asWritten = (path: string): S3Location =>
    path.startsWith('s3://') ? parseS3Uri(path) : { bucket: folder.bucket, key: folder.key + path };
  const uriOf = (row: number): string => {
    const { bucket, key } = asWritten(paths.at(row));
    return s3Uri(bucket, key);
  };
  const facts = new FactsTable();
  const exact = new RowIndex(paths.length, uriOf);
  let loose: RowIndex | undefined;
  /** By the first row that looks like them. */
  const lookalikes = new Map<number, Found>();
  const ambiguous = anyAmbiguous(paths);
  for (const [bucket, prefix] of prefixes(paths, asWritten, folder, ambiguous)) {
    for await (const object of store.at(bucket).list(prefix, signal)) {
      const uri = s3Uri(bucket, object.key);
      const row = exact.find(uri);
      if (row !== undefined) facts.set(row, object);
      else if (ambiguous || canBeWrittenOtherwise(object.key)) {
        loose ??= new RowIndex(paths.length, (each) => looselyWritten(uriOf(each)));
        const similar = loose.find(looselyWritten(uri));
        if (similar !== undefined) lookalikes.set(similar, { ...object, bucket });
      }
    }
  }
  const elsewhere = new Map<string, S3Location>();
  for (let row = 0; row < paths.length; row += 1) {
    if (facts.has(row)) continue;
    // The same object may be named in two ways.
    const same = exact.first[row] ?? row;
    const similar = loose?.first[row] ?? row;
    const found = foundAt(facts, same, uriOf) ?? lookalikes.get(similar) ?? foundAt(facts, similar, uriOf);
    if (found === undefined) continue;
    facts.set(row, found);
    elsewhere.set(paths.at(row), { bucket: found.bucket, key: found.key });
  }
  return { facts, locate: (path) => elsewhere.get(path) ?? asWritten(path) };
}

function foundAt(facts: FactsTable, row: number, uriOf: (row: number) => string): Found | undefined {
  if (!facts.has(row)) return undefined;
  const { etag, bytes } = facts.at(row);
  return { ...parseS3Uri(uriOf(row)), etag, size: bytes };
}

function anyAmbiguous(paths: TextColumn): boolean {
  for (const path of paths) if (canBeWrittenOtherwise(path)) return true;
  return false;
}

/** Of each bucket, the beginning that the names of all listed objects share. */
function prefixes(
  paths: TextColumn,
  asWritten: (path: string) => S3Location,
  folder: S3Location,
  ambiguous: boolean,
): Map<string, string> {
  const shared = new Map<string, string>();
  for (const path of paths) {
    const { bucket, key } = asWritten(path);
    shared.set(bucket, commonPrefix(shared.get(bucket) ?? key, key));
  }
  if (!ambiguous) return shared;
  for (const [bucket, prefix] of shared) {
    const below = bucket === folder.bucket && prefix.startsWith(folder.key) ? folder.key : '';
    // Without a sure folder a look-alike is not searched for: it would cost the listing of a whole bucket.
    shared.set(bucket, below + sureFolders(prefix.slice(below.length)) || prefix);
  }
  return shared;
}

function commonPrefix(a: string, b: string): string {
  let length = Math.min(a.length, b.length);
  while (length > 0 && !a.startsWith(b.slice(0, length))) length -= 1;
  // Half a character is no prefix of anything.
  return a.slice(0, length).replace(/[\ud800-\udbff]$/, '');
}
