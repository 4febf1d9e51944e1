/** Rows about the picture in tables that the client uploaded: a person's decisions about labels name each picture by its content. */
import pMap from 'p-map';
import { isListFile } from '../../contracts/spec/sources/listFile.js';
import type { ObjectStore } from '../objects/objectStore.js';
import type { Change } from './changes.js';

const readsAtOnce = 4;

/** Uploaded tables with a row that has one of the digests. They are written anew without these rows, and count without them. */
export async function findReviewTraces(store: ObjectStore, digests: ReadonlySet<string>): Promise<Change[]> {
  const changes: Change[] = [];
  await pMap(
    store.list('uploads/'),
    async ({ key }) => {
      if (!isListFile(key)) return;
      const text = await textAt(store, key);
      if (withoutRows(text, digests) === text) return;
      const rewrite = async (): Promise<void> => {
        await store.put(key, Buffer.from(withoutRows(await textAt(store, key), digests), 'latin1'));
      };
      changes.push({ kind: 'uploads', bucket: store.bucket, key, rewrite });
    },
    { concurrency: readsAtOnce },
  );
  return changes;
}

/** Each byte is one character, so that the rows that stay are the same in any encoding. */
async function textAt(store: ObjectStore, key: string): Promise<string> {
  return (await store.get(key)).toString('latin1');
}

/** @param text of a table @returns the table without the rows that have one of the digests. Pure */
export function withoutRows(text: string, digests: ReadonlySet<string>): string {
  const isAbout = (row: string): boolean => {
    const written = row.toLowerCase();
    return [...digests].some((digest) => written.includes(digest));
  };
  return isAbout(text)
    ? rowsOf(text)
        .filter((row) => !isAbout(row))
        .join('')
    : text;
}

/** Lines; a quoted field may hold several. Where a quotation never ends, each line is a row: no more is lost than has to go. */
function rowsOf(text: string): string[] {
  const lines = text.split(/(?<=\n)/);
  const rows: string[] = [];
  let isOpen = false;
  for (const line of lines) {
    if (isOpen) rows.push(`${rows.pop() ?? ''}${line}`);
    else rows.push(line);
    if ((line.split('"').length - 1) % 2 === 1) isOpen = !isOpen;
  }
  return isOpen ? lines : rows;
}
