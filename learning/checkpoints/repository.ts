/** A repository of the hub, asked which network its weights belong to. */
import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { asGraftworkError, type ErrorCode } from '../../contracts/errors.js';
import { download, type DownloadOptions } from '../weights/download/download.js';
import { locateOnHub, type HubFile } from '../weights/hub.js';
import { shardIndexSuffix } from '../weights/shards.js';
import { reachOf, type WeightEnvironment } from '../weights/weightPolicy.js';
import { parseJsonFile } from './jsonFile.js';
import { cardFile, configFile, processorFile, saysItsLicence } from './readSnapshot.js';
import type { Snapshot } from './snapshot.js';

export interface RepositoryOptions extends Pick<DownloadOptions, 'signal' | 'retryDelay'> {
  /** Graftwork's home folder. */
  home: string;
  /** @default process.env */
  environment?: WeightEnvironment;
}

/** Configurations of networks with thousands of named classes take some 1 MiB. */
const mostBytes = 4 * 2 ** 20;

/** In the order of preference. */
const weightFiles = ['model.safetensors', 'model.safetensors.index.json', 'pytorch_model.bin'];

/**
 * Asks for the commit once, and for everything else at that commit.
 *
 * @throws GraftworkError GW_WEIGHTS_NOT_FOUND when there is no such repository, revision or configuration, or a licence has to be
 * accepted first; GW_WEIGHTS_REFUSED for a file that is none, or lies where nothing may be asked; GW_WEIGHTS_UNAVAILABLE (retryable)
 */
export async function fetchSnapshot(
  repository: string,
  revision: string,
  options: RepositoryOptions,
): Promise<Snapshot> {
  const { environment = process.env, signal } = options;
  const reach = reachOf(environment);
  const at = (name: string, file: string) =>
    locateOnHub({ kind: 'hub', repository, revision: name, file }, environment, reach, signal);
  const located = await at(revision, configFile);
  const commit = located.commit ?? revision;
  const config = await textOf(located, configFile, options);
  const json = parseJsonFile(config, `hf:${repository}@${commit}:${configFile}`);
  const files: Snapshot['files'] = { [configFile]: config };
  if (json['architecture'] === undefined) {
    files[processorFile] = await unless(['GW_WEIGHTS_NOT_FOUND'], () => textOf(located, processorFile, options));
  }
  if (!saysItsLicence(json)) {
    const unread: ErrorCode[] = ['GW_WEIGHTS_NOT_FOUND', 'GW_WEIGHTS_REFUSED'];
    files[cardFile] = await unless(unread, () => textOf(located, cardFile, options));
  }
  let weights: Snapshot['weights'] = null;
  for (const file of weightFiles) {
    const found = await unless(['GW_WEIGHTS_NOT_FOUND'], () => at(commit, file));
    if (found === null) continue;
    const { sha256 } = found;
    // Of an index its own bytes say nothing.
    const bytes = file.endsWith(shardIndexSuffix) ? undefined : found.bytes;
    weights = { file, ...(sha256 === undefined ? {} : { sha256 }), ...(bytes === undefined ? {} : { bytes }) };
    break;
  }
  return { format: 1, repository, revision: commit, files, weights };
}

async function textOf({ beside, headers, origin }: HubFile, file: string, options: RepositoryOptions): Promise<string> {
  const { home, environment = process.env, signal, retryDelay } = options;
  const url = beside(file);
  const target = path.join(home, 'weights', 'downloads', createHash('sha256').update(url).digest('hex'));
  try {
    await download(url, target, {
      reach: { ...reachOf(environment), trusted: origin },
      headers,
      most: mostBytes,
      ...(signal ? { signal } : {}),
      ...(retryDelay === undefined ? {} : { retryDelay }),
    });
    return await readFile(target, 'utf8');
  } finally {
    await rm(target, { force: true });
  }
}

/** null for a failure with one of these codes. */
async function unless<T>(codes: readonly ErrorCode[], attempt: () => Promise<T>): Promise<T | null> {
  try {
    return await attempt();
  } catch (thrown) {
    if (codes.includes(asGraftworkError(thrown).code)) return null;
    throw thrown;
  }
}
