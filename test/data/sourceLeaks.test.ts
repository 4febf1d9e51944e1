/** Which test pictures the model that a run started from has met: asked of a real bucket. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { modelLeaks } from '../../client/report/leaks/modelLeaks.js';
import { sourceLeaks } from '../../client/report/leaks/sourceLeaks.js';
import { leakNotes } from '../../client/report/verdict.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import { ModelRegistry } from '../../storage/registry/modelRegistry.js';
import { digest, registerModel, writeDataset } from '../fixtures/modelsForTests.js';
import { s3Unavailable, startS3Server, type S3Server } from '../s3/s3Server.js';

describe('leaks of the source', { skip: s3Unavailable }, () => {
  let server: S3Server;
  before(async () => {
    server = await startS3Server();
  });
  after(() => server.stop());

  test('what it or a model before it was trained or validated on, as long as their lists are there', async () => {
    await writeDataset(server.store, 'a', [
      ['1', 'train'],
      ['2', 'validation'],
      ['3', 'test'],
    ]);
    await writeDataset(server.store, 'b', [['4', 'train']]);
    const own = await writeDataset(server.store, 'c', [
      ['1', 'test'],
      ['2', 'test'],
      ['3', 'test'],
      ['4', 'test'],
      ['5', 'train'],
    ]);
    await registerModel(server.store, 'first', { dataset: 'a' });
    await registerModel(server.store, 'second', { dataset: 'b', weights: 'model:first@1' });
    const notes: string[] = [];
    const ask = async (name: string, manifest = own) => {
      const { paths, isWhole } = await sourceLeaks(server.store, name, manifest, (note) => notes.push(note));
      return [[...paths], isWhole];
    };
    assert.deepEqual(await ask('first@1'), [['test/1.jpg', 'test/2.jpg'], true]);
    assert.deepEqual(await ask('second@1'), [['test/1.jpg', 'test/2.jpg', 'test/4.jpg'], true]);
    assert.deepEqual(notes, []);
    // What an exported card says of a model's own test, with its source.
    const leaksOf = async (name: string) => {
      const { paths, isWhole } = await modelLeaks(server.store, await new ModelRegistry(server.store).card(name, 1));
      return [[...paths], isWhole];
    };
    await registerModel(server.store, 'tested', { dataset: 'c', weights: 'model:first@1' });
    assert.deepEqual(await leaksOf('first'), [[], true]);
    assert.deepEqual(await leaksOf('tested'), [['test/1.jpg', 'test/2.jpg'], true]);
    const tested = await new ModelRegistry(server.store).card('tested', 1);
    const [said] = leakNotes(await modelLeaks(server.store, tested));
    assert.match(
      said ?? '',
      /^2 test pictures were also used, .* \(by first@1, which the run started from\): the figure is probably/,
    );
    const redactions = [{ sha256: digest('9'), split: 'test' as const, label: 0, position: 0, bytes: 1 }];
    assert.deepEqual(await ask('first@1', { ...own, redactions }), [['test/1.jpg', 'test/2.jpg'], false]);
    await server.store.delete(objectKeys.datasetManifest(digest('a')));
    assert.deepEqual(await ask('second@1'), [['test/4.jpg'], false]);
    assert.deepEqual(await leaksOf('first'), [[], false]);
    assert.deepEqual(await leaksOf('tested'), [[], false]);
    assert.match(notes.join(), /The training pictures of first@1 are no longer known: There is no dataset version a/);
    await assert.rejects(ask('third@1'), { code: 'GW_MODEL_NOT_FOUND' });
  });
});
