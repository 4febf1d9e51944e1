/**
 * Figures as large as pictures times classes: a run over very many classes from training to its report and gate, and a
 * prediction of very many images whose engine process is killed. Prints the seconds and the peak memory of each process.
 *
 *   npm run bench classes -- [--classes 1000] [--train 2] [--test 50] [--predict 200000] [--kills 2] [--json]
 *
 * Pictures are of 16 pixels and made up: what is measured is how many there are. `--train` and `--test` are a class's.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { UserSpec } from '../contracts/spec/runSpec.js';
import { enginesOf } from '../test/stacks/processes.js';
import { StackForTests } from '../test/stacks/stackForTests.js';
import { putSyntheticPictures } from '../test/fixtures/syntheticPictures.js';
import { commandCost, type CommandCost } from './measures/commandMemory.js';
import { MemoryLog } from './measures/memoryLog.js';

const { values } = parseArgs({
  options: {
    classes: { type: 'string', default: '1000' },
    train: { type: 'string', default: '2' },
    test: { type: 'string', default: '50' },
    predict: { type: 'string', default: '200000' },
    kills: { type: 'string', default: '2' },
    json: { type: 'boolean', default: false },
  },
});
const [classes, train, test] = [Number(values.classes), Number(values.train), Number(values.test)];
const [predicted, kills] = [Number(values.predict), Number(values.kills)];
const source = 'classes';
const spec = {
  name: source,
  preprocess: { resize: 36, crop: 32 },
  augmentation: { views: 1 },
  head: { epochs: 2 },
  fineTune: [],
  promotion: { policy: 'auto' },
} satisfies UserSpec;

const stack = await StackForTests.start();
const folder = await mkdtemp(join(tmpdir(), 'graftwork-classes-'));
try {
  const { graftwork, home } = stack;
  const began = performance.now();
  const say = (line: string): void =>
    void process.stderr.write(`${((performance.now() - began) / 1000).toFixed(0)} s: ${line}\n`);
  const pictures = classes * (train + 1 + test);
  await putSyntheticPictures(graftwork.store, source, classes, { train, val: 1, test }, (done) => {
    if (done % 10_000 === 0) say(`${done} of ${pictures} pictures put`);
  });
  const memory = MemoryLog.start(async () => {
    const { workers } = await stack.state();
    const [engine] = await enginesOf(workers.gpu.pid);
    const pids = Object.entries(workers).map(([pool, { pid }]): [string, number] => [`${pool} worker`, pid]);
    return new Map(engine === undefined ? pids : [...pids, ['engine', engine]]);
  }, 500);

  const uri = graftwork.store.uri(source);
  const first = await graftwork.train(uri, { spec });
  await first.result();
  say(`${first.id} has ended`);
  const second = await graftwork.train(uri, { spec: { ...spec, head: { epochs: 3 } } });
  const result = await second.result();
  say(`${second.id} has ended: ${result.promotion?.status}, ${result.promotion?.reason}`);

  const commands: Record<string, CommandCost> = {};
  const measure = async (name: string, args: readonly string[]): Promise<void> => {
    commands[name] = await commandCost(args, home);
    say(`${name}: ${JSON.stringify(commands[name])}`);
  };
  await measure('show', ['show', second.id, '--json']);
  await measure('report', ['report', second.id, '--out', join(folder, 'report.html')]);
  await measure('compare', ['models', 'compare', `${source}@1`, `${source}@2`, '--json']);
  if (predicted > 0) {
    const tests = graftwork.store.uri(`${source}/test`);
    const times = Math.ceil(predicted / (classes * test));
    const images = Array.from({ length: times }, () => tests);
    const killing = killEngine(kills, Math.ceil((times * classes * test) / 256));
    // Where the command fails, that failure is reported.
    killing.catch(() => undefined);
    await measure('predict', ['predict', `${source}@2`, ...images, '--json']);
    say(`killed ${await killing} times while it predicted`);
  }
  const report = {
    ...{ classes, pictures, test: classes * test, predicted },
    gate: result.promotion?.gate.comparison ?? null,
    seconds: { first: (await first.result()).seconds, second: result.seconds },
    commands,
    /** Megabytes at the peak. */
    memory: Object.fromEntries(Object.entries(await memory.stop()).map(([name, { peak }]) => [name, peak])),
  };
  process.stdout.write(`${JSON.stringify(report, undefined, values.json ? 0 : 2)}\n`);
} finally {
  await rm(folder, { recursive: true, force: true });
  await stack.stop();
}

/** Kills the engine process each time a further share of the parts is stored. @returns how often */
async function killEngine(times: number, parts: number): Promise<number> {
  for (let kill = 1; kill <= times; kill++) {
    while ((await partsStored()) < (parts * kill) / (times + 1)) await delay(500);
    const [engine] = await enginesOf((await stack.state()).workers.gpu.pid);
    if (engine !== undefined) process.kill(engine, 'SIGKILL');
  }
  return times;
}

async function partsStored(): Promise<number> {
  let count = 0;
  for await (const { key } of stack.graftwork.store.list('predictions/')) if (/\/result\/\d+\.json$/.test(key)) count++;
  return count;
}
