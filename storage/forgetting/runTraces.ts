/** Records of runs: what a failure said of the picture, by name. The record stays, and says that there was a picture. */
import { z } from 'zod';
import type { ObjectStore } from '../objects/objectStore.js';
import { undefinedIfCorrupt } from '../objects/undefinedIfCorrupt.js';
import type { Change } from './changes.js';
import type { Sighting } from './sightings.js';

const recordSchema = z.record(z.string(), z.unknown());
const instead = '(a forgotten picture)';

/** @param addresses of the picture and its copies, as `s3://` */
export async function findRunTraces(
  store: ObjectStore,
  addresses: ReadonlySet<string>,
  sightings: readonly Sighting[],
): Promise<Change[]> {
  const changes: Change[] = [];
  for await (const { key } of store.list('runs/')) {
    if (!key.endsWith('.json')) continue;
    const record = await store.getJsonIfPresent(key, recordSchema).catch(undefinedIfCorrupt);
    if (record === undefined) {
      // What cannot be read may name the picture, and is of no use to anybody.
      changes.push({ kind: 'runs', bucket: store.bucket, key });
      continue;
    }
    const text = JSON.stringify(record);
    // A path is this picture's only below an address it was found at.
    const isAbout = (uri: string): boolean => text.includes(JSON.stringify(uri).slice(1, -1));
    const paths = sightings.flatMap((sighting) => {
      const { image } = sighting;
      return image !== null && foldersOf(sighting, image.path).some(isAbout) ? [image.path] : [];
    });
    const clean = withoutTexts(record, [...addresses, ...paths]);
    if (JSON.stringify(clean) === text) continue;
    changes.push({ kind: 'runs', bucket: store.bucket, key, rewrite: () => store.putJson(key, clean) });
  }
  return changes;
}

/** Addresses of the sources in which the picture goes by that path, or beginnings of them: its version may have been met at many. */
function foldersOf({ uri, addresses }: Sighting, path: string): string[] {
  const below = addresses.filter((address) => address.endsWith(`/${path}`));
  return [uri, ...below.map((address) => address.slice(0, -path.length - 1))];
}

/** The value with each of the texts, the longest first, replaced in every text however deep. */
export function withoutTexts<T extends object>(value: T, texts: readonly string[]): T {
  const longestFirst = texts.toSorted((a, b) => b.length - a.length);
  const clean = (part: unknown): unknown => {
    if (typeof part === 'string') return longestFirst.reduce((text, name) => text.replaceAll(name, instead), part);
    if (Array.isArray(part)) return part.map(clean);
    if (typeof part !== 'object' || part === null) return part;
    return Object.fromEntries(Object.entries(part).map(([name, member]) => [name, clean(member)]));
  };
  return clean(value) as T;
}
