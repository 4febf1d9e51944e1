/** The registry on a real S3 server. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { GraftworkError } from '../../contracts/errors.js';
import { exportModel } from '../../client/models/exportModel.js';
import { isDamaged, listModels } from '../../cli/commands/modelList.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import { ModelRegistry, parseModelReference } from '../../storage/registry/modelRegistry.js';
import { card, cardDraft } from '../fixtures/cardForTests.js';
import { s3Unavailable, startS3Server } from '../s3/s3Server.js';
import type { S3Server } from '../s3/s3Server.js';

describe('model registry', { skip: s3Unavailable }, () => {
  let server: S3Server;
  let registry: ModelRegistry;
  const register = (name: string, run: string) =>
    registry.register(cardDraft(name, run)).then(({ version }) => version);

  before(async () => {
    server = await startS3Server();
    registry = new ModelRegistry(server.store);
  });
  after(() => server.stop());

  test('versions count up; six runs that register at once get six versions', async () => {
    assert.equal(await register('insects', 'run-0'), 1);
    const versions = await Promise.all(
      Array.from({ length: 6 }, (_, index) => register('insects', `run-${index + 1}`)),
    );
    assert.deepEqual(
      versions.toSorted((a, b) => a - b),
      [2, 3, 4, 5, 6, 7],
    );
    assert.deepEqual(await registry.versions('insects'), [1, 2, 3, 4, 5, 6, 7]);
  });

  test('a run that registers again keeps its version', async () => {
    const first = await register('flowers', 'run-a');
    await register('flowers', 'run-b');
    assert.equal(await register('flowers', 'run-a'), first);
    assert.deepEqual(await registry.versions('flowers'), [1, 2]);
  });

  test('the list shows each name with its latest version; a name is no prefix of another', async () => {
    await register('flowers-2', 'run-c');
    assert.deepEqual(await registry.list(), [
      { name: 'flowers', version: 2 },
      { name: 'flowers-2', version: 1 },
      { name: 'insects', version: 7 },
    ]);
  });

  test('what a person writes is resolved; what is not there is named with the nearest', async () => {
    assert.deepEqual(await registry.resolve('flowers'), { name: 'flowers', version: 2 });
    assert.deepEqual(await registry.resolve('flowers@1'), { name: 'flowers', version: 1 });
    assert.deepEqual(await registry.resolve('flowers@latest'), { name: 'flowers', version: 2 });
    assert.equal((await registry.card('flowers', 1)).run, 'run-a');
    assert.equal((await registry.card('flowers', 'latest')).run, 'run-b');
    await assert.rejects(registry.resolve('flower'), { code: 'GW_MODEL_NOT_FOUND', message: /Did you mean “flowers”/ });
    await assert.rejects(registry.resolve('flowers@9'), { code: 'GW_MODEL_NOT_FOUND', message: /its latest is 2/ });
    await assert.rejects(registry.resolve('../flowers'), { code: 'GW_MODEL_NOT_FOUND' });
    assert.throws(() => parseModelReference('flowers@two'), { code: 'GW_MODEL_NOT_FOUND' });
    assert.throws(() => parseModelReference('model:flowers@2'), { remedy: /: flowers@2\.$/ });
  });

  describe('production', () => {
    const by = { by: 'somebody', why: 'a test' };
    const version = (name: string, number: number) => card(name, 'run', number);

    test('when two promote at once, fifty times, one wins and the other gets a conflict; no line is lost', async () => {
      const { production } = registry;
      let refused = 0;
      for (let round = 0; round < 50; round++) {
        const attempts = await Promise.allSettled(
          [1, 2].map((side) =>
            production.promote(version('raced', 2 * round + side), { by: `client ${side}`, why: '' }),
          ),
        );
        const won = attempts.filter(({ status }) => status === 'fulfilled');
        assert.equal(won.length, 1, `round ${round}`);
        for (const attempt of attempts) {
          if (attempt.status === 'fulfilled') continue;
          refused += 1;
          assert.ok(attempt.reason instanceof GraftworkError);
          assert.equal(attempt.reason.code, 'GW_CONFLICT');
          assert.match(attempt.reason.message, /^client [12] put raced@\d+ into production in the meantime/);
        }
      }
      const { history } = (await production.read('raced'))!;
      assert.equal(refused, 50);
      assert.equal(history.length, 50);
      for (const [index, { from }] of history.entries()) assert.equal(from, history[index - 1]?.to ?? null);
    });

    test('a rollback goes one step back each time, and says so when there is none left', async () => {
      const { production } = registry;
      for (const number of [1, 2, 3]) await production.promote(version('stepped', number), by);
      assert.equal((await production.rollback('stepped', by)).version, 2);
      assert.equal((await production.rollback('stepped', by)).version, 1);
      await assert.rejects(production.rollback('stepped', by), { code: 'GW_MODEL_NOT_FOUND' });
      await production.promote(version('stepped', 4), by);
      assert.equal((await production.rollback('stepped', by)).version, 1);
      await assert.rejects(production.rollback('nobody', by), { code: 'GW_MODEL_NOT_FOUND' });
    });

    test('a move is refused when another version is in production than was expected, or somebody was faster', async () => {
      const { production } = registry;
      await production.promote(version('guarded', 1), by, { expected: null });
      await assert.rejects(production.promote(version('guarded', 2), by, { expected: null }), { code: 'GW_CONFLICT' });
      const decidedAt = Date.now() - 60_000;
      await assert.rejects(production.promote(version('guarded', 2), by, { decidedAt }), { code: 'GW_CONFLICT' });
      await production.promote(version('guarded', 2), by, { expected: 1 });
      // What is there already is no change, and no line.
      const again = await production.promote(version('guarded', 2), by, { expected: 1 });
      assert.deepEqual(
        again.history.map(({ to }) => to),
        [1, 2],
      );
    });

    test('a name means the version in production, and the latest where there is none', async () => {
      for (const run of ['x', 'y']) await registry.register(cardDraft('served', run));
      assert.equal((await registry.resolve('served')).version, 2);
      await assert.rejects(registry.resolve('served@production'), {
        code: 'GW_MODEL_NOT_FOUND',
        message: /in production/,
      });
      await registry.production.promote(version('served', 1), by);
      assert.equal((await registry.resolve('served')).version, 1);
      assert.equal((await registry.resolve('served@production')).version, 1);
      assert.equal((await registry.resolve('served@latest')).version, 2);
      assert.deepEqual(
        (await registry.list()).find(({ name }) => name === 'served'),
        { name: 'served', version: 2 },
      );
    });
  });

  test('all versions of one model are listed, the newest first; an unknown name is an error that names the nearest', async () => {
    await register('beetles', 'run-1');
    await register('beetles', 'run-2');
    const listed = await listModels(registry, 'beetles');
    assert.deepEqual(
      listed.map(({ version }) => version),
      [2, 1],
    );
    await assert.rejects(listModels(registry, 'beetle'), { code: 'GW_MODEL_NOT_FOUND', message: /“beetles”/ });
  });

  test('one damaged card or pointer is listed as such, with its remedy, beside all other models', async () => {
    const store = await server.bucket('damaged');
    const damagedRegistry = new ModelRegistry(store);
    for (const name of ['ants', 'bees', 'wasps']) {
      await damagedRegistry.register(cardDraft(name, `run-${name}`));
    }
    await store.put(objectKeys.modelCard('bees', 1), 'damaged');
    await store.put(objectKeys.production('wasps'), 'damaged');
    const [ants, bees, wasps] = await listModels(damagedRegistry);
    assert(ants !== undefined && !isDamaged(ants));
    assert.deepEqual([ants.name, ants.production, ants.classes, ants.top1], ['ants', null, 2, 1]);
    assert(bees !== undefined && isDamaged(bees) && wasps !== undefined && isDamaged(wasps));
    assert(
      bees.error.message.includes(`${store.uri('models/bees/versions/1/card.json')} is damaged`),
      bees.error.message,
    );
    assert.match(bees.error.remedy ?? '', /backup.*If you delete it, bees@1 is no longer in the registry/);
    assert.match(wasps.error.message, /wasps\/production\.json/);
    assert.match(wasps.error.remedy ?? '', /its history is lost/);
  });

  test('parameters that are gone or damaged are reported as such, and nothing is exported', async () => {
    const out = join(tmpdir(), `graftwork-not-exported-${process.pid}`);
    const asked = exportModel(server.store, card('lost', 'run-x', 1), { format: 'onnx', out });
    await assert.rejects(asked, { code: 'GW_CORRUPT', message: /parameters of lost@1 are gone/ });
    await server.store.put(objectKeys.modelParameters(card('lost', 'run-x', 1).parameters.sha256), 'other bytes');
    const again = exportModel(server.store, card('lost', 'run-x', 1), { format: 'onnx', out });
    await assert.rejects(again, { code: 'GW_CORRUPT', message: /lost@1 are damaged/ });
    assert.equal(existsSync(out), false);
  });
});
