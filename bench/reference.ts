/**
 * The reference recipe from a folder of photos to a tested model: PyTorch's script against `--recipe reference`, both
 * from nothing. Ours includes starting the stack, upload, ingest, preprocessing, registration; the stack's end is not timed.
 *
 *   npm run bench reference -- [--backbones resnet50,efficientnet_lite0] [--folder …] [--seeds 0,1,2]
 *                              [--scripts corrected,literal] [--unfreeze last|default]
 *                              [--dtype auto|float32|bfloat16] [--json]
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { RunResult } from '../client/index.js';
import { computeSpecSchema } from '../contracts/spec/computeSpec.js';
import type { UserSpec } from '../contracts/spec/runSpec.js';
import { checkout, stopStack } from '../infra/stack.js';
import { getBackbone, type Backbone } from '../learning/backbones/index.js';
import { sharedData } from '../test/fixtures/sharedData.js';
import { compare, print, type Measure } from './measures/measures.js';
import { networkName } from './peers/networkName.js';
import { peerResult } from './peers/peerProcess.js';
import { unfreezeNames } from './peers/unfreezeNames.js';
import { weightsFile } from './peers/weights.js';

const { values } = parseArgs({
  options: {
    backbones: { type: 'string', default: 'resnet50,efficientnet_lite0' },
    folder: { type: 'string', default: sharedData('datasets/hymenoptera') },
    seeds: { type: 'string', default: '0' },
    scripts: { type: 'string', default: 'corrected' },
    unfreeze: { type: 'string', default: 'last' },
    epochs: { type: 'string', default: '10' },
    dtype: { type: 'string', default: 'auto' },
    json: { type: 'boolean', default: false },
  },
});
const epochs = Number(values.epochs);
const { dtype } = computeSpecSchema.parse({ dtype: values.dtype });
const unfreeze = values.unfreeze === 'default' ? 'default' : 'last';

interface Outcome {
  seconds: number;
  top1: number;
}

async function ours(backbone: Backbone, weights: string, seed: number): Promise<Outcome> {
  const home = await mkdtemp(join(tmpdir(), 'graftwork-bench-'));
  const spec: UserSpec = {
    recipe: 'reference',
    backbone: { name: backbone.name, weights },
    head: { epochs },
    fineTune: [{ unfreeze, epochs }],
    compute: { dtype },
    seed,
  };
  const specFile = join(home, 'spec.json');
  await writeFile(specFile, JSON.stringify(spec));
  try {
    const began = performance.now();
    const output = await outputOf(
      [join(checkout, 'dist', 'cli', 'main.js'), 'train', values.folder, '--spec', specFile, '--json'],
      { ...process.env, GRAFTWORK_HOME: home },
    );
    const seconds = (performance.now() - began) / 1000;
    const { test } = JSON.parse(output) as RunResult;
    return { seconds, top1: test?.top1 ?? Number.NaN };
  } finally {
    await stopStack(home);
    await rm(home, { recursive: true, force: true });
  }
}

async function theirs(backbone: Backbone, weights: string, seed: number, batchNorm: string): Promise<Outcome> {
  const { mean, std } = backbone.input;
  const { seconds, top1 } = await peerResult<{ seconds: { all: number }; top1: number }>('reference.py', [
    values.folder,
    ...['--network', networkName(backbone), '--weights', weights, '--seed', String(seed)],
    ...['--mean', ...mean.map(String), '--std', ...std.map(String)],
    ...['--unfreeze', ...unfreezeNames(backbone, unfreeze)],
    ...['--batch-norm', batchNorm, '--epochs', String(epochs)],
  ]);
  return { seconds: seconds.all, top1 };
}

async function outputOf(args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'ignore'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`graftwork train ended with ${code}`);
  return output;
}

const measures: Measure[] = [];
for (const name of values.backbones.split(',')) {
  const backbone = getBackbone(name);
  const weights = await weightsFile(backbone);
  for (const script of values.scripts.split(',')) {
    const samples: Record<'ours' | 'peer', Outcome[]> = { ours: [], peer: [] };
    for (const [index, seed] of values.seeds.split(',').map(Number).entries()) {
      for (const side of index % 2 === 0 ? (['ours', 'peer'] as const) : (['peer', 'ours'] as const)) {
        const outcome =
          side === 'ours'
            ? await ours(backbone, weights, seed)
            : await theirs(backbone, weights, seed, script === 'literal' ? 'train' : 'eval');
        process.stderr.write(
          `${name}, seed ${seed}, ${side}: ${outcome.seconds.toFixed(1)} s, ${outcome.top1.toFixed(4)}\n`,
        );
        samples[side].push(outcome);
      }
    }
    const of = (key: keyof Outcome) => ({
      ours: samples.ours.map((outcome) => outcome[key]),
      peer: samples.peer.map((outcome) => outcome[key]),
    });
    measures.push(
      compare(`${name}: reference recipe, PyTorch (${script}) ÷ ours`, of('seconds'), 's', 'peer ÷ ours'),
      compare(`${name}: test top-1, ours ÷ PyTorch (${script})`, of('top1'), '', 'ours ÷ peer'),
    );
  }
}
print(measures, values.json);
