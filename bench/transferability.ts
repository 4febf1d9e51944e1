/**
 * The study behind `rank`: every source trained on every data set, against what the scores say before.
 *
 *   npm run bench transferability -- [--sets hymenoptera,flowers-20] [--sources vit_small_patch14_dinov2] [--json]
 *
 * `flowers-20` is a set with 20 training pictures of each class. All of it takes hours. Each pair is kept in `.graftwork/bench/transferability` when it is done, and not measured again.
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { table } from '../cli/terminal/table.js';
import { totalEpochs } from '../learning/schedules/epochCount.js';
import { resolveSpec } from '../contracts/spec/recipes.js';
import { defaultHome } from '../infra/stack.js';
import { seeded } from '../test/fixtures/mutations.js';
import { sharedData } from '../test/fixtures/sharedData.js';
import { weightedKendall } from './study/kendall.js';
import { measurePair, pairSchema, type Pair, type StudySet, type StudySource } from './study/pair.js';
import { casesOf, outcome, randomOutcome, scoresOf, strategies, type Outcome } from './study/strategies.js';

const { values } = parseArgs({
  options: {
    sets: { type: 'string' },
    sources: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});

const bases = ['hymenoptera', 'flowers', 'cifar10-small'];
const few = 20;
const sets: StudySet[] = bases
  .flatMap((base) => [
    { name: base, base, folder: sharedData(`datasets/${base}`) },
    { name: `${base}-${few}`, base, folder: sharedData(`datasets/${base}`), perClass: few },
  ])
  .filter(({ name }) => values.sets?.split(',').includes(name) ?? true);

const home = defaultHome();
const folder = join(home, 'bench', 'transferability');
await mkdir(folder, { recursive: true });

const published = ['efficientnet_lite0', 'efficientnet_lite1', 'efficientnet_lite2'].map((backbone): StudySource => ({
  name: backbone,
  backbone,
}));
/** Networks whose weights are among the shared data, and the files. That of MobileNetV2 has TensorFlow's padding and input. */
const files: StudySource[] = Object.entries({
  tf_mobilenet_v2: 'mobilenet_v2',
  squeezenet1_1: 'squeezenet1_1',
  googlenet: 'googlenet',
  vit_small_patch14_dinov2: 'vit_small_patch14_dinov2.saliency',
}).map(([backbone, file]) => ({
  ...{ name: backbone, backbone, weights: sharedData(`weights/${file}.safetensors`) },
  // Its own 224 pixels cost 1.8 times as much.
  ...(backbone.startsWith('vit_') ? { crop: 168 } : {}),
}));
const modelOf = (base: string): string => join(folder, `${base}.safetensors`);
const models = bases.map((base): StudySource => ({
  name: `model of ${base}`,
  backbone: 'efficientnet_lite0',
  weights: modelOf(base),
  base,
}));

const pairs: Pair[] = [];
// The models are made on the way: whole sets come first, and with them the network the models are of.
const whole = sets.filter(({ perClass }) => perClass === undefined);
for (const set of whole) pairs.push(await pairOf(set, published[0]!, modelOf(set.base)));
for (const set of sets) {
  for (const source of [...published, ...files, ...models]) {
    if (source.base === set.base || pairs.some((pair) => pair.set === set.name && pair.source === source.name))
      continue;
    if (source.base !== undefined && !existsSync(modelOf(source.base))) continue;
    if (values.sources?.split(',').includes(source.name) === false) continue;
    pairs.push(await pairOf(set, source));
  }
}

const { augmentation, head, fineTune } = resolveSpec({ dataset: { uri: 's3://bench/none' } });
/** What the study's sets have. */
const usualImages = 400;
const plan = {
  views: augmentation.views,
  headEpochs: head.epochs,
  fineTuneEpochs: totalEpochs(fineTune, usualImages),
};
const cases = casesOf(pairs);
const rows = [
  ...Object.entries(strategies).map(([name, strategy]) => ({
    name,
    outcomes: cases.map((one) => outcome(one, strategy, plan)),
  })),
  { name: 'at random', outcomes: cases.map(randomOutcome) },
].map(({ name, outcomes }) => ({ name, outcomes, ...summary(outcomes) }));
const correlations = cases.map((one) => ({
  set: one.own[0]!.set,
  kendall: weightedKendall(
    scoresOf(one, plan, []),
    one.own.map(({ fineTuned }) => fineTuned),
  ),
}));
const kendall = withInterval(correlations.map((one) => one.kendall));

if (values.json) process.stdout.write(`${JSON.stringify({ strategies: rows, correlations, kendall })}\n`);
else {
  const head = ['choice', 'mean regret, points', '95 % interval', 'choosing ÷ training all', 'with training'];
  const cells = rows.map(({ name, regret, choosing, cost }) => [
    name,
    regret.mean.toFixed(2),
    regret.interval.map((end) => end.toFixed(2)).join(' to '),
    `${(100 * choosing).toFixed(1)} %`,
    `${(100 * cost).toFixed(0)} %`,
  ]);
  process.stdout.write(`${table(head, cells)}\n`);
  for (const { set, kendall: tau } of correlations)
    process.stdout.write(`weighted Kendall τ, ${set}: ${tau.toFixed(2)}\n`);
  process.stdout.write(
    `mean ${kendall.mean.toFixed(2)} (${kendall.interval.map((end) => end.toFixed(2)).join(' to ')})\n`,
  );
}

async function pairOf(set: StudySet, source: StudySource, keep?: string): Promise<Pair> {
  const file = join(folder, `${set.name} - ${source.name}.json`.replaceAll(/[^\w.-]+/g, '_'));
  if (existsSync(file) && (keep === undefined || existsSync(keep))) {
    return pairSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  }
  const pair = await measurePair(set, source, home, keep);
  await writeFile(file, JSON.stringify(pair));
  const { head: alone, fineTuned, seconds } = pair;
  process.stderr.write(
    `${set.name}, ${source.name}: head ${alone.toFixed(3)}, fine-tuned ${fineTuned.toFixed(3)}, ` +
      `${seconds.rank.toFixed(0)} + ${seconds.head.toFixed(0)} + ${seconds.fineTune.toFixed(0)} s\n`,
  );
  return pair;
}

function summary(outcomes: readonly Outcome[]) {
  return {
    regret: withInterval(outcomes.map(({ regret }) => regret)),
    choosing: mean(outcomes.map(({ choosing }) => choosing)),
    cost: mean(outcomes.map(({ cost }) => cost)),
  };
}

/** Mean over the data sets, with a bootstrap interval. */
function withInterval(sample: readonly number[]): { mean: number; interval: [number, number] } {
  const random = seeded(0);
  const means = Array.from({ length: 2000 }, () =>
    mean(sample.map(() => sample[Math.floor(random() * sample.length)]!)),
  );
  means.sort((a, b) => a - b);
  return { mean: mean(sample), interval: [means[50]!, means[1949]!] };
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
}
