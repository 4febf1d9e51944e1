/** The lists beside a version's images, which tell of files by their paths: what was put aside, and what is there twice. */
import { createHash } from 'node:crypto';
import {
  duplicateGroupSchema,
  quarantinedSchema,
  type DatasetManifest,
  type DuplicateGroup,
} from '../../contracts/data/dataset.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import { textLines } from '../../contracts/textLines.js';
import { readPieces } from '../objects/objectPieces.js';
import type { ObjectStore } from '../objects/objectStore.js';
import { parseStoredJson } from '../objects/storedJson.js';
import { amendManifest } from './amendManifest.js';
import { damagedList } from './damagedList.js';

/** By which names a version knows the picture. */
export interface Names {
  /** Of its images. */
  paths: ReadonlySet<string>;
  /** Of every place it was ever found at, as `s3://`. */
  addresses: ReadonlySet<string>;
}

/** A list's line as it stays; undefined: it goes. */
type Keep = (line: string) => string | undefined;

interface SideList {
  key: string;
  digest: 'quarantineSha256' | 'duplicatesSha256';
  keep: Keep;
}

function sideListsOf(store: ObjectStore, { version, uri }: DatasetManifest, { paths, addresses }: Names): SideList[] {
  const [quarantine, duplicates] = [objectKeys.datasetQuarantine(version), objectKeys.datasetDuplicates(version)];
  return [
    {
      key: quarantine,
      digest: 'quarantineSha256',
      keep(line) {
        const { path } = parseStoredJson(Buffer.from(line), quarantinedSchema, store.uri(quarantine));
        return placesOf(uri, path).some((place) => addresses.has(place)) ? undefined : line;
      },
    },
    {
      key: duplicates,
      digest: 'duplicatesSha256',
      keep(line) {
        const group = parseStoredJson(Buffer.from(line), duplicateGroupSchema, store.uri(duplicates));
        return withoutPaths(group, paths, line);
      },
    },
  ];
}

/** Whether the lists say anything of the picture. @throws GraftworkError GW_CORRUPT */
export async function areNamed(store: ObjectStore, manifest: DatasetManifest, names: Names): Promise<boolean> {
  for (const list of sideListsOf(store, manifest, names)) {
    if (!(await redacted(store, list, manifest)).isStored) return true;
  }
  return false;
}

/**
 * Takes the picture out of both lists: first the manifest names the list as it will be, then the list is written.
 * @throws GraftworkError GW_CORRUPT when a list is neither what it was nor what it shall be; GW_CONFLICT
 */
export async function rewriteSideLists(store: ObjectStore, manifest: DatasetManifest, names: Names): Promise<void> {
  for (const list of sideListsOf(store, manifest, names)) {
    let rewritten: Buffer | undefined;
    await amendManifest(store, manifest.version, async (now) => {
      const { bytes, sha256, isStored } = await redacted(store, list, now);
      if (!isStored) rewritten = bytes;
      return now[list.digest] === sha256 ? undefined : { ...now, [list.digest]: sha256 };
    });
    if (rewritten !== undefined) await store.put(list.key, rewritten, { contentType: 'application/x-ndjson' });
  }
}

/** @param manifest names the list as it was, or as it shall be */
async function redacted(
  store: ObjectStore,
  { key, digest, keep }: SideList,
  manifest: DatasetManifest,
): Promise<{ bytes: Buffer; sha256: string; isStored: boolean }> {
  const asIs = createHash('sha256');
  const lines: string[] = [];
  let isStored = true;
  for await (const line of textLines(readPieces(store, key))) {
    asIs.update(`${line}\n`);
    const kept = keep(line);
    isStored &&= kept === line;
    if (kept !== undefined) lines.push(`${kept}\n`);
  }
  const bytes = Buffer.from(lines.join(''));
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (sha256 === manifest[digest] || asIs.digest('hex') === manifest[digest]) return { bytes, sha256, isStored };
  throw damagedList(store, key, manifest);
}

/** @returns the group's line; undefined when what is left is no group */
function withoutPaths(group: DuplicateGroup, gone: ReadonlySet<string>, line: string): string | undefined {
  const paths = group.paths.filter((path) => !gone.has(path));
  if (paths.length === group.paths.length) return line;
  return paths.length < 2 ? undefined : JSON.stringify({ ...group, paths });
}

/** Where a path of a source may lie: below its folder, beside its manifest, or where the path itself says. */
function placesOf(uri: string, path: string): string[] {
  if (path.startsWith('s3://')) return [path];
  return [`${uri.replace(/\/$/, '')}/${path}`, `${uri.slice(0, uri.lastIndexOf('/'))}/${path}`];
}
