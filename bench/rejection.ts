/**
 * Scores for “unlike anything it was trained on”: for each set a head on frozen features, and each other set's test pictures against
 * its own. Prints the area under the ROC curve of each score.
 *
 *   npm run bench rejection [-- --sets hymenoptera,flowers,cifar10-small,<folder>] [--backbone efficientnet_lite0]
 */
import { parseArgs } from 'node:util';
import { inputSettings } from '../activities/plan/inputSettings.js';
import { table } from '../cli/terminal/table.js';
import { recipes } from '../contracts/spec/recipes.js';
import { FoldedNetwork, getBackbone } from '../learning/backbones/index.js';
import { computeFeatures, FeaturesInMemory } from '../learning/features/index.js';
import { trainPlainHead } from '../learning/training/heads/plainHead.js';
import { resolveWeights } from '../learning/weights/index.js';
import { readImageFolder, type PixelSet } from './imageFolders/imageFolder.js';
import { namedSet } from './imageFolders/splitFolder.js';
import { areaUnderCurve, rejectionScores, type Rows } from './rejection/scores.js';

const { values } = parseArgs({
  options: {
    sets: { type: 'string', default: 'hymenoptera,flowers,cifar10-small' },
    backbone: { type: 'string', default: 'efficientnet_lite0' },
  },
});
const backbone = getBackbone(values.backbone);
const input = inputSettings(backbone.input, {});
const { parameters } = await resolveWeights({ backbone, home: process.env['GRAFTWORK_HOME'] ?? '.graftwork' });
using network = new FoldedNetwork(backbone, parameters, { images: 2000 });
const { augmentation, head } = recipes.default;

const sets = await Promise.all(values.sets.split(',').map(namedSet));
const found = [];
for (const { name, folder } of sets) {
  const data = await readImageFolder(folder, input, 0, 0);
  const trained = await featuresOf(data.train, augmentation.views);
  const model = await trainPlainHead({
    ...{ backbone, head, classes: data.classes.length, seed: 0, signal: new AbortController().signal },
    train: {
      labels: data.train.labels,
      features: new FeaturesInMemory([trained.dimensions], augmentation.views, [
        { start: 0, count: data.train.paths.length, data: trained.rows },
      ]),
    },
  });
  if (model === undefined) throw new Error(`the head of ${name} diverged`);
  // View 0 is the centre crop.
  const centre = everyNth(trained, augmentation.views);
  found.push({ name, model, train: centre, labels: data.train.labels, test: await featuresOf(data.test, 1) });
  process.stderr.write(`${name}: ${data.train.paths.length} training pictures, ${data.test.paths.length} to test\n`);
}
const areas = new Map<string, Map<string, number>>();
for (const own of found) {
  const scores = rejectionScores(own);
  for (const [score, of] of Object.entries(scores)) {
    const inside = of(own.test);
    for (const other of found.filter(({ name }) => name !== own.name)) {
      const known = areas.get(score) ?? new Map<string, number>();
      areas.set(score, known.set(`${own.name}, ${other.name}`, areaUnderCurve(inside, of(other.test))));
    }
  }
}
const pairs = [...(areas.values().next().value?.keys() ?? [])];
const mean = (of: ReadonlyMap<string, number>): number =>
  [...of.values()].reduce((sum, area) => sum + area, 0) / of.size;
const ordered = [...areas].sort(([, a], [, b]) => mean(b) - mean(a));
process.stdout.write(
  `${table(
    ['trained on, against', ...ordered.map(([score]) => score)],
    [...pairs, 'mean'].map((pair) => [
      pair,
      ...ordered.map(([, of]) => (pair === 'mean' ? mean(of) : (of.get(pair) ?? Number.NaN)).toFixed(3)),
    ]),
  )}\n`,
);

async function featuresOf(set: PixelSet, views: number): Promise<Rows> {
  const { pooled } = await computeFeatures(network, set.pixels, {
    ...{ input, views, seed: 0, cut: null, images: set.paths, augmentation, batchSize: 32 },
  });
  const rows = pooled.data;
  return { rows, dimensions: rows.length / (set.paths.length * views) };
}

function everyNth({ rows, dimensions }: Rows, n: number): Rows {
  const count = rows.length / dimensions / n;
  const kept = new Float32Array(count * dimensions);
  for (let i = 0; i < count; i++) kept.set(rows.subarray(i * n * dimensions, (i * n + 1) * dimensions), i * dimensions);
  return { rows: kept, dimensions };
}
