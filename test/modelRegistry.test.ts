/** The registry on a real S3 server. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { exportModel } from '../client/exportModel.js';
import { objectKeys } from '../contracts/objectKeys.js';
import { ModelRegistry, parseModelReference } from '../storage/modelRegistry.js';
import { card } from './cardForTests.js';
import { s3Unavailable, startS3Server } from './s3Server.js';
import type { S3Server } from './s3Server.js';

describe('model registry', { skip: s3Unavailable }, () => {
  let server: S3Server;
  let registry: ModelRegistry;
  const register = (name: string, run: string) =>
    registry.register(name, run, (version) => card(name, run, version)).then(({ version }) => version);

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
  });

  test('parameters that are gone or damaged are told as such, and nothing is exported', async () => {
    const out = join(tmpdir(), `graftwork-not-exported-${process.pid}`);
    const asked = exportModel(server.store, card('lost', 'run-x', 1), { format: 'onnx', out });
    await assert.rejects(asked, { code: 'GW_CORRUPT', message: /parameters of lost@1 are gone/ });
    await server.store.put(objectKeys.modelParameters(card('lost', 'run-x', 1).parameters.sha256), 'other bytes');
    const again = exportModel(server.store, card('lost', 'run-x', 1), { format: 'onnx', out });
    await assert.rejects(again, { code: 'GW_CORRUPT', message: /lost@1 are damaged/ });
    assert.equal(existsSync(out), false);
  });
});
