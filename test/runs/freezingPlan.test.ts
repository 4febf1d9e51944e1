/** A plan with everything that can be said of freezing and rates, on real photos: trained, stopped, resumed, reused. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { join } from 'node:path';
import { mostPointsSent } from '../../contracts/spec/epochTable.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import { stageResultSchema } from '../../contracts/spec/training.js';
import { dependenciesFor } from '../fixtures/dependencies.js';
import { Pipeline, uploadTree } from '../fixtures/pipeline.js';
import { tinySpec } from '../fixtures/quickSpecs.js';
import { s3Unavailable, startS3Server, type S3Server } from '../s3/s3Server.js';
import { sharedData, sharedDataMissing } from '../fixtures/sharedData.js';

describe('a freezing plan', { skip: s3Unavailable || sharedDataMissing }, () => {
  let server: S3Server;
  let pipeline: Pipeline;

  before(async () => {
    server = await startS3Server();
    await uploadTree(server.store, sharedData('datasets/tiny'), 'tiny');
    pipeline = await Pipeline.begin(dependenciesFor(server.store, join(server.folder, 'machine')), {
      ...tinySpec,
      name: 'tiny',
      dataset: { uri: server.store.uri('tiny') },
      plan: 'gradual',
      head: { epochs: 2, learningRate: 'auto' },
      fineTune: [
        {
          unfreeze: ['blocks.6', 'conv_head.weight'],
          epochs: 12,
          learningRate: 'auto',
          schedule: { kind: 'one-cycle' },
          batchNorm: 'adapt',
        },
      ],
    });
    await pipeline.preprocess();
    await pipeline.features();
  });
  after(() => server.stop());

  test('is written out before anything runs', () => {
    assert.deepEqual(
      pipeline.plan.stages.map((stage) => (stage.kind === 'head' ? [] : stage.trainable)),
      [[], ['conv_head'], ['blocks.6', 'conv_head']],
    );
    assert.equal(pipeline.plan.cut, 'blocks.5');
  });

  test('its head and its steps find their rates, and another run finds their results', async () => {
    const head = await pipeline.train(0, []);
    const { rangeTest } = head.result;
    assert.ok(rangeTest !== undefined && rangeTest.learningRate > 1e-4 && rangeTest.learningRate < 1);
    assert.ok(rangeTest.curve.length <= mostPointsSent);
    const stored = await server.store.getJson(objectKeys.stageResult(head.key), stageResultSchema);
    assert.equal(stored?.rangeTest?.learningRate, rangeTest.learningRate);
    assert.ok((stored.rangeTest?.curve.length ?? 0) > mostPointsSent);

    const stop = new AbortController();
    const began = pipeline.train(1, [head.key], {
      signal: stop.signal,
      // Announced between two epochs, unlike progress, of which a fast machine may report none before the end.
      epochs: () => stop.abort(),
    });
    await assert.rejects(began, { code: 'GW_PREEMPTED' });
    const step = await pipeline.train(1, [head.key]);
    assert.notEqual(step.resumedFrom, null);
    assert.match(step.result.reason, /^(top-1|the loss) decides[^:]*: .* on 4 validation pictures, /);
    assert.ok((step.result.rangeTest?.learningRate ?? 1) < 0.01);
    const again = await pipeline.train(1, [head.key]);
    assert.ok(again.reused);
    assert.deepEqual(again.result, step.result);
  });
});
