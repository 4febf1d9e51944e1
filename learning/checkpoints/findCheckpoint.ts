/** From the name of a checkpoint on the hub to the network it is for. */
import { asGraftworkError, GraftworkError } from '../../contracts/errors.js';
import type { Pooling } from '../../contracts/spec/sources/pooling.js';
import { checkpointText, type HubCheckpoint } from '../../contracts/spec/sources/hubCheckpoint.js';
import { classifierIn, endingWith, getBackbone, wholeOf, type NamedArrays } from '../backbones/architecture.js';
import type { Configuration } from './configuration.js';
import { readSnapshot } from './readSnapshot.js';
import { otherThanSaid } from './refusals.js';
import { fetchSnapshot, type RepositoryOptions } from './repository.js';
import { isCommit, Snapshots, type Snapshot } from './snapshot.js';

export interface Checkpoint extends Configuration {
  /** `owner/name@commit`: the same name finds the same bytes again. */
  name: string;
  /** See `parseWeightLocation`, at that commit. @throws GraftworkError GW_WEIGHTS_NOT_FOUND where the repository has none */
  weights: () => string;
  /** Of the file of weights, as the hub says. */
  bytes: number | undefined;
}

export interface CheckpointOptions extends RepositoryOptions {
  /** How its features are pooled. @default as its configuration says */
  pooling?: Pooling;
}

const inProgress = new Map<string, Promise<Checkpoint>>();

/**
 * Reads the configuration of a checkpoint: at its commit from local disk if it was read before, else from the hub.
 *
 * @throws GraftworkError GW_WEIGHTS_NOT_FOUND when there is nothing of this name, or a licence has to be accepted first;
 * GW_WEIGHTS_UNAVAILABLE (retryable) on network trouble, unless it was read before; GW_WEIGHTS_REFUSED for a file that is none;
 * GW_BACKBONE_UNKNOWN naming the part that there is none of here; GW_WEIGHTS_MISMATCH for a configuration that contradicts itself;
 * GW_STAGE_UNKNOWN; GW_SPEC_INVALID for a pooling that the network has not
 */
export function findCheckpoint(asked: HubCheckpoint, options: CheckpointOptions): Promise<Checkpoint> {
  // Activities of one worker ask for the same one at the same time.
  const key = JSON.stringify([options.home, options.pooling, asked]);
  const running = inProgress.get(key);
  if (running) return running;
  const search = find(asked, options).finally(() => inProgress.delete(key));
  inProgress.set(key, search);
  return search;
}

async function find(asked: HubCheckpoint, options: CheckpointOptions): Promise<Checkpoint> {
  const snapshot = await snapshotOf(asked, options);
  const { repository, revision, weights } = snapshot;
  const configuration = readSnapshot(snapshot);
  const { stage } = asked;
  const { name } = configuration.backbone;
  const ending = stage === undefined ? name : `${name}:${stage}`;
  return {
    ...configuration,
    backbone: getBackbone(endingWith(ending, options.pooling ?? configuration.pooling)),
    name: checkpointText({ repository, revision, stage }),
    weights: () => {
      if (weights !== null) return `hf:${repository}@${revision}:${weights.file}`;
      throw new GraftworkError(
        'GW_WEIGHTS_NOT_FOUND',
        `hf:${repository}@${revision} has neither model.safetensors nor pytorch_model.bin.`,
        { remedy: 'Choose another checkpoint. Weights in another format are not read.' },
      );
    },
    bytes: weights?.bytes,
  };
}

async function snapshotOf(asked: HubCheckpoint, options: RepositoryOptions): Promise<Snapshot> {
  const { repository, revision = 'main' } = asked;
  const snapshots = new Snapshots(options.home);
  const known = await snapshots.read(repository, revision);
  if (known !== undefined && isCommit(revision)) return known;
  try {
    const fetched = await fetchSnapshot(repository, revision, options);
    // A full or read-only disk makes the next time slower, not this one fail.
    await snapshots.write(fetched, revision).catch(() => undefined);
    return fetched;
  } catch (thrown) {
    if (known !== undefined && asGraftworkError(thrown).code === 'GW_WEIGHTS_UNAVAILABLE') return known;
    throw thrown;
  }
}

/**
 * @param parameters of the checkpoint's file of weights, under the network's names
 * @throws GraftworkError GW_WEIGHTS_MISMATCH when the file's classifier is for another number of classes than the configuration says
 */
export function requireLabels({ name, backbone, labels }: Checkpoint, parameters: NamedArrays): void {
  const { classes } = classifierIn(wholeOf(backbone), parameters);
  if (labels === 0 || classes === undefined || classes === labels) return;
  throw otherThanSaid(`hf:${name}`, `its configuration says ${labels} classes, its classifier has ${classes}`);
}
