/** Pictures that teach little whatever their label is: too dark, too blurred, too small. */
import { setImmediate } from 'node:timers/promises';
import type { InspectQualityInput, InspectQualityOutput } from '../../contracts/activities/reviewActivities.js';
import type { ImageEntry } from '../../contracts/data/dataset.js';
import {
  faultyPicturesSchema,
  type FaultyPicture,
  type FaultyPictures,
  type PictureFault,
} from '../../contracts/data/labelReview.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import type { Plan } from '../../contracts/spec/plan.js';
import { pictureQuality, usualLimit } from '../../learning/images/pictureQuality.js';
import { contentKey } from '../../storage/objects/contentKey.js';
import { heldTogether } from '../features/heldTogether.js';
import { readPixelShard } from '../features/pixelShards.js';
import { readPlan } from '../plan/planStore.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import type { WorkCallbacks } from '../shared/engine.js';
import { findResult, keepResult, reuseResult } from '../shared/storedResults.js';

const stage = 'review';
/** Pictures of each fault that are stored. */
const mostEach = 1000;

/** What is measured of every picture. */
interface Measures {
  brightness: Float32Array;
  sharpness: Float32Array;
}

/** @throws GraftworkError as `readPixelShard` */
export async function inspectQuality(
  dependencies: ActivityDependencies,
  { plan: digest }: InspectQualityInput,
  { progress, signal }: WorkCallbacks,
): Promise<InspectQualityOutput> {
  const plan = await readPlan(dependencies.cache, digest);
  const { datasetVersion: dataset, input, pixels } = plan;
  const key = contentKey('picture-quality/1', { dataset, crop: input.crop, pixels: pixels.map(({ key: own }) => own) });
  const place = { object: objectKeys.trial(key), schema: faultyPicturesSchema, what: 'a look at pictures', stage };
  const earlier = await findResult(dependencies, place);
  if (earlier !== undefined) await reuseResult(dependencies, place, earlier);
  else {
    const { images } = await picturesOf(dependencies, plan, signal);
    const report = (done: number): void => progress({ stage, done, total: images.length, unit: 'images' });
    const measures = await measure(dependencies, plan, images.length, report, signal);
    await keepResult(dependencies, place, faultsOf(images, measures, input.crop));
  }
  return { key };
}

/** In the order of the plan's shards. */
function picturesOf(dependencies: ActivityDependencies, plan: Plan, signal: AbortSignal) {
  return heldTogether(dependencies, plan, [...new Set(plan.pixels.map(({ split }) => split))], signal);
}

async function measure(
  dependencies: ActivityDependencies,
  plan: Plan,
  count: number,
  report: (done: number) => void,
  signal: AbortSignal,
): Promise<Measures> {
  const measures = { brightness: new Float32Array(count), sharpness: new Float32Array(count) };
  let done = 0;
  for (const shard of plan.pixels) {
    const { pixels, side } = await readPixelShard(dependencies, plan, shard, signal);
    const bytes = side * side * 3;
    for (let at = 0; at < shard.count; at += 1, done += 1) {
      const quality = pictureQuality(pixels.subarray(at * bytes, (at + 1) * bytes), side);
      measures.brightness[done] = quality.brightness;
      measures.sharpness[done] = quality.sharpness;
    }
    report(done);
    // Heartbeats are sent meanwhile.
    await setImmediate();
    signal.throwIfAborted();
  }
  return measures;
}

function faultsOf(images: readonly ImageEntry[], { brightness, sharpness }: Measures, crop: number): FaultyPictures {
  const sides = Float32Array.from(images, ({ width, height }) => Math.min(width, height));
  const below = (fault: PictureFault, values: Float32Array, limit: number): FaultyPicture[] =>
    images
      .flatMap(({ path, bucket, key, sha256, label, reviewed }, index) => {
        const value = values[index] as number;
        return value < limit && reviewed !== true
          ? [{ picture: { path, bucket, key, sha256, label }, fault, value, limit }]
          : [];
      })
      .sort((a, b) => a.value - b.value);
  const found = {
    dark: below('dark', brightness, usualLimit.dark(brightness)),
    blurred: below('blurred', sharpness, usualLimit.blurred(sharpness)),
    small: below('small', sides, usualLimit.small(sides, crop)),
  };
  return {
    format: 1,
    counts: { dark: found.dark.length, blurred: found.blurred.length, small: found.small.length },
    pictures: Object.values(found).flatMap((faulty) => faulty.slice(0, mostEach)),
  };
}
