/**
 * Peak memory of the engine's work on a large network, a process for each kind: features, fine-tuning of the usual suffix, and low-rank
 * adapters in all blocks. Weights are computed where no registry delivers them: the memory is the same.
 *
 *   npm run bench engineMemory -- [--backbone vit_base_patch16_224] [--batch 32] [--dtype bfloat16]
 *     [--only features,suffix,adapters] [--json]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { planStages } from '../activities/plan/stagePlans.js';
import { table } from '../cli/terminal/table.js';
import { computeDtypeSchema } from '../contracts/spec/computeSpec.js';
import { resolveSpec } from '../contracts/spec/recipes.js';
import type { UserSpec } from '../contracts/spec/runSpec.js';
import { activationShape, FoldedNetwork, getBackbone, stageIndex } from '../learning/backbones/index.js';
import { tf, type Rank } from '../learning/tensorflow.js';
import { initialHead } from '../learning/training/index.js';
import { withInitialAdapters } from '../learning/training/stage/stageAdapters.js';
import { memoryOf } from './measures/processMemory.js';
import { withSteps } from './measures/stepsOfStage.js';
import { weightsOf } from './peers/weights.js';

const { values } = parseArgs({
  options: {
    backbone: { type: 'string', default: 'vit_base_patch16_224' },
    batch: { type: 'string', default: '32' },
    dtype: { type: 'string', default: 'float32' },
    only: { type: 'string', default: 'features,suffix,adapters' },
    case: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const backbone = getBackbone(values.backbone);
const batch = Number(values.batch);
const dtype = computeDtypeSchema.parse(values.dtype);
const classes = 10;

interface Row {
  what: string;
  /** Megabytes, the highest of the process. */
  peak: number;
  /** Of the second pass or step, which is compiled. */
  seconds: number;
}

/** @returns seconds */
async function computeFeaturesTwice(): Promise<number> {
  const { size } = backbone.input;
  using network = new FoldedNetwork(backbone, await weightsOf(backbone), { images: Infinity, dtype });
  const images = tf.randomUniform<Rank.R4>([batch, size, size, 3]);
  let began = 0;
  for (let pass = 0; pass < 2; pass++) {
    began = performance.now();
    const pooled = tf.tidy(() => network.pooled(network.run(images)));
    await pooled.data();
    pooled.dispose();
  }
  return (performance.now() - began) / 1000;
}

/** @returns seconds */
async function trainTwice(step: NonNullable<UserSpec['fineTune']>[number]): Promise<number> {
  const { head, fineTune } = resolveSpec({ dataset: { uri: 's3://bench/none' }, fineTune: [step] });
  const stage = planStages(backbone, head, fineTune, { images: batch }).at(-1);
  if (stage?.kind !== 'fineTune') throw new Error('a stage is missing');
  const cut = backbone.stages[stageIndex(backbone, stage.trainable[0] ?? '') - 1]?.name ?? '';
  const { h, w, c } = activationShape(backbone, cut);
  const parameters = new Map([...(await weightsOf(backbone)), ...initialHead(backbone, classes)]);
  const given = withInitialAdapters({ stage, backbone, parameters, seed: 0 });
  const features = tf.randomNormal([batch, h, w, c]);
  let seconds = 0;
  await withSteps(backbone, stage, { parameters: given.parameters, features, cut, classes, dtype }, async (train) => {
    await train();
    seconds = await train();
  });
  return seconds;
}

const cases: Readonly<Record<string, () => Promise<number>>> = {
  features: computeFeaturesTwice,
  suffix: () => trainTwice({ unfreeze: 'default' }),
  adapters: () => trainTwice({ adapter: { kind: 'lora' } }),
};

async function inChild(what: string): Promise<Row> {
  const args = ['--backbone', backbone.name, '--batch', String(batch), '--dtype', dtype, '--case', what];
  const child = spawn(process.execPath, [process.argv[1]!, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${what} ended with ${code}`);
  const row = JSON.parse(said) as Row;
  process.stderr.write(`${what}: ${row.peak} MB\n`);
  return row;
}

if (values.case !== undefined) {
  const seconds = await cases[values.case]!();
  const { peak } = await memoryOf(process.pid);
  process.stdout.write(JSON.stringify({ what: values.case, peak: Math.round(peak), seconds } satisfies Row));
} else {
  const rows: Row[] = [];
  for (const what of values.only.split(',')) rows.push(await inChild(what));
  if (values.json) process.stdout.write(`${JSON.stringify({ backbone: backbone.name, batch, rows })}\n`);
  else {
    const cells = rows.map(({ what, peak, seconds }) => [what, `${peak} MB`, `${seconds.toFixed(1)} s`]);
    process.stdout.write(`${table([backbone.name, 'peak memory', 'a pass or step'], cells)}\n`);
  }
}
