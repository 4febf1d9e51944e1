/** Finding wrong labels of pictures with several labels each: pairs of emoji of which one label is flipped. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { inputSettings } from '../../activities/plan/inputSettings.js';
import { table } from '../../cli/terminal/table.js';
import { recipes } from '../../contracts/spec/recipes.js';
import { checkout } from '../../infra/stack.js';
import { FoldedNetwork, getBackbone } from '../../learning/backbones/index.js';
import { computeFeatures, FeaturesInMemory } from '../../learning/features/index.js';
import { doubtfulPictures, labelsFit } from '../../learning/metrics/multiLabel/doubtfulLabels.js';
import { averagePrecision } from '../../learning/metrics/trust/averagePrecision.js';
import { foldProbabilities } from '../../learning/search/index.js';
import { resolveWeights } from '../../learning/weights/index.js';
import { emojiPairs } from '../multiLabel/emojiPairs.js';
import { flippedLabels } from './flippedLabels.js';

const folds = 5;

export interface ReviewOfPairs {
  /** Folder of the package emoji-datasource-google. */
  emoji: string;
  pictures: number;
  seeds: readonly number[];
  /** Of the pictures of which one label is flipped. */
  share: number;
  backbone: string;
  /** Python that has Cleanlab; undefined: without it. */
  cleanlab: string | undefined;
}

/** @returns a table: average precisions of our ranking, and of Cleanlab's scores on the same probabilities */
export async function reviewOfPairs({ emoji, pictures, seeds, share, ...by }: ReviewOfPairs): Promise<string> {
  const backbone = getBackbone(by.backbone);
  const input = inputSettings(backbone.input, {});
  const { parameters } = await resolveWeights({ backbone, home: process.env['GRAFTWORK_HOME'] ?? '.graftwork' });
  using network = new FoldedNetwork(backbone, parameters, { images: 5000 });
  const rows: number[][] = [];
  for (const seed of seeds) {
    const { train, classes } = await emojiPairs(emoji, input, { pictures, seed });
    const { pooled } = await computeFeatures(network, train.pixels, {
      ...{ input, augmentation: recipes.default.augmentation, views: 1, seed: 0, cut: null },
      ...{ images: train.names, batchSize: 32 },
    });
    const truth = train.labels.map((label) => train.sets[label] ?? []);
    const { given, isChanged } = flippedLabels(truth, classes.length, share, seed);
    const probabilities = await foldProbabilities({
      ...{ classes: classes.length, folds, seed: 0, signal: new AbortController().signal },
      train: {
        features: new FeaturesInMemory([backbone.featureSize], 1, [
          { start: 0, count: truth.length, data: pooled.data },
        ]),
        labels: given.map((_, index) => index),
        sets: given,
      },
    });
    if (probabilities === undefined) throw new Error('a head diverged');
    const judged = { probabilities, truth: given, classes: classes.length };
    const found = doubtfulPictures(judged);
    const scores = labelsFit(judged).map((fit) => -fit);
    const hits = found.filter(({ index }) => isChanged[index]).length;
    rows.push([
      averagePrecision(scores, isChanged),
      ...averagePrecisionsOfCleanlab(by.cleanlab, { probabilities, given, classes: classes.length, isChanged }),
      ...[hits / found.length, hits / isChanged.filter(Boolean).length],
    ]);
    process.stderr.write(`seed ${seed}: ${rows.at(-1)?.map(shown).join('  ')}\n`);
  }
  const mean = (rows[0] ?? []).map((_, column) => rows.reduce((sum, row) => sum + (row[column] ?? 0), 0) / rows.length);
  const peer = by.cleanlab === undefined ? [] : ['Cleanlab: average', 'least', 'filter'];
  return table(
    ['seed', 'ours', ...peer, 'found: precision', 'recall'],
    [...rows.map((row, at) => [seeds[at] ?? '', ...row.map(shown)]), ['mean', ...mean.map(shown)]],
  );
}

function shown(value: number): string {
  return value.toFixed(3);
}

interface Judged {
  /** Row-major [given.length, classes] */
  probabilities: Float64Array;
  given: readonly (readonly number[])[];
  classes: number;
  isChanged: readonly boolean[];
}

function averagePrecisionsOfCleanlab(python: string | undefined, judged: Judged): number[] {
  if (python === undefined) return [];
  const { probabilities, given, classes, isChanged } = judged;
  const rows = given.map((_, index) => Array.from(probabilities.subarray(index * classes, (index + 1) * classes)));
  const script = join(checkout, 'bench', 'review', 'cleanlab_labels.py');
  const { status, stdout } = spawnSync(python, [script], {
    input: JSON.stringify({ truth: given, probabilities: rows, changed: isChanged }),
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  if (status !== 0) throw new Error(`${python} ended with ${status}`);
  return JSON.parse(stdout) as number[];
}
