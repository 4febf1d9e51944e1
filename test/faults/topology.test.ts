/**
 * The topology of production, from plain processes: workers of each pool with homes of their own, which share nothing but a
 * Temporal and an S3. First a run that nobody disturbs, with everything switched on that lets it be seen; then the same one
 * in another bucket while workers are lost, added and replaced.
 */
import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Graftwork } from '../../client/index.js';
import type { RunHandle, RunStatus } from '../../client/index.js';
import { metrics, servedName } from '../../contracts/metrics.js';
import type { Pool } from '../../contracts/names.js';
import type { UserSpec } from '../../contracts/spec/runSpec.js';
import type { OwnedProcess } from '../../infra/stack/ownedProcess.js';
import { holdPorts, type HeldPorts } from '../../infra/stack/ports.js';
import { shortStep, tinySpec } from '../fixtures/quickSpecs.js';
import { OtlpReceiver, type SpanSeen } from '../stacks/otlpReceiver.js';
import { enginesOf, eventually } from '../stacks/processes.js';
import { sharedData, sharedDataMissing } from '../fixtures/sharedData.js';
import { stackUnavailable } from '../stacks/stackForTests.js';
import { alertRules, isServed, watchedSelectors } from '../stacks/watchedSeries.js';
import { WorkersForTests } from '../stacks/workersForTests.js';

const tiny = sharedData('datasets/tiny');
const epochs = { head: 2, fineTune: 100 };
const spec = {
  ...tinySpec,
  name: 'topology',
  seed: 31,
  augmentation: { views: 1 },
  head: { epochs: epochs.head, batchSize: 8 },
  fineTune: [{ epochs: epochs.fineTune, ...shortStep }],
} satisfies UserSpec;
const buckets = ['undisturbed', 'disturbed'] as const;
/** Of which one is seen, however seldom somebody can look. */
const engineStages = ['features', 'head', 'fine-tune-1'];

describe('workers that share only Temporal and S3', { skip: stackUnavailable || sharedDataMissing }, () => {
  let servers: WorkersForTests;
  let collector: OtlpReceiver;
  /** Where workers are asked how they do. */
  let held: HeldPorts<'cpu' | 'gpu' | 'health' | 'later'>;
  /** Of the undisturbed run. */
  let bytes: string;
  before(async () => {
    servers = await WorkersForTests.start();
    collector = await OtlpReceiver.start();
    held = await holdPorts(['cpu', 'gpu', 'health', 'later'], join(servers.folder, 'metrics'));
    for (const bucket of buckets) await servers.graftwork.store.at(bucket).ensureBucket();
  });
  after(async () => {
    await servers.stop();
    await collector.stop();
    await held.release();
  });

  /** On a machine of its own, as far as it can see. */
  async function worker(name: string, pools: Pool[], variables: Record<string, string>): Promise<OwnedProcess> {
    const home = join(servers.folder, `home-of-${name}`);
    await mkdir(home, { recursive: true });
    return servers.worker({ name, pools, variables: { ...variables, GRAFTWORK_HOME: home } });
  }

  async function client(bucket: string): Promise<Graftwork> {
    process.env.GRAFTWORK_BUCKET = bucket;
    return Graftwork.connect();
  }

  /** What it says when it begins a stage. */
  const trainings = async ({ launch }: OwnedProcess): Promise<Record<string, unknown>[]> => {
    const lines = (await readFile(launch.log, 'utf8')).split('\n');
    // TensorFlow's native part has a line of its own now and then.
    const own = lines.filter((line) => line.startsWith('{'));
    return own.map((line) => JSON.parse(line) as Record<string, unknown>).filter(({ msg }) => msg === 'training');
  };

  const digest = async (graftwork: Graftwork, run: RunHandle): Promise<string> => {
    const { model } = await run.result();
    assert.ok(model);
    return (await graftwork.models.card(model.name, model.version)).parameters.sha256;
  };

  test('a run is seen: in metrics, in one trace from client to engine, and in logs that say whose they are', async () => {
    const { ports } = held;
    const traces = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint, OTEL_BSP_SCHEDULE_DELAY: '200' };
    const shared = { ...traces, GRAFTWORK_BUCKET: 'undisturbed' };
    const workers = await Promise.all([
      worker('seen-others', ['workflow', 'cpu'], {
        ...shared,
        GRAFTWORK_METRICS_ADDRESS: `127.0.0.1:${ports.cpu}`,
      }),
      worker('seen-gpu', ['gpu'], {
        ...shared,
        GRAFTWORK_METRICS_ADDRESS: `127.0.0.1:${ports.gpu}`,
        GRAFTWORK_HEALTH_ADDRESS: `127.0.0.1:${ports.health}`,
      }),
    ]);
    assert.equal((await fetch(`http://127.0.0.1:${ports.health}/ready`)).status, 200);
    Object.assign(process.env, traces);
    const graftwork = await client('undisturbed');
    const run = await graftwork.train(tiny, { spec });
    bytes = await digest(graftwork, run);

    const served = await Promise.all(
      [ports.cpu, ports.gpu].map(async (port) => (await fetch(`http://127.0.0.1:${port}/metrics`)).text()),
    );
    const value = (name: string, labels = ''): number => {
      const line = served.flatMap((text) => text.split('\n')).find((one) => one.startsWith(`${name}${labels} `));
      assert.ok(line, `${name}${labels} is served`);
      return Number(line.slice(line.lastIndexOf(' ')));
    };
    const { train, validation, test: tested } = (await run.result()).dataset?.counts ?? assert.fail();
    const images = servedName(metrics.images);
    assert.deepEqual(
      ['ingest', 'preprocess', 'features', 'evaluate'].map((stage) => value(images, `{stage="${stage}"}`)),
      // The test split has no features; of the others there is one view each. The model itself looks at all of them: at those that
      // it was trained on, to know what it is used to.
      [36, 36, train + validation, train + validation + tested],
    );
    // Every picture once an epoch.
    assert.equal(value(images, '{stage="head"}'), epochs.head * train);
    assert.equal(value(images, '{stage="fine-tune"}'), epochs.fineTune * train);
    assert.equal(
      value(`${servedName(metrics.step)}_count`, '{stage="fine-tune"}'),
      epochs.fineTune * Math.ceil(train / 4),
    );
    assert.ok(value(`${servedName(metrics.checkpointSeconds)}_count`) >= 1);
    assert.ok(value(servedName(metrics.checkpointBytes)) > 1000);
    assert.equal(value(servedName(metrics.results), '{outcome="made",stage="head"}'), 1);
    assert.equal(value(servedName(metrics.slots)), 1);
    assert.equal(value(servedName(metrics.busySlots)), 0);
    assert.equal(value(servedName(metrics.checkpointAge), '{slot="0"}'), 0);
    // Temporal's own, beside ours: those that the dashboard and the alerts ask for, with the labels they ask by.
    const seriesLines = served.flatMap((text) => text.split('\n'));
    for (const selector of watchedSelectors().filter(({ name }) => name.startsWith('temporal_'))) {
      const failing = /_fail(ed|ure)_total$/.test(selector.name);
      assert.ok(failing || isServed(selector, seriesLines), `${selector.name} is served: ${selector.expression}`);
    }

    await graftwork[Symbol.asyncDispose]();
    for (const name of Object.keys(traces)) delete process.env[name];
    // One that is killed sends no spans.
    for (const one of workers) one.signal('SIGTERM');
    await Promise.all(workers.map(({ exited }) => exited));
    const named = (name: string): SpanSeen[] => collector.spans.filter((span) => span.name === name);
    await eventually('the spans are there', async () => named('RunWorkflow:transferLearning').length > 0);
    const [root] = named('graftwork train');
    assert.ok(root);
    assert.equal(root.attributes['graftwork.run'], run.id);
    const checkpoint = named('checkpoint').at(-1);
    assert.ok(checkpoint);
    assert.deepEqual(collector.pathTo(checkpoint), [
      'graftwork train',
      'StartWorkflow:transferLearning',
      'RunWorkflow:transferLearning',
      'StartActivity:trainStage',
      'RunActivity:trainStage',
      'engine trainStage',
      'checkpoint',
    ]);
    assert.deepEqual(
      named('engine trainStage').map(({ service, attributes }) => [service, attributes['graftwork.stage']]),
      [
        ['graftwork-engine', 'head'],
        ['graftwork-engine', 'fine-tune-1'],
      ],
    );
    assert.deepEqual(
      collector.spans.filter(({ trace }) => trace !== root.trace).map(({ name }) => name),
      [],
      'all that was received is of the one trace',
    );

    assert.deepEqual(
      (await Promise.all(workers.map(trainings)))
        .flat()
        .map((line) => [line.run, line.stage, line.attempt, line.trace_id]),
      [
        [run.id, 'head', 1, root.trace],
        [run.id, 'fine-tune-1', 1, root.trace],
      ],
    );
  });

  test('workers lost, added and replaced while it is under way: the run ends with the bytes of the undisturbed one', async () => {
    const start = (pool: Pool, name: string, variables: Record<string, string> = {}): Promise<OwnedProcess> =>
      worker(`${pool}-${name}`, [pool], { ...variables, GRAFTWORK_BUCKET: 'disturbed' });
    const [workflow, cpu, gpu] = await Promise.all([
      start('workflow', 'first'),
      start('cpu', 'first'),
      start('gpu', 'first'),
    ]);
    const graftwork = await client('disturbed');
    const run = await graftwork.train(tiny, { spec });
    const until = async (seen: (status: RunStatus) => boolean): Promise<void> => {
      for await (const status of run.watch({ everyMs: 50 })) if (seen(status)) return;
      assert.fail('the run ended before it was disturbed');
    };
    await until(({ activities }) => activities.some(({ progress }) => engineStages.includes(progress?.stage ?? '')));
    // What is left of the run takes seconds, three workers on a loaded machine take longer.
    const [engine] = await enginesOf(gpu.pid);
    assert.ok(engine !== undefined);
    process.kill(engine, 'SIGSTOP');
    const [, , upgraded] = await Promise.all([
      start('workflow', 'added'),
      start('cpu', 'added', { GRAFTWORK_METRICS_ADDRESS: `127.0.0.1:${held.ports.later}` }),
      start('gpu', 'upgraded'),
    ]);
    process.kill(engine, 'SIGCONT');
    await until(({ activities }) =>
      activities.some(
        ({ progress }) => progress?.stage === 'fine-tune-1' && progress.unit === 'steps' && progress.done > 3,
      ),
    );
    const [holder] = await servers.holders(run.id);
    const old = [gpu, upgraded].find(({ pid }) => pid === holder);
    assert.ok(old, 'one of the two has it');
    const [training] = await enginesOf(old.pid);
    assert.ok(training !== undefined);
    process.kill(training, 'SIGSTOP');
    // Lost without a word: a process that decided, and one that made pixels.
    await Promise.all([workflow.kill(), cpu.kill()]);
    // Replaced while it trains.
    old.signal('SIGTERM');
    await eventually('it hears the stop', () => Promise.resolve(old.lastWords(50).includes('stopping')));
    process.kill(training, 'SIGCONT');
    assert.equal((await old.exited).code, 0);

    assert.equal(await digest(graftwork, run), bytes);
    const other = old === gpu ? upgraded : gpu;
    const last = (await trainings(other)).at(-1);
    assert.deepEqual([last?.stage, last?.attempt], ['fine-tune-1', 2], 'the other one has taken over');
    const fineTune = (await run.result()).stages.find(({ name }) => name === 'fine-tune-1');
    assert.ok(fineTune?.resumedFrom, 'it went on from a checkpoint');
    await graftwork[Symbol.asyncDispose]();

    // The alert for a worker that does not reach Temporal goes by what such a worker says.
    await servers.servers.kill('temporal');
    const away = alertRules().find(({ alert }) => alert === 'GraftworkTemporalAway');
    const [selector] = watchedSelectors().filter(({ expression }) => expression === away?.expr);
    assert.ok(selector);
    await eventually('it is seen that Temporal is away', async () => {
      const text = await (await fetch(`http://127.0.0.1:${held.ports.later}/metrics`)).text();
      return isServed(selector, text.split('\n'));
    });
  });
});
