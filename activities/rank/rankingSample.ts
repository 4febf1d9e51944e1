/** The pictures a ranking looks at: some of the training split, as pixel shards under the keys a run of them would use. */
import { labelsOf, type LabelSets } from '../../contracts/data/labelSets.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import type { InputSettings, PixelShard } from '../../contracts/spec/plan.js';
import { decodePixelShard } from '../../learning/images/pixelShard.js';
import { stratifiedSample } from '../../learning/transferability/index.js';
import { Datasets } from '../../storage/datasets/datasets.js';
import { contentKey } from '../../storage/objects/contentKey.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import type { DatasetVersionOf } from '../ingest/healedVersion.js';
import type { ListedImage } from '../plan/imageList.js';
import { whyLost } from '../shared/lostObject.js';
import { makePixelShard } from '../features/pixelShards.js';
import { planPixelShards } from '../plan/planPixelShards.js';
import { readSplits } from '../plan/splitImages.js';

/** Which pictures. */
export interface SampleOf extends DatasetVersionOf {
  /** Pictures at most. */
  size: number;
}

/** The pictures of a ranking, in the order of the training split. */
export interface Sample {
  images: ListedImage[];
  /** Only of a multi-label task: what the pictures' labels are indices of. */
  sets?: LabelSets;
}

/** @throws as `readSplits` */
export async function readSample(
  dependencies: Pick<ActivityDependencies, 'store' | 'log'>,
  { size, ...version }: SampleOf,
  signal: AbortSignal,
): Promise<Sample> {
  const { train } = await readSplits(dependencies, version, signal);
  const { labelSets: sets } = await new Datasets(dependencies.store).trainable(version.datasetVersion);
  const images = stratifiedSample(train, size, version.spec.seed, sets).map((index) => train.at(index));
  return { images, ...(sets === undefined ? {} : { sets }) };
}

/** What a source's scores depend on. */
export interface Scored {
  /** Digest and class of each picture. */
  images: readonly Pick<ListedImage, 'sha256' | 'label'>[];
  /** Of a multi-label task. */
  sets?: LabelSets;
  backbone: { name: string; sha256: string };
  input: InputSettings;
  /** What is scored: see `scoredNames`. */
  stages: readonly string[];
  /** What the features were computed in; left out: float32. */
  computed?: string;
}

export function rankingKey({ images, sets, backbone, input, stages, computed }: Scored): string {
  const { resize, crop, interpolation, store, mean, std, fit, fill, range } = input;
  return contentKey('ranking/3', {
    images: images.map(({ sha256, label }) => [sha256, sets === undefined ? label : labelsOf(label, sets)]),
    backbone: { name: backbone.name, sha256: backbone.sha256 },
    // What is left out leaves the key as it was before there was a choice.
    input: { resize, crop, interpolation, store, mean, std, fit, fill, range },
    stages,
    computed,
  });
}

/** The shards of a sample: those of the run itself, when the sample is the whole training split. */
export function sampleShards(sample: readonly ListedImage[], input: InputSettings): PixelShard[] {
  return planPixelShards(
    sample.map(({ sha256 }) => ({ sha256, split: 'train' as const })),
    input,
  );
}

/**
 * Puts a sample's shard where it belongs. @throws as `makePixelShard`
 */
export async function makeSampleShard(
  dependencies: Pick<ActivityDependencies, 'store' | 'cache' | 'log'>,
  input: InputSettings,
  shard: PixelShard,
  sample: ListedImage[],
  signal: AbortSignal,
): Promise<void> {
  await makePixelShard(dependencies, { input }, shard, { train: sample, validation: [], test: [] }, { signal });
}

/** A shard's pixels; one that is damaged or gone is made again. @throws as `makePixelShard` */
export async function readSampleShard(
  dependencies: Pick<ActivityDependencies, 'store' | 'cache' | 'log'>,
  input: InputSettings,
  shard: PixelShard,
  sample: ListedImage[],
  signal: AbortSignal,
): Promise<Uint8Array> {
  const object = objectKeys.pixels(shard.key);
  const read = async (): Promise<Uint8Array> => decodePixelShard(await dependencies.cache.fetch(object), object).pixels;
  try {
    return await read();
  } catch (thrown) {
    const reason = whyLost(thrown);
    dependencies.log.warn({ object, reason }, 'a shard of pixels is damaged or missing: it is written again');
    await makeSampleShard(dependencies, input, shard, sample, signal);
    return read();
  }
}
