/**
 * Finding wrong labels. Some labels of each set are changed to another class, and heads on frozen features are asked in folds. Prints
 * the average precision of our ranking and of Cleanlab's scores on the same probabilities. With `--pictures`, the time of a review of
 * so many made-up pictures whose pixels and features are cached, by the activities of a run. With `--emoji`, the same ranking of pictures
 * with several labels each, of which one label is flipped.
 *
 *   npm run bench review -- [--sets hymenoptera,flowers,<folder>] [--seeds 0,1,2] [--share 0.05] [--cleanlab <python with Cleanlab>]
 *   npm run bench review -- --pictures 10000
 *   npm run bench review -- --emoji <folder of emoji-datasource-google> [--pictures 900] [--cleanlab <python with Cleanlab>]
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { inputSettings } from '../activities/plan/inputSettings.js';
import { table } from '../cli/terminal/table.js';
import { checkout } from '../infra/stack.js';
import { FoldedNetwork, getBackbone } from '../learning/backbones/index.js';
import { computeFeatures, FeaturesInMemory } from '../learning/features/index.js';
import { averagePrecision } from '../learning/metrics/trust/averagePrecision.js';
import { selfConfidences } from '../learning/metrics/trust/confidentLearning.js';
import { mislabelled } from '../learning/metrics/trust/mislabelled.js';
import { foldProbabilities } from '../learning/search/index.js';
import { resolveWeights } from '../learning/weights/index.js';
import { recipes } from '../contracts/spec/recipes.js';
import { readImageFolder } from './imageFolders/imageFolder.js';
import { namedSet } from './imageFolders/splitFolder.js';
import { changedLabels } from './review/changedLabels.js';
import { reviewOfPairs } from './review/reviewOfPairs.js';
import { secondsOfReview } from './review/secondsOfReview.js';

const { values } = parseArgs({
  options: {
    sets: { type: 'string', default: 'hymenoptera,flowers,cifar10-small' },
    seeds: { type: 'string', default: '0,1,2' },
    share: { type: 'string', default: '0.05' },
    backbone: { type: 'string', default: 'efficientnet_lite0' },
    cleanlab: { type: 'string' },
    pictures: { type: 'string' },
    emoji: { type: 'string' },
  },
});
const folds = 5;

if (values.emoji !== undefined) {
  const { emoji, pictures = '900', seeds, share, backbone, cleanlab } = values;
  const asked = { emoji, backbone, cleanlab, pictures: Number(pictures), share: Number(share) };
  process.stdout.write(`${await reviewOfPairs({ ...asked, seeds: seeds.split(',').map(Number) })}\n`);
} else if (values.pictures === undefined) await measureRanking();
else process.stdout.write(`${await secondsOfReview(Number(values.pictures), values.backbone)}\n`);

async function measureRanking(): Promise<void> {
  const backbone = getBackbone(values.backbone);
  const input = inputSettings(backbone.input, {});
  const { parameters } = await resolveWeights({ backbone, home: process.env['GRAFTWORK_HOME'] ?? '.graftwork' });
  using network = new FoldedNetwork(backbone, parameters, { images: 2000 });
  const { augmentation } = recipes.default;
  const rows: (string | number)[][] = [];
  const means: number[][] = [];
  for (const { name, folder } of await Promise.all(values.sets.split(',').map(namedSet))) {
    const { classes, train, test } = await readImageFolder(folder, input, 0, 0);
    const pooled: Float32Array[] = [];
    for (const { paths, pixels } of [train, test]) {
      const features = await computeFeatures(network, pixels, {
        ...{ input, augmentation, views: 1, seed: 0, cut: null, images: paths, batchSize: 32 },
      });
      pooled.push(features.pooled.data);
    }
    const labels = [...Array.from(train.labels), ...Array.from(test.labels)];
    const counts = [train.paths.length, test.paths.length] as const;
    const features = new FeaturesInMemory(
      [backbone.featureSize],
      1,
      pooled.map((data, part) => ({ start: part === 0 ? 0 : counts[0], count: counts[part] ?? 0, data })),
    );
    const found: number[][] = [];
    for (const seed of values.seeds.split(',').map(Number)) {
      const { given, isChanged } = changedLabels(labels, classes.length, Number(values.share), seed);
      const began = performance.now();
      const probabilities = await foldProbabilities({
        ...{ classes: classes.length, folds, seed: 0, signal: new AbortController().signal },
        train: { features, labels: given },
      });
      if (probabilities === undefined) throw new Error(`a head of ${name} diverged`);
      const seconds = (performance.now() - began) / 1000;
      const judged = { probabilities, labels: given, classes: classes.length };
      const suspects = mislabelled(judged);
      const hits = suspects.filter(({ index }) => isChanged[index]).length;
      const wanted = isChanged.filter(Boolean).length;
      found.push([
        ...[
          averagePrecision(
            selfConfidences(judged).map((own) => -own),
            isChanged,
          ),
          ...cleanlabScores(judged, isChanged),
        ],
        ...[hits / suspects.length, hits / wanted, seconds],
      ]);
    }
    const mean = (found[0] ?? []).map((_, column) => found.reduce((sum, row) => sum + row[column]!, 0) / found.length);
    means.push(mean);
    rows.push([name, labels.length, ...mean.map(shown)]);
    process.stderr.write(`${rows.at(-1)?.join('  ')}\n`);
  }
  const all = (means[0] ?? []).map((_, column) => means.reduce((sum, row) => sum + row[column]!, 0) / means.length);
  process.stdout.write(
    `${table(
      [
        ...['set', 'pictures', 'ours'],
        ...(values.cleanlab === undefined ? [] : ['Cleanlab: self-confidence', 'margin', 'entropy']),
        ...['found: precision', 'recall', 'seconds'],
      ],
      [...rows, ['mean', '', ...all.map(shown)]],
    )}\n`,
  );
}

function shown(value: number): string {
  return value.toFixed(3);
}

/** Its scores on the same probabilities; none without its Python. */
function cleanlabScores(
  { probabilities, labels, classes }: { probabilities: Float64Array; labels: number[]; classes: number },
  isChanged: readonly boolean[],
): number[] {
  if (values.cleanlab === undefined) return [];
  const rows = labels.map((_, index) => Array.from(probabilities.subarray(index * classes, (index + 1) * classes)));
  const script = join(checkout, 'bench', 'review', 'cleanlab_scores.py');
  const given = JSON.stringify({ labels, probabilities: rows, changed: isChanged });
  const { status, stdout } = spawnSync(values.cleanlab, [script], {
    input: given,
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  if (status !== 0) throw new Error(`${values.cleanlab} ended with ${status}`);
  return JSON.parse(stdout) as number[];
}
