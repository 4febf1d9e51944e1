/** Where weights lie: each kind of location, looked up and ready to be read. */
import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { GraftworkError } from '../../contracts/errors.js';
import type { Backbone } from '../backbones/architecture.js';
import { download, type DownloadOptions } from './download/download.js';
import { locateOnHub } from './hub.js';
import { mostAtOnce, mostBytesOf, tooLarge } from './limits.js';
import { FileOnDisk } from './fileOnDisk.js';
import { readLocalFile, type WeightContent } from './localWeights.js';
import type { WeightLocation } from './location.js';
import type { Reach } from './download/outwardRequest.js';
import { besideIndex, digestOfShards, mostIndexBytes, parseShardIndex, shardIndexSuffix } from './shards.js';
import { packagedWeights, readPackagedWeights } from './packages.js';
import { reachOf, requireAllowedAddress, type WeightEnvironment } from './weightPolicy.js';

export interface SourceOptions extends Pick<DownloadOptions, 'onProgress' | 'signal' | 'retryDelay'> {
  backbone: Backbone;
  /** Digest the source file must have. */
  sha256?: string | undefined;
  /** Graftwork's home folder: wheels, downloads and the cache lie below `weights/`. */
  home: string;
  /** @default process.env */
  environment?: WeightEnvironment;
  /**
   * Reads an `s3://` object of at most `most` bytes, and fails with GW_OBJECT_TOO_LARGE before it holds more; the engine itself
   * knows no object store.
   */
  readObject?: (uri: string, most: number) => Promise<Uint8Array>;
}

/** A file that has been looked up but not read. */
export interface WeightFile {
  source: string;
  /** What the source says its digest is, before reading. */
  announced?: string | undefined;
  /** An open file is the caller's, who closes it. */
  read: () => Promise<WeightContent>;
  /** Remove what reading left behind. */
  clean?: () => Promise<void>;
}

/** One of several files, and the tensors that the index expects in it. */
export interface Shard extends WeightFile {
  tensors: readonly string[];
}

export type WeightSource =
  | (WeightFile & {
      /** What its digest must begin with. */
      prefix?: string | undefined;
    })
  | (Pick<WeightFile, 'source' | 'announced'> & {
      /** In the order of their names. `announced` is the digest of all: see `digestOfShards`. */
      shards: readonly Shard[];
    });

/**
 * Looks up what lies at a location.
 * @throws GraftworkError GW_WEIGHTS_NOT_FOUND, GW_WEIGHTS_UNAVAILABLE, GW_WEIGHTS_REFUSED when the address may not be asked
 */
export async function lookUpSource(location: WeightLocation, options: SourceOptions): Promise<WeightSource> {
  const folder = path.join(options.home, 'weights');
  const environment = options.environment ?? process.env;
  switch (location.kind) {
    case 'package': {
      const packaged = packagedWeights(location.name, location.version);
      return {
        source: `package:${location.name}==${location.version}`,
        announced: packaged.sha256,
        read: () => readPackagedWeights(packaged, folder),
      };
    }
    case 'hub': {
      if (location.file.endsWith(shardIndexSuffix)) return shardsOnHub(location, options);
      const { repository, revision, file } = location;
      const found = await locateOnHub(location, environment, reachOf(environment), options.signal);
      const reach = { ...reachOf(environment), trusted: found.origin };
      const source = `hf:${repository}@${found.commit ?? revision}:${file}`;
      return {
        source,
        announced: found.sha256,
        ...fetched(found.url, found.headers, found.sha256, options, reach, mostBytesOf(file)),
      };
    }
    case 'https': {
      // PyTorch's own files carry the beginning of their digest in their name: `resnet50-0676ba61.pth`.
      const prefix = /-([0-9a-f]{8,64})\.pth$/.exec(new URL(location.url).pathname)?.[1];
      // The published weights are named here and not by a person.
      if (location.url !== options.backbone.weights) {
        requireAllowedAddress(location.url, (options.sha256 ?? prefix) !== undefined, environment);
      }
      const most = mostBytesOf(new URL(location.url).pathname);
      const reach = reachOf(environment);
      return { source: location.url, prefix, ...fetched(location.url, {}, undefined, options, reach, most) };
    }
    case 's3':
      return { source: location.uri, read: () => readFromStore(location.uri, options) };
    case 'file':
      if (location.path.endsWith(shardIndexSuffix)) return localShards(location.path);
      return { source: location.path, read: () => readLocalFile(location.path) };
  }
}

/** The index is small and read at once; the files are looked up at the same commit. */
async function shardsOnHub(
  location: Extract<WeightLocation, { kind: 'hub' }>,
  { sha256: _ofAll, ...options }: SourceOptions,
): Promise<WeightSource> {
  const { repository, revision, file } = location;
  const { onProgress: _ofShards, ...silently } = options;
  const environment = options.environment ?? process.env;
  const found = await locateOnHub(location, environment, reachOf(environment), options.signal);
  const commit = found.commit ?? revision;
  const source = `hf:${repository}@${commit}:${file}`;
  const reach = { ...reachOf(environment), trusted: found.origin };
  const onHub = fetched(found.url, found.headers, found.sha256, silently, reach, mostIndexBytes);
  const index = parseShardIndex(wholeText(await readOnce(onHub)), source);
  const shards: Shard[] = [];
  for (const [name, tensors] of index) {
    const at = { ...location, revision: commit, file: besideIndex(file, name) };
    const shard = await lookUpSource(at, options);
    if ('shards' in shard) throw new RangeError(`${name} cannot be an index`);
    shards.push({ ...shard, tensors });
  }
  const announced = shards.flatMap((shard) => shard.announced ?? []);
  return { source, shards, announced: announced.length === shards.length ? digestOfShards(announced) : undefined };
}

async function localShards(file: string): Promise<WeightSource> {
  const index = parseShardIndex(wholeText(await readLocalFile(file)), file);
  const shards = [...index].map(([name, tensors]): Shard => {
    const source = path.join(path.dirname(file), name);
    return { source, tensors, read: () => readLocalFile(source) };
  });
  return { source: file, shards };
}

/** Of an index, which is no large file. */
function wholeText(content: WeightContent): string {
  return Buffer.isBuffer(content) ? content.toString('utf8') : '';
}

/** A source that lies behind a URL. */
function fetched(
  url: string,
  headers: Readonly<Record<string, string>>,
  announced: string | undefined,
  options: SourceOptions,
  reach: Reach,
  most: number,
): Required<Pick<WeightFile, 'read' | 'clean'>> {
  const { onProgress, signal, retryDelay, sha256 } = options;
  const name = createHash('sha256').update(url).digest('hex');
  const target = path.join(options.home, 'weights', 'downloads', name);
  return {
    async read() {
      if (announced !== undefined && (await digestOf(target)) === announced) return readLocalFile(target);
      await download(url, target, {
        reach,
        headers,
        most,
        digestKnown: (sha256 ?? announced) !== undefined,
        ...(onProgress ? { onProgress } : {}),
        ...(signal ? { signal } : {}),
        ...(retryDelay === undefined ? {} : { retryDelay }),
      });
      return readLocalFile(target);
    },
    clean: () => rm(target, { force: true }),
  };
}

/** What was fetched is not kept. */
async function readOnce({ read, clean }: ReturnType<typeof fetched>): ReturnType<WeightFile['read']> {
  try {
    return await read();
  } finally {
    await clean();
  }
}

/** undefined where there is no such file. */
async function digestOf(path: string): Promise<string | undefined> {
  const opened = await FileOnDisk.open(path).catch(() => undefined);
  if (opened === undefined) return undefined;
  await using file = opened;
  return await file.sha256();
}

async function readFromStore(uri: string, { readObject }: SourceOptions): Promise<Buffer> {
  if (!readObject) {
    throw new GraftworkError('GW_WEIGHTS_NOT_FOUND', `${uri} cannot be read, because no object store is connected.`);
  }
  const bytes = await readObject(uri, mostAtOnce).catch((error: unknown) => {
    if (!(error instanceof GraftworkError)) throw error;
    if (error.code === 'GW_OBJECT_TOO_LARGE') throw tooLarge(uri, mostAtOnce);
    if (error.code !== 'GW_OBJECT_MISSING') throw error;
    throw new GraftworkError('GW_WEIGHTS_NOT_FOUND', `There are no weights at ${uri}.`, {
      remedy: 'Check the address: it names one .safetensors or .pth object.',
      cause: error,
    });
  });
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
