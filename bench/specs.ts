/**
 * Specs against each other: whole runs on the same pictures with the same seeds, which share a stack. The first spec is what the
 * others are compared with. Results are appended to the file after `--results`, and runs that stand there are not done again.
 *
 *   npm run bench specs -- --results <file> --specs '{"head alone": {"fineTune": []}, "default": {}}'
 *                          [--sets hymenoptera,flowers,<folder>] [--pictures all,20] [--seeds 0,1,2]
 */
import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { table } from '../cli/terminal/table.js';
import type { UserSpec } from '../contracts/spec/runSpec.js';
import { StackForTests } from '../test/stacks/stackForTests.js';
import { cutFolder, namedSet, type SplitFolder } from './imageFolders/splitFolder.js';
import { summarise, top1Of } from './measures/pairedRuns.js';
import { readRuns } from './measures/storedRuns.js';

const { values } = parseArgs({
  options: {
    sets: { type: 'string', default: 'hymenoptera,flowers,cifar10-small' },
    seeds: { type: 'string', default: '0,1,2' },
    pictures: { type: 'string', default: 'all' },
    specs: { type: 'string', default: '{}' },
    results: { type: 'string' },
  },
});

const runSchema = z.strictObject({
  set: z.string(),
  seed: z.number(),
  spec: z.string(),
  right: z.number(),
  tested: z.number(),
  seconds: z.number(),
  /** Of the kept stages. */
  stages: z.array(z.string()),
});
type Run = z.infer<typeof runSchema>;

const specs = z.record(z.string(), z.record(z.string(), z.unknown())).parse(JSON.parse(values.specs));
const results = values.results;
if (results === undefined || Object.keys(specs).length < 2) {
  throw new Error('--results needs a file, and --specs a JSON object with at least two named specs');
}
const runs = await readRuns(results, runSchema);

const stack = await StackForTests.start();
try {
  for (const seed of values.seeds.split(',').map(Number)) {
    for (const set of await Promise.all(values.sets.split(',').map(namedSet))) {
      for (const pictures of values.pictures.split(',')) await compareOn(set, pictures, seed);
    }
  }
} finally {
  await stack.stop();
}
process.stdout.write(`${summaryTable()}\n`);

/** @param pictures of a class, or `all` */
async function compareOn(set: SplitFolder, pictures: string, seed: number): Promise<void> {
  const name = pictures === 'all' ? set.name : `${set.name} ${pictures} a class`;
  const missing = Object.entries(specs).filter(
    ([spec]) => !runs.some((run) => run.set === name && run.seed === seed && run.spec === spec),
  );
  if (missing.length === 0) return;
  const folder = await mkdtemp(join(tmpdir(), 'graftwork-specs-'));
  try {
    const data = pictures === 'all' ? set : await cutFolder(set, folder, Number(pictures), seed);
    for (const [spec, settings] of missing) {
      const run = { set: name, seed, spec, ...(await train(data, { ...settings, seed })) };
      runs.push(run);
      await appendFile(results!, `${JSON.stringify(run)}\n`);
      process.stderr.write(
        `${name}, seed ${seed}, ${spec}: ${top1(run).toFixed(4)}, ${run.seconds.toFixed(1)} s, ${run.stages.join(' ')}\n`,
      );
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function train(
  { folder }: SplitFolder,
  spec: UserSpec,
): Promise<Pick<Run, 'right' | 'tested' | 'seconds' | 'stages'>> {
  const began = performance.now();
  const { test, stages } = await (await stack.graftwork.train(folder, { spec })).result();
  if (test === null) throw new Error(`${folder} has no test pictures`);
  return {
    right: Math.round(test.top1 * test.count),
    tested: test.count,
    seconds: (performance.now() - began) / 1000,
    stages: stages.filter(({ kept }) => kept).map(({ name }) => name),
  };
}

function top1(run: Run): number {
  return top1Of({ ...run, memory: 0 }).top1;
}

function summaryTable(): string {
  const [base = '', ...others] = Object.keys(specs);
  const names = [...new Set(runs.map(({ set }) => set))];
  const rows = others.flatMap((other) => {
    const pairs = runs.flatMap((ours) => {
      const peer = runs.find((run) => run.set === ours.set && run.seed === ours.seed && run.spec === base);
      const outcome = (run: Run) => ({ ...run, memory: 0 });
      return ours.spec !== other || peer === undefined
        ? []
        : [{ set: ours.set, seed: ours.seed, ours: outcome(ours), peer: outcome(peer) }];
    });
    return [...names, 'all'].flatMap((name) => {
      const own = pairs.filter(({ set }) => name === 'all' || set === name);
      if (own.length === 0) return [];
      const { runs: count, top1: mean, difference, interval, seconds } = summarise(name, own);
      const range = interval?.map((end) => end.toFixed(1)).join(' to ') ?? '–';
      return [
        [
          ...[other, name, count, percent(mean.peer), percent(mean.ours), difference.toFixed(1), range],
          ...[seconds.peer.toFixed(1), seconds.ours.toFixed(1)],
        ],
      ];
    });
  });
  const head = ['spec', 'set', 'runs', base, 'top-1', 'difference, points', '95 % interval', `s, ${base}`, 's'];
  return table(head, rows);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
