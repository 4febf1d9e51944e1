/** From a backbone and what a person wrote to its parameters. */
import { createHash } from 'node:crypto';
import path from 'node:path';
import { GraftworkError } from '../../contracts/errors.js';
import { asFloat32, readSafetensors, type SafetensorsFile } from '../arrays/safetensors.js';
import { readLayout, readTensors } from '../arrays/safetensorsInFile.js';
import type { NamedArray, NamedArrays } from '../backbones/architecture.js';
import { WeightCache, type CachedWeights, type Warn } from './cache.js';
import type { FileOnDisk } from './fileOnDisk.js';
import { mostAtOnce, mostWeightBytes } from './limits.js';
import { parseWeightLocation } from './location.js';
import { selectParameters } from './naming.js';
import { refuseNoWeights } from './notWeights.js';
import { readTorchFile, readTorchZip } from './torch/torchFile.js';
import { digestOfShards, expectedIn } from './shards.js';
import { lookUpSource, type Shard, type SourceOptions, type WeightFile, type WeightSource } from './weightSource.js';
import { isZip } from './zipArchive.js';

export interface ResolveWeightsOptions extends SourceOptions {
  /** See `parseWeightLocation`. @default the backbone's published weights */
  source?: string | undefined;
  /** Called for what went wrong and was made good: a damaged entry of the cache, a disk that takes no new one. */
  warn?: Warn;
}

export interface ResolvedWeights {
  /** In torch order, under the definition's names; the network's own classifier included where the file has it. */
  parameters: NamedArrays;
  /** Of the source file. */
  sha256: string;
  /** The source, with a hub revision pinned to its commit. */
  source: string;
  /** `unknown` when the file does not say. */
  licence: string;
}

const inProgress = new Map<string, Promise<ResolvedWeights>>();

/**
 * The parameters of a backbone. What was found once is taken from the cache when its digest is known beforehand: it is
 * expected by the caller, pinned for a package, or announced by the hub.
 *
 * @throws GW_WEIGHTS_NOT_FOUND when there is nothing at the source
 * @throws GW_WEIGHTS_UNAVAILABLE (retryable) on network trouble, unless the source was read before
 * @throws GW_WEIGHTS_REFUSED when the address may not be asked, the digest is another, or the file is too large or no plain
 * file of tensors
 * @throws GW_WEIGHTS_MISMATCH naming the first tensor that does not fit the backbone
 */
export function resolveWeights(options: ResolveWeightsOptions): Promise<ResolvedWeights> {
  // Activities of one worker ask for the same weights at the same time; one download serves them all.
  const key = JSON.stringify([options.home, options.backbone.name, options.source, options.sha256]);
  const running = inProgress.get(key);
  if (running) return running;
  const resolution = resolveAny(options).finally(() => inProgress.delete(key));
  inProgress.set(key, resolution);
  return resolution;
}

/** A part of a network takes the weights of the whole; a model that was trained from one has no more than the part. */
async function resolveAny(options: ResolveWeightsOptions): Promise<ResolvedWeights> {
  const { backbone } = options;
  if (backbone.whole === undefined) return resolve(options);
  try {
    const weights = await resolveWeights({ ...options, backbone: backbone.whole });
    return { ...weights, parameters: selectParameters(backbone, weights.parameters, weights.source) };
  } catch (error) {
    if (!(error instanceof GraftworkError) || error.code !== 'GW_WEIGHTS_MISMATCH') throw error;
    return resolve(options);
  }
}

async function resolve(options: ResolveWeightsOptions): Promise<ResolvedWeights> {
  const { backbone, home, sha256: expected } = options;
  const text = options.source ?? backbone.weights;
  if (text === undefined) {
    throw new GraftworkError('GW_WEIGHTS_NOT_FOUND', `${backbone.name} has no published weights.`, {
      remedy: 'Give a file of weights: `--set backbone.weights=<path, https:// or s3:// address>`.',
    });
  }
  const cache = new WeightCache(path.join(home, 'weights', 'cache'), options.warn);
  if (expected !== undefined) {
    const cached = await cache.read(backbone.name, expected);
    if (cached) return cached;
  }
  try {
    const source = await lookUpSource(parseWeightLocation(text), options);
    return await take(source, options, cache, text);
  } catch (error) {
    const offline = error instanceof GraftworkError && error.code === 'GW_WEIGHTS_UNAVAILABLE';
    const last = offline ? await cache.recall(backbone.name, text) : undefined;
    const cached = last !== undefined && expected === undefined ? await cache.read(backbone.name, last) : undefined;
    if (cached) return cached;
    throw error;
  }
}

async function take(
  found: WeightSource,
  { backbone, sha256: expected, warn }: ResolveWeightsOptions,
  cache: WeightCache,
  text: string,
): Promise<ResolvedWeights> {
  const { source, announced } = found;
  if (announced !== undefined) {
    if (expected !== undefined && expected !== announced) throw otherDigest(source, announced, expected);
    const cached = await cache.read(backbone.name, announced);
    if (cached) return cached;
  }
  const { arrays, sha256, licence } = await readAndClean(found, expected ?? announced);
  const weights: CachedWeights = {
    parameters: selectParameters(backbone, arrays, source),
    sha256,
    source,
    licence: licence ?? (text === backbone.weights ? backbone.licence : 'unknown'),
  };
  // A full or read-only disk makes the next time slower, not this one fail.
  await cache.write(backbone.name, text, weights).catch((error: unknown) => {
    warn?.({ source, reason: String(error) }, 'weights could not be kept on local disk');
  });
  return weights;
}

interface ReadWeights {
  arrays: NamedArrays;
  sha256: string;
  licence?: string;
}

/** @param due the digest it must have; undefined: any, as far as the source says nothing */
async function readAndClean(found: WeightSource, due: string | undefined): Promise<ReadWeights> {
  const files = 'shards' in found ? found.shards : [found];
  const clean = async (): Promise<void> => {
    for (const file of files) await file.clean?.();
  };
  try {
    const weights = 'shards' in found ? await readShards(found.shards, found.source, due) : await readWhole(found, due);
    await clean();
    return weights;
  } catch (error) {
    // Files that have arrived whole are not fetched again when the network is back.
    if (error instanceof GraftworkError && !error.retryable) await clean();
    throw error;
  }
}

async function readWhole(
  { source, prefix = '', read }: WeightFile & { prefix?: string | undefined },
  due: string | undefined,
): Promise<ReadWeights> {
  const content = await read();
  const requireDue = (sha256: string): string => {
    if (due !== undefined && due !== sha256) throw otherDigest(source, sha256, due);
    if (!sha256.startsWith(prefix)) throw otherDigest(source, sha256, `${prefix}…`);
    return sha256;
  };
  if (!Buffer.isBuffer(content)) return readLarge(content, source, requireDue);
  refuseNoWeights(content, source);
  const sha256 = requireDue(createHash('sha256').update(content).digest('hex'));
  return { ...(await readParameters(content, source)), sha256 };
}

/** A file that no buffer holds: hashed, then read tensor by tensor. Closes it. */
async function readLarge(
  opened: FileOnDisk,
  source: string,
  requireDue: (sha256: string) => string,
): Promise<ReadWeights> {
  await using file = opened;
  const start = Buffer.alloc(16);
  await file.read(start, 0);
  if (isTorchFile(start) && !isZip(start)) throw oldAndLarge(source);
  const sha256 = requireDue(await file.sha256());
  const weights = isZip(start) ? await readLargeTorch(file, source) : await readLargeSafetensors(file, source);
  if (await file.isUnchanged()) return { ...weights, sha256 };
  throw new GraftworkError('GW_WEIGHTS_REFUSED', `${source} was changed while it was read.`, {
    remedy: 'Try again when nothing writes to it.',
  });
}

async function readLargeSafetensors(file: FileOnDisk, source: string): Promise<Omit<ReadWeights, 'sha256'>> {
  const { tensors, metadata } = await readLayout(file, { name: source, ...refusal });
  const floating = [...tensors].filter(([, { dtype }]) => dtype !== 'I64');
  return floatingTensors(await readTensors(file, floating), metadata);
}

async function readLargeTorch(file: FileOnDisk, source: string): Promise<Omit<ReadWeights, 'sha256'>> {
  const arrays = await readTorchZip(file, mostWeightBytes).catch((thrown: unknown) => {
    throw inFile(thrown, source);
  });
  return { arrays };
}

const oldAndLarge = (source: string): GraftworkError =>
  new GraftworkError(
    'GW_WEIGHTS_REFUSED',
    `${source} is in PyTorch's format before 1.6, and larger than ${mostAtOnce} bytes.`,
    {
      remedy: 'Save it again with a later PyTorch (torch.save), or convert it to .safetensors.',
    },
  );

/** How a file that is no sound safetensors file is refused. */
const refusal = {
  code: 'GW_WEIGHTS_REFUSED',
  remedy: 'Give a .safetensors file, or a PyTorch .pth file that contains only tensors.',
} as const;

/** A safetensors file begins with a length, whose first byte may be that of a pickle; its header follows. */
const isTorchFile = (file: Buffer): boolean => isZip(file) || (file[0] === 0x80 && file[8] !== '{'.charCodeAt(0));

/** One file after the other, so that no two are held beside their tensors. */
async function readShards(shards: readonly Shard[], source: string, due: string | undefined): Promise<ReadWeights> {
  const arrays = new Map<string, NamedArray>();
  const digests: string[] = [];
  for (const { tensors, ...file } of shards) {
    const shard = await readWhole(file, file.announced);
    digests.push(shard.sha256);
    for (const [name, array] of expectedIn(shard.arrays, tensors, file.source)) arrays.set(name, array);
  }
  const sha256 = digestOfShards(digests);
  if (due !== undefined && due !== sha256) throw otherDigest(source, sha256, due);
  return { arrays, sha256 };
}

/** Every floating-point tensor of a safetensors or PyTorch file. */
async function readParameters(file: Buffer, source: string): Promise<{ arrays: NamedArrays; licence?: string }> {
  if (isTorchFile(file)) {
    const arrays = await readTorchFile(file).catch((thrown: unknown) => {
      throw inFile(thrown, source);
    });
    return { arrays };
  }
  const { tensors, metadata } = readSafetensors(file, { name: source, ...refusal });
  return floatingTensors(tensors, metadata);
}

function floatingTensors(
  tensors: SafetensorsFile['tensors'],
  metadata: SafetensorsFile['metadata'],
): Omit<ReadWeights, 'sha256'> {
  const arrays = new Map(
    [...tensors]
      .filter(([, { dtype }]) => dtype !== 'I64')
      .map(([name, tensor]) => [name, { shape: tensor.shape, data: asFloat32(tensor) }]),
  );
  const licence = metadata['license'] ?? metadata['licence'];
  return { arrays, ...(licence === undefined ? {} : { licence }) };
}

/** The refusal of what is in a file, with the file's name. */
function inFile(thrown: unknown, source: string): unknown {
  if (!(thrown instanceof GraftworkError)) return thrown;
  const { code, message, remedy, cause } = thrown;
  return new GraftworkError(code, `${source}: ${message}`, { ...(remedy === undefined ? {} : { remedy }), cause });
}

function otherDigest(source: string, actual: string, expected: string): GraftworkError {
  return new GraftworkError(
    'GW_WEIGHTS_REFUSED',
    `${source} is not the expected file: its sha256 is ${actual}, not ${expected}.`,
    { remedy: 'The file was changed or damaged. Fetch it again, or correct the expected digest.' },
  );
}
