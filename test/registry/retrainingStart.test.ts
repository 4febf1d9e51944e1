/** Where a retraining starts from, and a decision carried out twice: asked of a real bucket. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import sharp from 'sharp';
import { ingestDataset } from '../../activities/ingest/ingestDataset.js';
import { planRetraining } from '../../activities/production/planRetraining.js';
import { settlePromotion } from '../../activities/production/settlePromotion.js';
import type { PromotionOutcome } from '../../contracts/spec/promotion.js';
import { resolveSpec } from '../../contracts/spec/recipes.js';
import type { UserSpec } from '../../contracts/spec/runSpec.js';
import { modelSource } from '../../contracts/spec/sources/sources.js';
import { ModelRegistry } from '../../storage/registry/modelRegistry.js';
import { cardDraft } from '../fixtures/cardForTests.js';
import { dependenciesFor } from '../fixtures/dependencies.js';
import { digest, registerModel, writeDataset } from '../fixtures/modelsForTests.js';
import { callbacks } from '../fixtures/pipeline.js';
import { s3Unavailable, startS3Server, type S3Server } from '../s3/s3Server.js';

describe('a retraining', { skip: s3Unavailable }, () => {
  let server: S3Server;
  let registry: ModelRegistry;
  before(async () => {
    server = await startS3Server();
    registry = new ModelRegistry(server.store);
  });
  after(() => server.stop());

  /** Plans a retraining of `name` on version `b`. */
  async function plan(name: string, backbone: UserSpec['backbone'], compute?: UserSpec['compute']) {
    const spec = resolveSpec({ name, dataset: { uri: 's3://b/p' }, backbone, ...(compute && { compute }) });
    const { classes, version, counts, quarantined, duplicates } = await writeDataset(server.store, 'b', [
      ['1', 'train'],
      ['2', 'test'],
    ]);
    return planRetraining(
      { store: server.store, log: { info: () => undefined, warn: () => undefined } },
      {
        request: { spec, warmStart: true, notify: null },
        dataset: { classes, version, counts, quarantined, duplicates, reused: false },
      },
      { signal: new AbortController().signal },
    );
  }

  const move = { by: 'ada', why: 'a test' };

  test('starts from production, unless the schedule asks for another network', async () => {
    await writeDataset(server.store, 'a', [['1', 'train']]);
    const birds = await registerModel(server.store, 'birds', { dataset: 'a' });
    const { name, version } = birds;
    await registry.production.promote(birds, move);
    const warm = await plan('birds', { name: 'resnet18' });
    assert.deepEqual(warm.warmStart?.model, { name, version });
    assert.equal(warm.spec.backbone.name, modelSource({ name, version }));
    const other = await plan('birds', { name: 'resnet50' });
    assert.equal(other.warmStart?.model, null);
    assert.equal(other.warmStart.reason, 'the schedule asks for resnet50, but birds@1 is a resnet18');
    assert.equal(other.spec.backbone.name, 'resnet50');
    assert.deepEqual((await plan('birds', { name: 'auto' })).warmStart?.model, { name, version });
  });

  test('makes nothing that is in production already, whichever number format that run has chosen', async () => {
    const draft = cardDraft('made', 'run-of-made');
    const spec = resolveSpec({ name: 'made', dataset: { uri: 's3://b/p' }, backbone: 'resnet18' });
    const made = await registry.register({
      ...draft,
      dataset: { ...draft.dataset, version: digest('b') },
      spec: { ...spec, compute: { dtype: 'bfloat16' } },
    });
    await registry.production.promote(made, move);
    assert.equal((await plan('made', { name: 'resnet18' })).unchanged, true);
    assert.equal((await plan('made', { name: 'resnet18' }, { dtype: 'bfloat16' })).unchanged, true);
    assert.equal((await plan('made', { name: 'resnet18' }, { dtype: 'float32' })).unchanged, false);
    assert.equal((await plan('made', { name: 'resnet34' })).unchanged, false);
  });

  test('starts from production after pictures were added: none of its training pictures is in the new test', async () => {
    const dataset = resolveSpec({ dataset: { uri: server.store.uri('growing') } }).dataset;
    const dependencies = dependenciesFor(server.store, server.folder);
    const grow = async (from: number, to: number) => {
      for (let number = from; number < to; number += 1) {
        const color = { r: number, g: 255 - number, b: 7 * (number % 30) };
        const picture = sharp({ create: { width: 16, height: 16, channels: 3, background: color } }).png();
        await server.store.put(`growing/${number % 2 === 0 ? 'even' : 'odd'}/${number}.png`, await picture.toBuffer());
      }
      return ingestDataset(dependencies, { dataset, seed: to }, callbacks());
    };
    const first = await grow(0, 60);
    const draft = cardDraft('growing', 'run');
    const card = await registry.register({ ...draft, dataset: { ...draft.dataset, version: first.version } });
    await registry.production.promote(card, move);
    let size = 60;
    for (const added of [6, 7, 13]) {
      const grown = await grow(size, (size += added));
      assert.equal(grown.counts.test, Math.round(size * 0.2));
      const spec = resolveSpec({ name: 'growing', dataset: { uri: dataset.uri }, backbone: { name: 'resnet18' } });
      const request = { spec: { ...spec, seed: size }, warmStart: true, notify: null };
      const known = { ...grown, classes: card.classes };
      const planned = await planRetraining(dependencies, { request, dataset: known }, callbacks());
      assert.deepEqual(planned.warmStart, {
        model: { name: 'growing', version: 1 },
        reason: 'growing@1 is in production',
      });
    }
  });

  test('does not go on from a model that has learnt what was forgotten, itself or through its parent', async () => {
    const redaction = { sha256: digest('9'), label: 0, position: 0, bytes: 1 };
    await writeDataset(server.store, 'c', [['3', 'train']], { redactions: [{ ...redaction, split: 'train' }] });
    await writeDataset(server.store, 'd', [['4', 'train']], { redactions: [{ ...redaction, split: 'test' }] });
    const parent = await registerModel(server.store, 'parent', { dataset: 'c' });
    const tested = await registerModel(server.store, 'tested', { dataset: 'd' });
    const source = { weights: modelSource(parent), sha256: parent.parameters.sha256 };
    const later = '2026-01-02T00:00:00.000Z';
    const child = await registerModel(server.store, 'child', { dataset: 'd', ...source }, later);
    for (const model of [parent, tested, child]) await registry.production.promote(model, move);
    const starts = [];
    for (const { name } of [parent, child, tested]) starts.push((await plan(name, { name: 'resnet18' })).warmStart);
    const forgotten = 'parent@1 learned from a picture that has since been forgotten';
    assert.deepEqual(starts, [
      { model: null, reason: forgotten },
      { model: null, reason: forgotten },
      { model: { name: 'tested', version: 1 }, reason: 'tested@1 is in production' },
    ]);
  });

  test('a promotion that is carried out again leaves a rollback since as it is', async () => {
    const [first, second] = [
      await registerModel(server.store, 'settled', { dataset: 'a', run: 'one' }),
      await registerModel(server.store, 'settled', { dataset: 'a', run: 'two' }),
    ];
    await registry.production.promote(first, move);
    const reference = ({ name, version }: typeof first) => ({ name, version });
    const outcome: PromotionOutcome = {
      ...{ status: 'promoted', by: 'gate', reason: 'clearly better' },
      gate: {
        ...{ format: 1, challenger: reference(second), champion: reference(first), comparison: null },
        ...{ limits: [], verdict: 'better', passes: true, reason: 'clearly better' },
      },
    };
    assert.equal((await settlePromotion({ store: server.store }, { outcome })).status, 'promoted');
    await registry.production.rollback('settled', { by: 'ben', why: 'it was wrong about owls' });
    assert.equal((await settlePromotion({ store: server.store }, { outcome })).status, 'promoted');
    const production = await registry.production.read('settled');
    assert.deepEqual([production?.version, production?.history.length], [1, 3]);
  });

  test('a run that is reset asks the gate again, which takes back no word of a person and no promotion', async () => {
    const model = await registerModel(server.store, 'asked', { dataset: 'a', run: 'one' });
    const challenger = { name: model.name, version: model.version };
    const first: PromotionOutcome['gate'] = {
      ...{ format: 1, challenger, champion: null, comparison: null, limits: [] },
      ...{ verdict: 'first', passes: true, reason: 'nothing was in production' },
    };
    const settle = (outcome: Omit<PromotionOutcome, 'gate'>) =>
      settlePromotion({ store: server.store }, { outcome: { ...outcome, gate: first } });
    const waiting = { status: 'waiting', by: 'gate', reason: first.reason } as const;
    assert.equal((await settle(waiting)).status, 'waiting');
    assert.equal((await settle(waiting)).status, 'waiting', 'nobody has answered');
    await settle({ status: 'expired', by: 'nobody', reason: 'nobody answered within 7 days' });
    assert.equal((await settle(waiting)).status, 'waiting', 'nobody’s word is asked for again');
    const rejected = await settle({ status: 'rejected', by: 'ada', reason: 'blurred' });
    for (const status of ['waiting', 'refused', 'promoted'] as const) {
      assert.deepEqual(await settle({ ...waiting, status }), rejected);
    }
    assert.deepEqual(await registry.decision(challenger), rejected);
    assert.equal(await registry.production.read('asked'), undefined);
    const approved = await settle({ status: 'promoted', by: 'ben', reason: 'sharp enough' });
    assert.deepEqual(await settle(waiting), approved, 'the last word stands');

    const other = await registerModel(server.store, 'unasked', { dataset: 'a', run: 'two' });
    const better = { ...first, challenger: { name: other.name, version: other.version }, reason: 'clearly better' };
    const promoted = { status: 'promoted', by: 'gate', reason: 'clearly better', gate: better } as const;
    await settlePromotion({ store: server.store }, { outcome: promoted });
    const again = { ...promoted, reason: 'nothing was in production' };
    assert.equal((await settlePromotion({ store: server.store }, { outcome: again })).reason, 'clearly better');
  });
});
