/** What has changed between two versions of a data set: classes, their balance, and how the new pictures look. */
import { labelText } from '../../contracts/data/labelSets.js';
import type { MeasureDriftInput } from '../../contracts/activities/promotionActivities.js';
import type { DatasetManifest, ImageEntry } from '../../contracts/data/dataset.js';
import type { DriftReport } from '../../contracts/data/drift.js';
import { asGraftworkError } from '../../contracts/errors.js';
import { FoldedNetwork, getBackbone } from '../../learning/backbones/index.js';
import { compareBalance } from '../../learning/drift/balance.js';
import { discrepancy } from '../../learning/drift/discrepancy.js';
import { leastAdded, matchedSample, type Placed } from '../../learning/drift/matchedSample.js';
import { driftSummary } from '../../learning/drift/summary.js';
import { stageActivations } from '../../learning/features/index.js';
import { probe } from '../../learning/transferability/index.js';
import { DatasetSightings, placesOf } from '../../storage/datasets/datasetSightings.js';
import { Datasets } from '../../storage/datasets/datasets.js';
import type { ObjectStore } from '../../storage/objects/objectStore.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import type { Caller, WorkCallbacks } from '../shared/engine.js';
import { imagesAtOnce, usualBatch } from '../shared/imagesAtOnce.js';
import { inputSettings } from '../plan/inputSettings.js';
import { backboneParameters } from '../backbone/networkParameters.js';
import { isReadable, preparedImages } from '../predict/preparedImages.js';
import { ShardProgress } from '../shared/shardProgress.js';

/** Pictures fetched and passed through the network together. */
const chunkSize = 64;

/** @throws GraftworkError GW_DATASET_NOT_FOUND, GW_CORRUPT when a version's lists are damaged */
export async function measureDrift(
  dependencies: ActivityDependencies,
  { before, after, limits, halvings }: MeasureDriftInput,
  _caller: Caller,
  callbacks: WorkCallbacks,
): Promise<DriftReport> {
  const datasets = new Datasets(dependencies.store);
  const [old, now] = [await datasets.manifest(before), await datasets.manifest(after)];
  const earlier = await pictures(dependencies.store, old);
  const later = await pictures(dependencies.store, now);
  const known = new Set(earlier.map(({ sha256 }) => sha256));
  const present = new Set(later.map(({ sha256 }) => sha256));
  const added = later.filter(({ sha256 }) => !known.has(sha256));
  const balance = compareBalance(earlier, later);
  const sample = matchedSample(earlier, added);
  const report: Omit<DriftReport, 'summary'> = {
    format: 1,
    ...{ before, after },
    classes: {
      added: now.classes.filter((name) => !old.classes.includes(name)),
      gone: old.classes.filter((name) => !now.classes.includes(name)),
    },
    pictures: {
      added: added.length,
      gone: earlier.filter(({ sha256 }) => !present.has(sha256)).length,
      stayed: later.length - added.length,
    },
    balance: balance.added,
    goneBalance: balance.gone,
    features: await compareFeatures(dependencies, sample, { limits, halvings }, callbacks),
  };
  return { ...report, summary: driftSummary(report) };
}

type Picture = Placed & Pick<ImageEntry, 'path' | 'bucket' | 'key'>;

/** Each where its version was met last. */
async function pictures(store: ObjectStore, manifest: DatasetManifest): Promise<Picture[]> {
  const { version } = manifest;
  const roots = await new DatasetSightings(store).roots(version);
  const found: Picture[] = [];
  for await (const image of new Datasets(store).eachImage(version)) {
    const { sha256, label, path } = image;
    found.push({ sha256, class: labelText(manifest, label), path, ...placesOf(image, roots)[0] });
  }
  return found;
}

/** null where too few pictures are new, or can still be read; or the network they are looked at with cannot be had. */
async function compareFeatures(
  dependencies: ActivityDependencies,
  { before, added }: { before: Picture[]; added: Picture[] },
  { limits, halvings }: Pick<MeasureDriftInput, 'limits' | 'halvings'>,
  { progress, signal }: WorkCallbacks,
): Promise<DriftReport['features']> {
  if (added.length < leastAdded || before.length < leastAdded) return null;
  const backbone = getBackbone(probe);
  const input = inputSettings(backbone.input, {});
  let parameters;
  try {
    parameters = await backboneParameters(dependencies, { name: probe }, signal);
  } catch (thrown) {
    // Retraining does not depend on this report.
    dependencies.log.warn({ reason: asGraftworkError(thrown).message }, 'drift of features was not measured');
    return null;
  }
  const all = [
    ...before.map((picture) => ({ picture, isNew: false })),
    ...added.map((picture) => ({ picture, isNew: true })),
  ];
  using network = new FoldedNetwork(backbone, parameters, { images: all.length });
  const report = new ShardProgress('drift', all.length, progress, dependencies.measure);
  const rows: Float32Array[] = [];
  const kept: { class: string; isNew: boolean }[] = [];
  for (let start = 0; start < all.length; start += chunkSize) {
    signal.throwIfAborted();
    const part = all.slice(start, start + chunkSize);
    const named = part.map(({ picture: { path, bucket, key } }) => ({ name: path, bucket, key }));
    const prepared = await preparedImages(dependencies.store, { input, limits }, named, 'report');
    // One that has been overwritten since is another picture.
    const readable = prepared.flatMap((one, index) => {
      const { picture, isNew } = part[index]!;
      return isReadable(one) && one.sha256 === picture.sha256
        ? [{ pixels: one.pixels, class: picture.class, isNew }]
        : [];
    });
    report.finished(part.length);
    if (readable.length === 0) continue;
    const stages = await stageActivations(network, Buffer.concat(readable.map(({ pixels }) => pixels)), {
      ...{ input, signal },
      batchSize: imagesAtOnce(usualBatch, halvings),
    });
    const { pooled, dimensions } = stages.at(-1)!;
    for (const [index, { class: name, isNew }] of readable.entries()) {
      rows.push(unitLength(pooled.subarray(index * dimensions, (index + 1) * dimensions)));
      kept.push({ class: name, isNew });
    }
  }
  const fresh = kept.filter(({ isNew }) => isNew).length;
  if (fresh < leastAdded || kept.length - fresh < leastAdded) return null;
  const dimensions = rows[0]!.length;
  const features = new Float32Array(rows.length * dimensions);
  for (const [index, row] of rows.entries()) features.set(row, index * dimensions);
  const names = [...new Set(kept.map((one) => one.class))];
  const found = discrepancy({
    ...{ features, dimensions },
    labels: Int32Array.from(kept, (one) => names.indexOf(one.class)),
    isSecond: kept.map(({ isNew }) => isNew),
  });
  return { before: kept.length - fresh, added: fresh, ...found };
}

/** As nearest neighbours compare features: their direction alone. */
function unitLength(row: Float32Array): Float32Array {
  const length = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
  return length === 0 ? row : row.map((value) => value / length);
}
