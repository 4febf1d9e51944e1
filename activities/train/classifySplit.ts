/** The complete network on centre crops of some pictures of a split, from pixels. */
import { labelsOf } from '../../contracts/data/labelSets.js';
import { taskOf, type PixelShard, type Plan } from '../../contracts/spec/plan.js';
import { getBackbone, type NamedArrays } from '../../learning/backbones/index.js';
import { Classifier } from '../../learning/inference/predict.js';
import { readPixelShard } from '../features/pixelShards.js';
import { readSplits } from '../plan/splitImages.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import type { WorkCallbacks } from '../shared/engine.js';
import { imagesAtOnce, usualBatch } from '../shared/imagesAtOnce.js';
import type { PickPictures } from './pickPictures.js';
import { ShardProgress } from '../shared/shardProgress.js';

export type SplitOptions = Pick<WorkCallbacks, 'progress' | 'signal'> & { halvings: number };

export interface SeenPicture {
  label: number;
  /** Its classes: one, unless the task is multi-label. */
  truth: readonly number[];
  /** Of each class. */
  probabilities: Float32Array;
  /** Pooled, as the head sees them. */
  features: Float32Array;
}

/**
 * @param pick of the labels of the split's pictures, the places of those that are wanted
 * @param seen called for each picture, in the order of the split
 */
export async function classifySplit(
  dependencies: ActivityDependencies,
  { parameters, ...plan }: Plan & { parameters: NamedArrays },
  { split, pick }: { split: 'train' | 'validation'; pick: PickPictures },
  { progress, signal, halvings }: SplitOptions,
  seen: (picture: SeenPicture) => void,
): Promise<void> {
  const { classes, input } = plan;
  const images = (await readSplits(dependencies, plan, signal))[split];
  const wanted = new Set(pick(images.map(({ label }) => label)));
  const report = new ShardProgress('evaluate', wanted.size, progress, dependencies.measure);
  using classifier = new Classifier({
    ...{ backbone: getBackbone(plan.backbone.name), parameters, input, classes, task: taskOf(plan) },
    batchSize: imagesAtOnce(usualBatch, halvings),
    images: wanted.size,
  });
  const size = input.store ** 2 * 3;
  for (const shard of shardsOf(plan, split)) {
    signal.throwIfAborted();
    const places = Array.from({ length: shard.count }, (_, place) => place).filter((place) =>
      wanted.has(shard.start + place),
    );
    if (places.length === 0) continue;
    const { pixels } = await readPixelShard(dependencies, plan, shard, signal);
    const shown = Buffer.concat(places.map((place) => pixels.subarray(place * size, (place + 1) * size)));
    const features: Float32Array[] = [];
    const answers = await classifier.classify(
      shown,
      (done) => report.at(done),
      undefined,
      (row) => features.push(row),
    );
    for (const [index, place] of places.entries()) {
      const probabilities = answers.subarray(index * classes.length, (index + 1) * classes.length);
      const { label } = images.at(shard.start + place);
      seen({ label, truth: labelsOf(label, plan.labelSets), probabilities, features: features[index]! });
    }
    report.finished(places.length);
  }
}

export function shardsOf({ pixels }: Pick<Plan, 'pixels'>, split: PixelShard['split']): PixelShard[] {
  return pixels.filter((shard) => shard.split === split);
}
