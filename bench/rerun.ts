/**
 * What a run costs when most of its work was done before: the same again, with 1 % new images, with another head.
 *
 *   npm run bench rerun -- [--folder <folder>] [--head-epochs N] [--epochs N] [--json]
 *
 * Seconds from the start of the workflow to its end. The recipe is the default one; the options shorten it.
 */
import { parseArgs } from 'node:util';
import { table } from '../cli/terminal/table.js';
import type { UserSpec } from '../contracts/spec/runSpec.js';
import { sharedData, sharedDataMissing } from '../test/fixtures/sharedData.js';
import { StackForTests } from '../test/stacks/stackForTests.js';
import { compare, print } from './measures/measures.js';
import { putCopies, readPhotos } from './imageFolders/photoCopies.js';

const { values } = parseArgs({
  options: {
    folder: { type: 'string' },
    'head-epochs': { type: 'string' },
    epochs: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
if (values.folder === undefined && sharedDataMissing !== false) throw new Error(sharedDataMissing);
const photos = await readPhotos(values.folder ?? sharedData('datasets/hymenoptera'));
const headEpochs = values['head-epochs'] === undefined ? {} : { epochs: Number(values['head-epochs']) };
const spec: UserSpec = {
  name: 'rerun',
  head: headEpochs,
  ...(values.epochs === undefined ? {} : { fineTune: [{ epochs: Number(values.epochs) }] }),
};

interface Rerun {
  seconds: number;
  /** What was found, of what was needed: by stage. */
  reused: Record<string, string>;
}

const stack = await StackForTests.start();
try {
  const { graftwork } = stack;
  const put = (from: number, to: number): Promise<void> => putCopies(graftwork.store, 'rerun', photos, [from, to]);
  const run = async (what: string, change: UserSpec = {}): Promise<Rerun> => {
    const started = await graftwork.train(graftwork.store.uri('rerun'), { spec: { ...spec, ...change } });
    const { seconds, dataset, stages } = await started.result();
    const reused = {
      dataset: dataset?.reused === true ? 'the same version' : 'a new version',
      ...Object.fromEntries(stages.map(({ name, cache }) => [name, `${cache.hits} of ${cache.hits + cache.misses}`])),
    };
    process.stderr.write(`${what}: ${seconds.toFixed(1)} s\n`);
    return { seconds, reused };
  };

  await put(0, photos.length);
  const first = await run('first');
  const runs = { first, 'nothing changed': await run('nothing changed') };
  await put(photos.length, photos.length + Math.ceil(photos.length / 100));
  const changed = {
    '1 % new images': await run('1 % new images'),
    'another head': await run('another head', { head: { ...headEpochs, labelSmoothing: 0.05 } }),
  };
  const all: Record<string, Rerun> = { ...runs, ...changed };
  const measures = Object.entries(all)
    .filter(([, { seconds }]) => seconds !== first.seconds)
    .map(([name, { seconds }]) =>
      compare(`${name} ÷ first run`, { ours: [seconds], peer: [first.seconds] }, 's', 'ours ÷ peer'),
    );
  if (values.json) process.stdout.write(`${JSON.stringify({ measures, runs: all })}\n`);
  else {
    print(measures, false);
    const rows = Object.keys(first.reused).map((stage) => [
      stage,
      ...Object.values(all).map(({ reused }) => reused[stage] ?? ''),
    ]);
    process.stdout.write(`${table(['found', ...Object.keys(all)], rows)}\n`);
  }
} finally {
  await stack.stop();
}
