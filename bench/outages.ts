/**
 * Stops Temporal's or the store's process in the middle of training for a while, and says what that cost.
 *
 *   npm run bench outages -- [--seconds 120] [--of temporal,s3] [--json]
 */
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { RunHandle } from '../client/index.js';
import { quickSpec } from '../test/fixtures/quickSpecs.js';
import { sharedData } from '../test/fixtures/sharedData.js';
import { StackForTests } from '../test/stacks/stackForTests.js';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '120' },
    of: { type: 'string', default: 'temporal,s3' },
    json: { type: 'boolean', default: false },
  },
});
const outage = Number(values.seconds) * 1000;
/** Long enough that the outage begins and, on a slow machine, ends in training. */
const epochs = Math.ceil(Number(values.seconds));

interface Report {
  of: string;
  seconds: number;
  runSeconds: number;
  /** Epochs trained while the server was away. */
  epochsMeanwhile: number;
  attempts: number;
  resumedFrom: unknown;
  sameBytes: boolean;
}

const spec = { ...quickSpec, fineTune: [{ epochs, batchSize: 4 }], checkpoint: { everySeconds: 5 } };

const undisturbed = await withStack(async ({ graftwork }) => {
  const run = await graftwork.train(sharedData('datasets/tiny'), { spec: { ...spec, name: 'tiny' } });
  return digestOf(graftwork, run);
});
for (const of of values.of.split(',')) {
  const report = await withStack((stack) => disturbed(stack, of === 's3' ? 's3' : 'temporal'));
  const { runSeconds, epochsMeanwhile, attempts, resumedFrom, sameBytes } = report;
  process.stdout.write(
    values.json
      ? `${JSON.stringify(report)}\n`
      : `${of} away for ${values.seconds} s: the run took ${runSeconds.toFixed(0)} s, trained ${epochsMeanwhile} epochs meanwhile, ` +
          `${attempts} attempts, resumed from ${JSON.stringify(resumedFrom)}, ${sameBytes ? 'the same bytes' : 'OTHER BYTES'}\n`,
  );
  if (!sameBytes) process.exitCode = 1;
}

async function withStack<T>(use: (stack: StackForTests) => Promise<T>): Promise<T> {
  const stack = await StackForTests.start();
  try {
    return await use(stack);
  } finally {
    await stack.stop();
  }
}

async function disturbed(stack: StackForTests, of: 'temporal' | 's3'): Promise<Report> {
  const { graftwork } = stack;
  const run = await graftwork.train(sharedData('datasets/tiny'), { spec: { ...spec, name: 'tiny' } });
  let attempts = 1;
  let before = 0;
  for await (const { activities } of run.watch({ everyMs: 200 })) {
    const training = activities.find(({ progress }) => progress?.stage === 'fine-tune-1');
    before = training?.progress?.epoch ?? 0;
    if (before > 2) break;
  }
  const { servers } = await stack.state();
  process.kill(servers[of].pid, 'SIGSTOP');
  await delay(outage);
  process.kill(servers[of].pid, 'SIGCONT');
  let after = before;
  for await (const { activities } of run.watch({ everyMs: 200 })) {
    for (const { attempt, progress } of activities) {
      attempts = Math.max(attempts, attempt);
      if (after === before && progress?.stage === 'fine-tune-1') after = progress.epoch ?? before;
    }
  }
  const { seconds, stages } = await run.result();
  return {
    of,
    seconds: outage / 1000,
    runSeconds: seconds,
    epochsMeanwhile: after - before,
    attempts,
    resumedFrom: stages.find(({ name }) => name === 'fine-tune-1')?.resumedFrom ?? null,
    sameBytes: (await digestOf(graftwork, run)) === undisturbed,
  };
}

async function digestOf(graftwork: StackForTests['graftwork'], run: RunHandle): Promise<string> {
  const { model } = await run.result();
  if (model === null) throw new Error(`run ${run.id} made no model`);
  return (await graftwork.models.card(model.name, model.version)).parameters.sha256;
}
