/** Garbage collected on a real stack, beside a run in training and without any days of grace. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { join } from 'node:path';
import type { Graftwork } from '../../client/index.js';
import { clockSlack, type GarbageReport } from '../../storage/garbage/garbageCollector.js';
import { shortStep, tinySpec } from '../fixtures/quickSpecs.js';
import { eventually } from '../stacks/processes.js';
import { runCommand } from '../stacks/runCommand.js';
import { sharedData, sharedDataMissing } from '../fixtures/sharedData.js';
import { StackForTests, stackUnavailable } from '../stacks/stackForTests.js';

const tiny = sharedData('datasets/tiny');

describe('garbage beside a run', { skip: stackUnavailable || sharedDataMissing }, () => {
  let stack: StackForTests;
  let graftwork: Graftwork;

  before(async () => {
    stack = await StackForTests.start();
    graftwork = stack.graftwork;
  });
  after(() => stack.stop());

  test('the run ends as if nothing had been, and so does the next; models stay usable', async () => {
    await (await graftwork.train(tiny, { spec: { ...tinySpec, name: 'first' } })).result();
    let written = 0;
    for await (const { modified } of graftwork.store.list('checkpoints/')) written = Math.max(written, modified);
    const isOld = (): Promise<boolean> => Promise.resolve(Date.now() - written > clockSlack + 1_000);
    await eventually('its checkpoints are older than the clocks may differ', isOld);
    // It ends only on demand.
    const dataset = { splits: { seed: 1 } };
    const endless = { ...tinySpec, name: 'second', dataset, fineTune: [{ epochs: 10_000, ...shortStep }] };
    const run = await graftwork.train(tiny, { spec: endless });
    const fineTuned = async (): Promise<number> => {
      const { activities } = await run.status();
      const progress = activities.map((one) => one.progress).find((one) => one?.stage === 'fine-tune-1');
      return progress?.unit === 'steps' ? progress.done : 0;
    };
    await eventually('it trains', async () => (await fineTuned()) > 4);
    const beside = await graftwork.collectGarbage({ keepDays: 0 });
    assert(beside.removed.checkpoints.objects > 0);
    // Another split seed draws another validation split; the shard of test images is shared, and so it stays.
    assert.equal(beside.removed.pixels.objects, 2);
    const before = await fineTuned();
    await eventually('it trains on', async () => (await fineTuned()) > before + 20);
    await run.finish();
    const result = await run.result();
    assert.equal(result.status, 'completed');

    const { code, stdout } = await runCommand(['gc', '--keep-days', '0', '--json'], { GRAFTWORK_HOME: stack.home });
    assert.equal(code, 0);
    const { removed } = JSON.parse(stdout) as GarbageReport;
    assert(removed.pixels.objects > 0 && removed.features.objects > 0 && removed.plans.objects === 1);
    assert.equal(removed.models.objects + removed.uploads.objects, 0);

    const photo = join(tiny, 'val/roses/11233672494_d8bf0a3dbf_n.jpg');
    for (const model of ['first', 'second']) {
      assert.equal((await graftwork.predict(model, [photo])).predictions.length, 1);
    }
    const again = await (await graftwork.train(tiny, { spec: { ...tinySpec, name: 'first' } })).result();
    const digest = async (version: number) => (await graftwork.models.card('first', version)).parameters.sha256;
    assert.equal(again.model?.version, 2);
    assert.equal(await digest(2), await digest(1));
  });
});
