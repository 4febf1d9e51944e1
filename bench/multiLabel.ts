/**
 * Several labels a picture: two emoji in each picture, whose categories are its labels. A head of ours against one of PyTorch on the same
 * frozen features. No emoji is in two splits. Prints the mean average precision of both on the test pictures, for each seed.
 *
 *   npm run bench multiLabel -- --emoji <folder of emoji-datasource-google> [--seeds 0,1,2] [--pictures 900] [--json]
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { inputSettings } from '../activities/plan/inputSettings.js';
import { table } from '../cli/terminal/table.js';
import { recipes } from '../contracts/spec/recipes.js';
import { multiLabelLossSchema } from '../contracts/spec/task.js';
import { FoldedNetwork, getBackbone } from '../learning/backbones/index.js';
import { computeFeatures, FeaturesInMemory } from '../learning/features/index.js';
import { meanAveragePrecision } from '../learning/metrics/multiLabel/averages.js';
import { trainPlainHead } from '../learning/training/heads/plainHead.js';
import { resolveWeights } from '../learning/weights/index.js';
import { emojiPairs, type LabelledPixels } from './multiLabel/emojiPairs.js';
import { peerResult } from './peers/peerProcess.js';

const { values } = parseArgs({
  options: {
    emoji: { type: 'string' },
    seeds: { type: 'string', default: '0,1,2' },
    pictures: { type: 'string', default: '900' },
    backbone: { type: 'string', default: 'efficientnet_lite0' },
    json: { type: 'boolean', default: false },
  },
});
if (values.emoji === undefined) throw new Error('name the folder of the package emoji-datasource-google with --emoji');
const backbone = getBackbone(values.backbone);
const input = inputSettings(backbone.input, {});
const { parameters } = await resolveWeights({ backbone, home: process.env['GRAFTWORK_HOME'] ?? '.graftwork' });
using network = new FoldedNetwork(backbone, parameters, { images: 5000 });
const { augmentation, head } = recipes.default;
const { signal } = new AbortController();

interface Row {
  seed: number;
  /** Mean average precision on the test pictures. */
  figures: Record<string, number>;
}

/** What the script gives: mean average precisions, by the optimizer. */
type Peer = Record<'adamw' | 'lbfgs', number>;

const rows: Row[] = [];
for (const seed of values.seeds.split(',').map(Number)) {
  const { train, test, classes } = await emojiPairs(values.emoji, input, { pictures: Number(values.pictures), seed });
  const learnt = await featuresOf(train, augmentation.views, seed);
  const tested = await featuresOf(test, 1, seed);
  const figures: Record<string, number> = {};
  for (const loss of multiLabelLossSchema.options) {
    const model = await trainPlainHead({
      ...{ backbone, classes: classes.length, seed, signal, head: { ...head, loss } },
      train: {
        ...{ labels: train.labels, sets: train.sets },
        features: new FeaturesInMemory([backbone.featureSize], augmentation.views, [
          { start: 0, count: train.labels.length, data: learnt },
        ]),
      },
    });
    if (model === undefined) throw new Error(`the head with ${loss} diverged`);
    figures[`ours, ${loss}`] = averageOf(test, (row, label) => logit(tested, model, row, label), classes.length);
  }
  const peer = await peerOn(learnt, train, tested, test, classes.length, seed);
  figures['PyTorch, AdamW'] = peer.adamw;
  figures['PyTorch, L-BFGS'] = peer.lbfgs;
  rows.push({ seed, figures });
  process.stderr.write(`seed ${seed}: ${train.labels.length} training pictures, ${test.labels.length} to test\n`);
}
print();

async function featuresOf({ pixels, names }: LabelledPixels, views: number, seed: number): Promise<Float32Array> {
  const { pooled } = await computeFeatures(network, pixels, {
    ...{ input, views, seed, cut: null, images: names, augmentation, batchSize: 32 },
  });
  return pooled.data;
}

function logit(
  features: Float32Array,
  { weight, bias }: { weight: Float32Array; bias: Float32Array },
  row: number,
  label: number,
): number {
  const d = backbone.featureSize;
  let sum = bias[label] ?? 0;
  for (let k = 0; k < d; k += 1) sum += (features[row * d + k] ?? 0) * (weight[label * d + k] ?? 0);
  return sum;
}

function averageOf(
  { labels, sets }: LabelledPixels,
  scoreOf: (row: number, label: number) => number,
  classes: number,
): number {
  return meanAveragePrecision(
    labels.map((label, row) => ({
      truth: sets[label] ?? [],
      scores: Array.from({ length: classes }, (_, index) => scoreOf(row, index)),
    })),
    classes,
  );
}

/** The same features and labels in files, for the peer's script. */
async function peerOn(
  learnt: Float32Array,
  train: LabelledPixels,
  tested: Float32Array,
  test: LabelledPixels,
  classes: number,
  seed: number,
): Promise<Peer> {
  const folder = await mkdtemp(join(tmpdir(), 'graftwork-multi-label-'));
  try {
    for (const [name, features, set] of [
      ['train', learnt, train],
      ['test', tested, test],
    ] as const) {
      await writeFile(join(folder, `${name}.features`), features);
      await writeFile(join(folder, `${name}.targets`), multiHot(set, classes));
    }
    const { views } = augmentation;
    const sizes = {
      dimensions: backbone.featureSize,
      classes,
      views,
      epochs: head.epochs,
      batch: head.batchSize,
      seed,
    };
    return await peerResult<Peer>('multi_label_head.py', [folder, JSON.stringify(sizes)]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function multiHot({ labels, sets }: LabelledPixels, classes: number): Float32Array {
  const targets = new Float32Array(labels.length * classes);
  for (const [row, label] of labels.entries()) for (const own of sets[label] ?? []) targets[row * classes + own] = 1;
  return targets;
}

function print(): void {
  const names = Object.keys(rows[0]?.figures ?? {});
  const mean = (name: string): number => rows.reduce((sum, { figures }) => sum + (figures[name] ?? 0), 0) / rows.length;
  if (values.json) {
    const peer = Math.max(mean('PyTorch, AdamW'), mean('PyTorch, L-BFGS'));
    const ours = mean('ours, binary-cross-entropy');
    const measure = { name: 'multi-label mAP', ours, peer, ratio: ours / peer, unit: 'mAP', repetitions: rows.length };
    process.stdout.write(`${JSON.stringify({ measures: [measure], rows })}\n`);
    return;
  }
  const percent = (value: number): string => `${(100 * value).toFixed(2)} %`;
  process.stdout.write(
    `${table(
      ['seed', ...names],
      [
        ...rows.map(({ seed, figures }) => [seed, ...names.map((name) => percent(figures[name] ?? 0))]),
        ['mean', ...names.map((name) => percent(mean(name)))],
      ],
    )}\n`,
  );
}
