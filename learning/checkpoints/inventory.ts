/** Which weights are on this machine, which can be had, and what is known of them. */
import { asGraftworkError, GraftworkError } from '../../contracts/errors.js';
import { hubCheckpoint } from '../../contracts/spec/sources/hubCheckpoint.js';
import { parseSourceName, referencedModel } from '../../contracts/spec/sources/sources.js';
import { backboneNames, getBackbone, wholeOf, type Backbone, type InputSpec } from '../backbones/architecture.js';
import { resolveWeights, weightsAtHand, type TransferProgress, type WeightsAtHand } from '../weights/index.js';
import type { WeightEnvironment } from '../weights/weightPolicy.js';
import { findCheckpoint, requireLabels, type Checkpoint } from './findCheckpoint.js';
import { readSnapshot } from './readSnapshot.js';
import { Snapshots } from './snapshot.js';

export interface WeightsEntry {
  /** As `--backbone` takes it. */
  name: string;
  /** The network of the zoo that the weights are for. */
  architecture: string;
  /** See `parseWeightLocation`; null: nobody publishes any. */
  source: string | null;
  /** `unknown` where nobody says. */
  licence: string;
  /** Of the whole network as published; null where that is not known. */
  parameters: number | null;
  /** Of the file where that is known, else of the parameters as float32. */
  bytes: number | null;
  /** Published share of ImageNet's validation pictures; null where none is known for these very weights. */
  imagenetTop1: number | null;
  /** Whether a run needs no network for them. */
  here: boolean;
}

export interface WeightsFacts extends WeightsEntry {
  input: InputSpec;
  /** Classes of its own classifier; null where that is not known. */
  labels: number | null;
  stages: string[];
}

export interface KeptWeights extends WeightsFacts {
  /** Of the file they came from. */
  sha256: string;
  /** Tensors that the network uses. */
  tensors: number;
}

export interface InventoryOptions {
  /** Graftwork's home folder. */
  home: string;
  /** @default process.env */
  environment?: WeightEnvironment;
  signal?: AbortSignal;
  /** See `DownloadOptions`. */
  retryDelay?: number;
}

/** The zoo's own weights, then the checkpoints that were looked up here. Asks no network. */
export async function listWeights(home: string): Promise<WeightsEntry[]> {
  const own = await Promise.all(backboneNames().map(async (name) => entryOf(await zooWeights({ name }, home))));
  const checkpoints: WeightsEntry[] = [];
  for (const snapshot of await new Snapshots(home).list()) {
    const { repository, revision, weights } = snapshot;
    if (weights === null) continue;
    try {
      const { backbone, licence = 'unknown' } = readSnapshot(snapshot);
      const source = `hf:${repository}@${revision}:${weights.file}`;
      const atHand = await weightsAtHand(backbone, source, home);
      const facts = { name: `${repository}@${revision}`, backbone, source, licence, bytes: weights.bytes, atHand };
      checkpoints.push(entryOf(facts));
    } catch (thrown) {
      // Looked up once, and never of use here.
      if (!(thrown instanceof GraftworkError)) throw thrown;
    }
  }
  return [...own, ...checkpoints];
}

/**
 * @param text `name`, `name=<weights>`, or a checkpoint's name
 * @throws GraftworkError GW_BACKBONE_UNKNOWN, GW_USAGE for a registered model; as `findCheckpoint`
 */
export async function showWeights(text: string, options: InventoryOptions): Promise<WeightsFacts> {
  return factsOf(await lookUp(text, options));
}

/**
 * Brings weights to this machine; what an earlier attempt left is taken up. What is here is not fetched again.
 * @throws GraftworkError as `showWeights` and `resolveWeights`
 */
export async function fetchWeights(
  text: string,
  options: InventoryOptions & { onProgress?: (progress: TransferProgress) => void },
): Promise<KeptWeights> {
  return keep(await lookUp(text, options), options);
}

/**
 * Reads the weights that are here: whether their digest is the one they came with, and whether they are the network's.
 * @throws GraftworkError GW_WEIGHTS_NOT_FOUND when they are not here; GW_CORRUPT when they are damaged; GW_WEIGHTS_MISMATCH;
 * as `showWeights`
 */
export async function verifyWeights(text: string, options: InventoryOptions): Promise<KeptWeights> {
  const found = await lookUp(text, options);
  if (found.atHand === undefined) {
    throw new GraftworkError('GW_WEIGHTS_NOT_FOUND', `The weights of ${found.name} are not on this machine.`, {
      remedy: `Fetch them: \`graftwork weights fetch ${text}\`.`,
    });
  }
  let damage: string | undefined;
  const warn = (fields: Record<string, unknown>): void => void (damage ??= String(fields['file']));
  const kept = await keep(found, { ...options, warn, ...found.atHand }).catch((thrown: unknown) => {
    // Without the network, a damaged copy cannot be made good.
    if (damage === undefined || asGraftworkError(thrown).code !== 'GW_WEIGHTS_UNAVAILABLE') throw thrown;
    return undefined;
  });
  if (damage === undefined && kept !== undefined) return kept;
  throw new GraftworkError('GW_CORRUPT', `The local copy of ${found.name} was damaged: ${damage}.`, {
    remedy:
      kept === undefined
        ? `Fetch it again: \`graftwork weights fetch ${text}\`.`
        : 'It was fetched again. Look at the disk if this happens more often.',
  });
}

/** Weights as they were named, and what is known of them before they are read. */
interface Found {
  name: string;
  backbone: Backbone;
  source: string | undefined;
  licence: string;
  bytes: number | undefined;
  atHand: WeightsAtHand | undefined;
  /** Where the name is a checkpoint's. */
  checkpoint?: Checkpoint;
}

async function lookUp(text: string, options: InventoryOptions): Promise<Found> {
  const { name, weights } = parseSourceName(text);
  if (referencedModel(name) !== undefined) {
    throw new GraftworkError('GW_USAGE', `${name} is a registered model, whose weights are in the bucket.`, {
      remedy: 'Look at it with `graftwork models show`.',
    });
  }
  const asked = hubCheckpoint(name);
  if (asked === undefined) return zooWeights({ name, weights }, options.home);
  const checkpoint = await findCheckpoint(asked, options);
  const source = weights ?? checkpoint.weights();
  const own = weights === undefined;
  return {
    ...{ name: checkpoint.name, backbone: checkpoint.backbone, source },
    licence: own ? (checkpoint.licence ?? 'unknown') : 'unknown',
    bytes: own ? checkpoint.bytes : undefined,
    atHand: await weightsAtHand(checkpoint.backbone, source, options.home),
    checkpoint,
  };
}

async function zooWeights(
  { name, weights }: { name: string; weights?: string | undefined },
  home: string,
): Promise<Found> {
  const backbone = getBackbone(name);
  return {
    ...{ name, backbone, source: weights ?? backbone.weights },
    licence: weights === undefined ? backbone.licence : 'unknown',
    bytes: weights === undefined ? backbone.packaged?.bytes : undefined,
    atHand: await weightsAtHand(backbone, weights, home),
  };
}

function entryOf({ name, backbone, source, licence, bytes, atHand }: Found): WeightsEntry {
  const { parameterCount } = wholeOf(backbone);
  return {
    ...{ name, architecture: backbone.name, source: source ?? null, licence },
    parameters: parameterCount ?? null,
    bytes: bytes ?? (parameterCount === undefined ? null : 4 * parameterCount),
    // Of its publisher's weights, and no others.
    imagenetTop1: source === backbone.weights ? (backbone.imagenetTop1 ?? null) : null,
    here: atHand !== undefined,
  };
}

function factsOf(found: Found): WeightsFacts {
  const { backbone, checkpoint } = found;
  const labels = checkpoint?.labels ?? 0;
  return {
    ...entryOf(found),
    input: checkpoint?.input ?? backbone.input,
    labels: labels === 0 ? null : labels,
    stages: backbone.stages.map(({ name }) => name),
  };
}

/** @throws GraftworkError as `resolveWeights`; GW_WEIGHTS_MISMATCH for a checkpoint with another number of classes than it says */
async function keep(
  found: Found,
  options: InventoryOptions & Pick<Parameters<typeof resolveWeights>[0], 'onProgress' | 'warn' | 'sha256'>,
): Promise<KeptWeights> {
  const { backbone, source, checkpoint } = found;
  const { parameters, sha256, licence } = await resolveWeights({ ...options, backbone, source });
  if (checkpoint !== undefined && source === checkpoint.weights()) requireLabels(checkpoint, parameters);
  return {
    ...factsOf({ ...found, licence: licence === 'unknown' ? found.licence : licence, atHand: {} }),
    sha256,
    tensors: parameters.size,
  };
}
