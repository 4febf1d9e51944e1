/** A plan with everything that can be said of freezing and rates, on real photos: trained, stopped, resumed, reused. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { join } from 'node:path';
import { mostPointsSent } from '../../contracts/spec/stages/epochTable.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import { asFloat32, readSafetensors, writeSafetensors } from '../../learning/arrays/safetensors.js';
import { getBackbone } from '../../learning/backbones/index.js';
import { formulaParameters } from '../../learning/weights/formula.js';
import { stageResultSchema } from '../../contracts/spec/stages/training.js';
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

describe('adapters in all blocks of a transformer', { skip: s3Unavailable || sharedDataMissing }, () => {
  let server: S3Server;
  let pipeline: Pipeline;
  const weights = formulaParameters(getBackbone('vit_tiny_patch16_224'));

  before(async () => {
    server = await startS3Server();
    await uploadTree(server.store, sharedData('datasets/tiny'), 'tiny');
    await server.store.put('weights/vit.safetensors', Buffer.from(writeSafetensors(weights)));
    pipeline = await Pipeline.begin(dependenciesFor(server.store, join(server.folder, 'machine')), {
      ...{ ...tinySpec, name: 'tiny', dataset: { uri: server.store.uri('tiny') } },
      backbone: { name: 'vit_tiny_patch16_224', weights: server.store.uri('weights/vit.safetensors') },
      preprocess: { resize: 36, crop: 32 },
      augmentation: { views: 2, mixup: 0.2 },
      head: { epochs: 2 },
      fineTune: [{ adapter: { kind: 'lora' }, batchSize: 8, epochs: 3, keepBest: false }],
    });
    await pipeline.preprocess();
    await pipeline.features();
  });
  after(() => server.stop());

  test('are stopped and resumed to the same bytes, stored alone, and merged into the model', async () => {
    assert.equal(pipeline.plan.cut, 'tokens');
    const { store } = server;
    const head = await pipeline.train(0, []);
    const stop = new AbortController();
    const began = pipeline.train(1, [head.key], { signal: stop.signal, epochs: () => stop.abort() });
    await assert.rejects(began, { code: 'GW_PREEMPTED' });
    const resumed = await pipeline.train(1, [head.key]);
    assert.notEqual(resumed.resumedFrom, null);
    const { parameters } = resumed.result;
    const stored = await store.get(objectKeys.stageParameters(resumed.key, parameters));
    const { tensors } = readSafetensors(stored, { name: 'adapters' });
    assert.equal(tensors.size, 12 * 4 + 2);
    assert.ok([...tensors.keys()].every((name) => /^(blocks\.\d+\.attn\.(qkv|proj)\.lora_[AB]|head)\./.test(name)));

    await store.delete(objectKeys.stageResult(resumed.key));
    const whole = await pipeline.train(1, [head.key]);
    assert.deepEqual([whole.reused, whole.resumedFrom], [false, null]);
    assert.equal(whole.result.parameters, parameters);

    const { parameters: model } = await pipeline.evaluate([head.key, whole.key]);
    const merged = readSafetensors(await store.get(objectKeys.modelParameters(model.sha256)), {
      name: 'model',
    }).tensors;
    assert.deepEqual([...merged.keys()].sort(), [...weights.keys()].sort());
    const isChanged = (name: string): boolean => {
      const tensor = merged.get(name);
      return tensor === undefined || !asFloat32(tensor).every((value, at) => value === weights.get(name)?.data[at]);
    };
    const changed = [...weights.keys()].filter(isChanged);
    assert.equal(changed.length, 12 * 2 + 2);
    assert.ok(
      changed.every((name) => /(qkv|proj)\.weight$|^head\./.test(name)),
      changed.join(', '),
    );
  });
});
