/**
 * The default recipe against fastai's `fine_tune`: the same pictures, splits and pretrained weights, both from nothing. Ours
 * starts a stack of its own for each run, which is timed from there to the run's result; fastai is timed as a process. The peak
 * memory is that of all processes of the stack, or of Python; this process, which holds the library, does not count.
 *
 *   npm run bench peers -- [--sets hymenoptera,flowers,<folder>] [--seeds 0,1,2] [--pictures <training pictures of a class>]
 *                          [--backbone efficientnet_lite0] [--json]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { table } from '../cli/terminal/table.js';
import { getBackbone, torchNetwork } from '../learning/backbones/index.js';
import { StackForTests } from '../test/stacks/stackForTests.js';
import { cutFolder, namedSet, type SplitFolder } from './imageFolders/splitFolder.js';
import { ChildrenMemory } from './measures/childrenMemory.js';
import { summarise, top1Of, type Outcome, type PairedRun, type Summary } from './measures/pairedRuns.js';
import { peerPython } from './peers/environment.js';
import { peerResult } from './peers/peerProcess.js';
import { weightsFile } from './peers/weights.js';

const { values } = parseArgs({
  options: {
    sets: { type: 'string', default: 'hymenoptera,flowers,cifar10-small' },
    seeds: { type: 'string', default: '0,1,2' },
    pictures: { type: 'string' },
    backbone: { type: 'string', default: 'efficientnet_lite0' },
    json: { type: 'boolean', default: false },
  },
});
const backbone = getBackbone(values.backbone);
// fastai takes timm's networks by name, whichever other library has them too.
const network = torchNetwork({ ...backbone, torchvision: undefined });
if (network === undefined) throw new Error(`timm has no network with the layers of ${backbone.name}`);
const weights = await weightsFile(backbone);
// Installs the peers before anything is timed.
await peerPython();

const runs: PairedRun[] = [];
const sets = await Promise.all(values.sets.split(',').map(namedSet));
for (const set of sets) {
  for (const [index, seed] of values.seeds.split(',').map(Number).entries()) {
    runs.push(await pairOf(set, seed, index % 2 === 0 ? ['ours', 'peer'] : ['peer', 'ours']));
  }
}
const summaries = [
  ...sets.map(({ name }) =>
    summarise(
      name,
      runs.filter((run) => run.set === name),
    ),
  ),
  summarise('all', runs),
];
if (values.json) process.stdout.write(`${JSON.stringify({ runs: runs.map(withTop1), summaries })}\n`);
else process.stdout.write(`${runTable()}\n\n${summaryTable(summaries)}\n`);

async function pairOf(set: SplitFolder, seed: number, order: readonly ('ours' | 'peer')[]): Promise<PairedRun> {
  const folder = await mkdtemp(join(tmpdir(), 'graftwork-peers-'));
  try {
    const data = values.pictures === undefined ? set : await cutFolder(set, folder, Number(values.pictures), seed);
    const outcomes: Partial<Record<'ours' | 'peer', Outcome>> = {};
    for (const side of order) {
      const outcome = await (side === 'ours' ? ours(data, seed) : fastai(data, seed));
      const { top1 } = top1Of(outcome);
      process.stderr.write(
        `${set.name}, seed ${seed}, ${side === 'ours' ? 'ours' : 'fastai'}: ${top1.toFixed(4)} of ${outcome.tested} pictures, ` +
          `${outcome.seconds.toFixed(1)} s, ${outcome.memory} MB\n`,
      );
      outcomes[side] = outcome;
    }
    return { set: set.name, seed, ours: outcomes.ours!, peer: outcomes.peer! };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function ours({ folder }: SplitFolder, seed: number): Promise<Outcome> {
  return measured(async (ended) => {
    const stack = await StackForTests.start();
    try {
      const spec = { seed, backbone: { name: backbone.name, weights } };
      const { test } = await (await stack.graftwork.train(folder, { spec })).result();
      ended();
      if (test === null) throw new Error('the run has tested nothing');
      return { right: Math.round(test.top1 * test.count), tested: test.count };
    } finally {
      await stack.stop();
    }
  });
}

async function fastai({ folder, training, test }: SplitFolder, seed: number): Promise<Outcome> {
  const { mean, std, size } = backbone.input;
  return measured(async (ended) => {
    const result = await peerResult<Pick<Outcome, 'right' | 'tested'>>('fine_tune.py', [
      ...[folder, '--train-folders', ...training, '--test-folder', test],
      ...['--network', network!.model, '--weights', weights, '--size', String(size)],
      ...['--mean', ...mean.map(String), '--std', ...std.map(String), '--seed', String(seed)],
    ]);
    ended();
    return result;
  });
}

/** @param work calls its argument when the result is there: what comes after is not timed */
async function measured(work: (ended: () => void) => Promise<Pick<Outcome, 'right' | 'tested'>>): Promise<Outcome> {
  const memory = ChildrenMemory.start();
  const began = performance.now();
  let seconds = Number.NaN;
  try {
    const result = await work(() => (seconds = (performance.now() - began) / 1000));
    return { ...result, seconds, memory: await memory.stop() };
  } finally {
    await memory.stop();
  }
}

function withTop1({ ours: us, peer, ...run }: PairedRun) {
  return { ...run, ours: { ...us, ...top1Of(us) }, peer: { ...peer, ...top1Of(peer) } };
}

function runTable(): string {
  const rows = runs.flatMap(({ set, seed, ours: us, peer }) =>
    Object.entries({ ours: us, fastai: peer }).map(([side, outcome]) => {
      const { top1, interval } = top1Of(outcome);
      const range = interval.map((end) => (100 * end).toFixed(1)).join(' to ');
      return [set, seed, side, percent(top1), range, outcome.tested, outcome.seconds.toFixed(1), outcome.memory];
    }),
  );
  return table(['set', 'seed', 'side', 'test top-1', '95 % interval', 'pictures', 'seconds', 'peak MB'], rows);
}

function summaryTable(rows: readonly Summary[]): string {
  const head = [
    'set',
    'runs',
    'ours',
    'fastai',
    'ours − fastai, points',
    '95 % interval',
    's',
    'fastai s',
    'fastai ÷ ours',
  ];
  return table(
    head,
    rows.map(({ name, runs: count, top1, difference, interval, seconds, ratio }) => [
      ...[name, count, percent(top1.ours), percent(top1.peer), difference.toFixed(1)],
      interval?.map((end) => end.toFixed(1)).join(' to ') ?? '–',
      ...[seconds.ours.toFixed(1), seconds.peer.toFixed(1), ratio.toFixed(1)],
    ]),
  );
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
