/** Sources by the names people gave them: a folder that was uploaded lies at an address made of its digest. */
import { posix } from 'node:path';
import pMap from 'p-map';
import { objectKeys } from '../../contracts/objectKeys.js';
import { isListFile } from '../../contracts/spec/sources/listFile.js';
import { uploadUseSchema } from '../../contracts/data/upload.js';
import type { ObjectStore } from '../objects/objectStore.js';
import { undefinedIfCorrupt } from '../objects/undefinedIfCorrupt.js';
import { findRunSource } from './runSources.js';

/** The name of a source whose address this is; of the source of a run, the name that the person gave for that run. */
export type SourceName = (uri: string, run?: string) => string;

/** An address whose name is wanted, with the run or the ranking that used it, where there is one. */
export interface SoughtSource {
  uri: string;
  run?: string;
}

const lookedUpAtOnce = 16;

/**
 * Looks up what the folders at these addresses were called when they were uploaded: for the run, or else last. Other addresses
 * are their own names, and an upload of which nobody knows that any more is called by the first digits of its digest.
 *
 * @throws GraftworkError GW_S3_…
 */
export async function sourceNames(
  store: Pick<ObjectStore, 'bucket' | 'getJsonIfPresent'>,
  sought: readonly SoughtSource[],
): Promise<SourceName> {
  const uploaded = new RegExp(`^s3://${store.bucket.replaceAll('.', '\\.')}/uploads/([0-9a-f]{64})(?:/(.*))?$`);
  const digestOf = (uri: string): string | undefined => uploaded.exec(uri)?.[1];
  const ofUploads = sought.filter(({ uri }) => digestOf(uri) !== undefined);
  const runs = await lookedUp(
    ofUploads.flatMap(({ run }) => run ?? []),
    (run) => findRunSource(store, run),
  );
  const ofRun = (digest: string, run: string | undefined): string | undefined => {
    const source = run === undefined ? undefined : runs.get(run);
    return source !== undefined && digestOf(source.uri) === digest ? source.from : undefined;
  };
  const latest = await lookedUp(
    ofUploads.flatMap(({ uri, run }) => {
      const digest = digestOf(uri);
      return digest === undefined || ofRun(digest, run) !== undefined ? [] : [digest];
    }),
    (digest) => latestName(store, digest),
  );
  return (uri, run) => {
    const digest = digestOf(uri);
    if (digest === undefined) return uri;
    const name = ofRun(digest, run) ?? latest.get(digest) ?? `upload ${digest.slice(0, 12)}`;
    return fileOf(name, uploaded.exec(uri)?.[2]);
  };
}

/** The name of one source: see {@link sourceNames}. @throws GraftworkError GW_S3_… */
export async function sourceNameOf(
  store: Pick<ObjectStore, 'bucket' | 'getJsonIfPresent'>,
  uri: string,
  run: string,
): Promise<string> {
  return (await sourceNames(store, [{ uri, run }]))(uri, run);
}

/** Each is looked up once. */
async function lookedUp<T>(names: readonly string[], find: (name: string) => Promise<T>): Promise<Map<string, T>> {
  const found = await pMap([...new Set(names)], async (name) => [name, await find(name)] as const, {
    concurrency: lookedUpAtOnce,
  });
  return new Map(found);
}

/** It is only a name: where it is damaged, there is none. */
async function latestName(store: Pick<ObjectStore, 'getJsonIfPresent'>, digest: string): Promise<string | undefined> {
  const use = await store.getJsonIfPresent(objectKeys.uploadUse(digest), uploadUseSchema).catch(undefinedIfCorrupt);
  return use?.from;
}

/**
 * @param source as a person called it: a folder, or a list of images in the folder that was uploaded
 * @param path of a file in the folder; a folder has many lists
 */
function fileOf(source: string, path: string | undefined): string {
  if (path === undefined || path === '') return source;
  const folder = isListFile(source) ? posix.dirname(source) : source.replace(/\/+$/, '');
  return folder === '.' ? path : `${folder}/${path}`;
}
