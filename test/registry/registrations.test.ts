/** Which number a model gets, for ever, and what is in production when cards are deleted or replaced: on an S3 server in memory. */
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { compareToProduction } from '../../activities/production/compareToProduction.js';
import type { ActivityDependencies } from '../../activities/shared/dependencies.js';
import { planRetraining } from '../../activities/production/planRetraining.js';
import { settlePromotion } from '../../activities/production/settlePromotion.js';
import { isDamaged, listModels } from '../../cli/commands/modelList.js';
import type { ModelCard } from '../../contracts/models/modelCard.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import { promotionPolicySchema, type PromotionOutcome } from '../../contracts/spec/promotion.js';
import { resolveSpec } from '../../contracts/spec/recipes.js';
import { collectGarbage } from '../../storage/garbage/garbageCollector.js';
import { ModelRegistry, type CardDraft } from '../../storage/registry/modelRegistry.js';
import type { ObjectStore } from '../../storage/objects/objectStore.js';
import { cardDraft } from '../fixtures/cardForTests.js';
import { recordOf } from './registryFixtures.js';
import { TransferRecords } from '../../storage/registry/transferRecords.js';
import { MemoryS3, type FateOf } from '../s3/memoryS3.js';
import { digest, writeDataset } from '../fixtures/modelsForTests.js';
import { callbacks } from '../fixtures/pipeline.js';

const move = { by: 'ada', why: 'a test' };

/** @param mark the digit of the parameters' digest */
function draft(run: string, mark: string): CardDraft {
  const base = cardDraft('birds', run);
  return { ...base, parameters: { ...base.parameters, sha256: digest(mark) } };
}

class Moment {
  come: () => void = () => undefined;
  readonly came = new Promise<void>((resolve) => (this.come = resolve));
}

describe('registrations', () => {
  let s3: MemoryS3;
  let store: ObjectStore;
  let registry: ModelRegistry;
  beforeEach(() => {
    s3 = new MemoryS3();
    store = s3.store();
    registry = new ModelRegistry(store);
  });

  test('a run that was reset and made other parameters gets a version of its own; the same model keeps its version', async () => {
    const first = await registry.register(draft('run', 'a'));
    const changed = await registry.register(draft('run', 'b'));
    assert.deepEqual([first.version, changed.version], [1, 2]);
    assert.equal(changed.parameters.sha256, digest('b'));
    assert.equal((await registry.register(draft('run', 'a'))).version, 1);
    const measuredAnew = { ...draft('run', 'a'), keys: { plan: digest('1'), evaluation: digest('2') } };
    assert.equal((await registry.register(measuredAnew)).version, 3);
  });

  test('a run that registered fifty versions ago still has its version', async () => {
    await registry.register(draft('run', 'a'));
    for (let index = 0; index < 50; index++) await registry.register(draft(`run-${index}`, 'b'));
    assert.equal((await registry.register(draft('run', 'a'))).version, 1);
    assert.equal((await registry.versions('birds')).length, 51);
  });

  test('an attempt that sleeps before any of its writes gets the version of the one that went on', async () => {
    for (let asleep = 0; asleep < 3; asleep++) {
      const server = new MemoryS3();
      await new ModelRegistry(server.store()).register(draft('another', 'c'));
      const [asleepNow, alarm] = [new Moment(), new Moment()];
      let writes = 0;
      const sleeping: FateOf = async ({ operation }) => {
        if (operation !== 'PutObject' || writes++ !== asleep) return 'served';
        asleepNow.come();
        await alarm.came;
        return 'served';
      };
      const late = new ModelRegistry(server.store('graftwork', sleeping)).register(draft('run', 'a'));
      await asleepNow.came;
      const awake = new ModelRegistry(server.store());
      assert.equal((await awake.register(draft('run', 'a'))).version, 2);
      await awake.register(draft('later', 'b'));
      alarm.come();
      assert.equal((await late).version, 2);
      assert.deepEqual(await awake.versions('birds'), [1, 2, 3]);
    }
  });

  test('a number is not given again when its card is deleted, by whatever hand and however often', async () => {
    for (const [index, mark] of ['a', 'b', 'c'].entries()) {
      const { version } = await registry.register(draft(`run-${mark}`, mark));
      assert.equal(version, index + 1);
      await store.delete(objectKeys.modelCard('birds', version));
    }
    await store.put(objectKeys.modelNumber('birds', 3), 'damaged');
    assert.equal((await registry.register(draft('run-d', 'd'))).version, 4);
  });

  test('a deleted or damaged card is written again, at its number, when its run registers again', async () => {
    const { version } = await registry.register(draft('run', 'a'));
    const key = objectKeys.modelCard('birds', version);
    await store.put(key, 'damaged');
    await registry.register(draft('run', 'a'));
    assert.equal((await registry.card('birds', 1)).run, 'run');
    await store.delete(key);
    assert.equal((await registry.register(draft('run', 'a'))).version, 1);
    await store.put(objectKeys.modelNumber('birds', 1), 'damaged');
    for (const { key: registration } of await objectsBelow('models/birds/versions/registrations/')) {
      await store.put(registration, 'damaged');
    }
    assert.equal((await registry.register(draft('run', 'a'))).version, 1);
    assert.deepEqual(await registry.versions('birds'), [1]);
  });

  test('numbers that an older Graftwork gave count: of cards, decisions, production, records; its runs keep theirs', async () => {
    const older = { ...draft('older', 'a'), version: 7 };
    await store.putJson(objectKeys.modelCard('birds', 7), older);
    assert.equal((await registry.register(draft('older', 'a'))).version, 7);
    for (const [name, key] of [
      ['decided', objectKeys.modelDecision('decided', 7)],
      ['retrained', objectKeys.retraining('retrained')],
      ['served', objectKeys.production('served')],
    ] as const) {
      const line = { at: '', by: 'ada', why: '', kind: 'promotion', from: null, to: 7 };
      await store.putJson(
        key,
        {
          decided: {},
          retrained: {
            format: 1,
            datasetVersion: digest('1'),
            settings: digest('2'),
            run: 'r',
            model: { name, version: 7 },
          },
          served: { format: 1, name, version: 7, history: [line] },
        }[name],
      );
      assert.equal((await registry.register({ ...draft('run', 'b'), name })).version, 8, name);
    }
  });

  test('a number that only records name is not given again after an older run has claimed its own', async () => {
    for (const version of [1, 2]) {
      await store.putJson(objectKeys.modelCard('birds', version), { ...draft(`older-${version}`, 'a'), version });
    }
    // The card of birds@3 was deleted; what its run left says that there was one.
    await new TransferRecords(store).write(recordOf({ ...draft('older-3', 'a'), version: 3 }));
    assert.equal((await registry.register(draft('older-2', 'a'))).version, 2);
    assert.equal((await registry.register(draft('run', 'b'))).version, 4);
  });

  test('a registration that is gone is known by its number, and its run gets no second version', async () => {
    assert.equal((await registry.register(draft('run', 'a'))).version, 1);
    await registry.register(draft('later', 'b'));
    for (const { key } of await objectsBelow('models/birds/versions/registrations/')) await store.delete(key);
    assert.equal((await registry.register(draft('run', 'a'))).version, 1);
    assert.deepEqual(await registry.versions('birds'), [1, 2]);
  });

  async function objectsBelow(prefix: string): Promise<{ key: string }[]> {
    const found: { key: string }[] = [];
    for await (const object of store.list(prefix)) found.push(object);
    return found;
  }

  describe('in production', () => {
    let serving: ModelCard;
    beforeEach(async () => {
      await writeDataset(store, 'a', [['1', 'train']]);
      serving = await registry.register(draft('run', 'a'));
      await registry.production.promote(serving, move);
    });

    /** What is asked by the gate, the next retraining, and everybody who names the model alone. */
    async function assertNoticed(message: RegExp): Promise<void> {
      const noticed = { code: 'GW_CORRUPT', message, remedy: /models promote birds@<version>/ };
      const dependencies = { store } as ActivityDependencies;
      const next = await registry.register(draft('next', 'b'));
      const asked = {
        model: { name: 'birds', version: next.version },
        policy: promotionPolicySchema.parse({}),
        halvings: 0,
      };
      const caller = { run: 'next', attempt: 1 };
      await assert.rejects(compareToProduction(dependencies, asked, caller, callbacks()), noticed);
      const spec = resolveSpec({ name: 'birds', dataset: { uri: 's3://b/p' }, backbone: { name: 'resnet18' } });
      const dataset = { ...(await writeDataset(store, 'b', [['2', 'train']])), reused: false };
      const request = { spec, warmStart: true, notify: null };
      await assert.rejects(planRetraining(dependencies, { request, dataset }, callbacks()), noticed);
      for (const name of ['birds', 'birds@production']) await assert.rejects(registry.resolve(name), noticed);
      // The other versions are as sound as they were: a person chooses among them.
      const rows = await listModels(registry);
      assert.deepEqual(
        rows.map((row) => [row.version, isDamaged(row)]),
        [
          [next.version, false],
          [1, true],
        ],
      );
      const [, listed] = rows;
      assert(listed !== undefined && isDamaged(listed));
      assert.match(listed.error.message, message);
      // As the remedy says.
      await registry.production.promote(next, move);
      assert.deepEqual(await registry.resolve('birds'), { name: 'birds', version: next.version });
    }

    test('a card that is gone is noticed by all who look at what serves, and the next model is judged', async () => {
      await store.delete(objectKeys.modelCard('birds', 1));
      await assertNoticed(/birds@1 is in production, but its card is gone/);
    });

    test('another card at the number of the one that serves is noticed, and not taken for it', async () => {
      await store.putJson(objectKeys.modelCard('birds', 1), {
        ...serving,
        parameters: { ...serving.parameters, sha256: digest('f') },
      });
      await assertNoticed(/The card of birds@1 is not the one that was put into production/);
    });

    test('the parameters of what serves are not collected when its card is gone, so that it can be put back', async () => {
      const key = objectKeys.modelParameters(digest('a'));
      await store.put(key, 'parameters');
      await store.delete(objectKeys.modelCard('birds', 1));
      const runsInProgress = async () => ({
        digests: new Set<string>(),
        predictions: new Set<string>(),
        since: undefined,
      });
      await collectGarbage(store, { runsInProgress, keepFor: 0, dryRun: false, now: Date.now() + 60_000 });
      assert(await store.exists(key));
    });

    test('the pointer and each line hold the digest of what was put there, and a rollback brings it back', async () => {
      const next = await registry.register(draft('next', 'b'));
      const promoted = await registry.production.promote(next, move);
      assert.equal(promoted.parameters, digest('b'));
      const back = await registry.production.rollback('birds', move);
      assert.deepEqual([back.version, back.parameters], [1, digest('a')]);
      assert.deepEqual(
        back.history.map(({ parameters }) => parameters),
        [digest('a'), digest('b'), digest('a')],
      );
    });

    test('a pointer from before there were digests is read, moved and rolled back to', async () => {
      const line = { at: '2025-01-01T00:00:00.000Z', by: 'ada', why: '', kind: 'promotion', from: null, to: 1 };
      await store.putJson(objectKeys.production('birds'), { format: 1, name: 'birds', version: 1, history: [line] });
      assert.equal((await registry.serving('birds'))?.card.version, 1);
      await registry.production.promote(await registry.register(draft('next', 'b')), move);
      const back = await registry.production.rollback('birds', move);
      assert.deepEqual([back.version, back.parameters], [1, undefined]);
    });

    test('a move whose answer was lost, and upon which another was made, counts as made', async () => {
      const next = await registry.register(draft('next', 'b'));
      const third = await registry.register(draft('third', 'c'));
      let sent = 0;
      const losing: FateOf = async ({ operation }) => {
        if (operation !== 'PutObject') return 'served';
        if (sent++ === 0) return 'lost-answer';
        await registry.production.promote(third, { by: 'ben', why: 'faster' });
        return 'served';
      };
      const moved = await new ModelRegistry(s3.store('graftwork', losing)).production.promote(next, move);
      assert.deepEqual(
        moved.history.map(({ to }) => to),
        [1, 2, 3],
      );
    });

    test("a wait that nobody answers takes no person's word back", async () => {
      await registry.register(draft('next', 'b'));
      const challenger = { name: 'birds', version: 2 };
      const settle = (status: PromotionOutcome['status'], by: string): Promise<PromotionOutcome> =>
        settlePromotion(
          { store },
          {
            outcome: {
              ...{ status, by, reason: 'a test' },
              gate: {
                ...{ format: 1, challenger, champion: { name: 'birds', version: 1 }, comparison: null },
                ...{ limits: [], verdict: 'better', passes: true, reason: 'clearly better' },
              },
            },
          },
        );
      assert.equal((await settle('waiting', 'gate')).status, 'waiting');
      assert.equal((await settle('rejected', 'ada')).status, 'rejected');
      const late = await settle('expired', 'nobody');
      assert.deepEqual([late.status, late.by], ['rejected', 'ada']);
      assert.equal((await registry.decision(challenger))?.status, 'rejected');
    });

    test('a decision is carried out for the card there is, and says when there is none', async () => {
      const challenger = { name: 'birds', version: 9 };
      const outcome: PromotionOutcome = {
        ...{ status: 'promoted', by: 'gate', reason: 'clearly better' },
        gate: {
          ...{ format: 1, challenger, champion: { name: 'birds', version: 1 }, comparison: null },
          ...{ limits: [], verdict: 'better', passes: true, reason: 'clearly better' },
        },
      };
      await assert.rejects(settlePromotion({ store }, { outcome }), { code: 'GW_MODEL_NOT_FOUND' });
      assert.equal((await registry.production.read('birds'))?.version, 1);
    });
  });
});
