/**
 * How well a run's confidence is what comes true: whole runs, each with the figures before and after calibration, and the coverage of
 * its prediction sets. Results are appended to the file after `--results`, and runs that stand there are not done again.
 *
 *   npm run bench calibration -- --results <file> [--sets hymenoptera,flowers,<folder>] [--seeds 0,1,2] [--spec '{"fineTune": []}']
 */
import { appendFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { table } from '../cli/terminal/table.js';
import { evaluationSchema } from '../contracts/data/evaluation.js';
import { fittedCalibrationSchema } from '../contracts/data/fittedCalibration.js';
import { StackForTests } from '../test/stacks/stackForTests.js';
import { namedSet } from './imageFolders/splitFolder.js';
import { readRuns } from './measures/storedRuns.js';

const { values } = parseArgs({
  options: {
    sets: { type: 'string', default: 'hymenoptera,flowers,cifar10-small' },
    seeds: { type: 'string', default: '0,1,2' },
    spec: { type: 'string', default: '{}' },
    results: { type: 'string' },
  },
});

const runSchema = z.object({
  set: z.string(),
  seed: z.number(),
  spec: z.string(),
  fitted: fittedCalibrationSchema.pick({ temperature: true, count: true, heldOut: true }).strip(),
  test: evaluationSchema
    .pick({
      count: true,
      top1: true,
      loss: true,
      calibration: true,
      uncalibrated: true,
      sets: true,
    })
    .strip(),
});
type Run = z.infer<typeof runSchema>;

const results = values.results;
if (results === undefined) throw new Error('--results needs a file');
const runs = await readRuns(results, runSchema);

const stack = await StackForTests.start();
try {
  for (const seed of values.seeds.split(',').map(Number)) {
    for (const set of await Promise.all(values.sets.split(',').map(namedSet))) {
      const found = runs.some((run) => run.set === set.name && run.seed === seed && run.spec === values.spec);
      if (found) continue;
      const spec = { ...(JSON.parse(values.spec) as object), seed };
      const { test, model } = await (await stack.graftwork.train(set.folder, { spec })).result();
      if (model === null) throw new Error(`${set.name} gave no model`);
      const { calibration } = await stack.graftwork.models.card(model.name, model.version);
      const run = runSchema.parse({ set: set.name, seed, spec: values.spec, fitted: calibration, test });
      runs.push(run);
      await appendFile(results, `${JSON.stringify(run)}\n`);
      process.stderr.write(`${rowOf(`${set.name} ${seed}`, [run]).join('  ')}\n`);
    }
  }
} finally {
  await stack.stop();
}
const sets = [...new Set(runs.map(({ set }) => set))];
const rows = sets.map((set) =>
  rowOf(
    set,
    runs.filter((run) => run.set === set),
  ),
);
process.stdout.write(
  `${table(
    ['set', 'runs', 'top-1', 'temperature', 'ECE before', 'after', 'loss before', 'after', 'coverage', 'classes'],
    [...rows, rowOf('all', runs)],
  )}\n`,
);

function rowOf(name: string, some: readonly Run[]): (string | number)[] {
  const mean = (of: (run: Run) => number | undefined): number =>
    some.reduce((sum, run) => sum + (of(run) ?? Number.NaN), 0) / some.length;
  return [
    ...[
      name,
      some.length,
      mean(({ test }) => test.top1).toFixed(3),
      mean(({ fitted }) => fitted.temperature).toFixed(3),
    ],
    mean(({ test }) => test.uncalibrated?.expectedCalibrationError).toFixed(3),
    mean(({ test }) => test.calibration.expectedCalibrationError).toFixed(3),
    ...[mean(({ test }) => test.uncalibrated?.loss).toFixed(3), mean(({ test }) => test.loss).toFixed(3)],
    ...[mean(({ test }) => test.sets?.lac.coverage).toFixed(3), mean(({ test }) => test.sets?.lac.meanSize).toFixed(2)],
  ];
}
