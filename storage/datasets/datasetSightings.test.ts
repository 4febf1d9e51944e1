import assert from 'node:assert/strict';
import { test } from 'node:test';
import { placesOf, rootOf } from './datasetSightings.js';

const bucket = 'photos';
const roots = [{ bucket: 'later', prefix: 'new/' }];
const keys = (image: { path: string; key: string }) => placesOf({ bucket, ...image }, roots).map(({ key }) => key);

const composed = 'ants/\u00e9t\u00e9.jpg';
const decomposed = composed.normalize('NFD');

test('a picture is looked for at the later address, then at its own', () => {
  assert.deepEqual(keys({ path: 'ants/1.jpg', key: 'old/ants/1.jpg' }), ['new/ants/1.jpg', 'old/ants/1.jpg']);
});

test('a picture whose name the list writes otherwise is followed, too, first under the name that it has', () => {
  for (const [path, name] of [
    [composed, decomposed],
    [decomposed, composed],
  ] as const) {
    const found = keys({ path, key: `old/${name}` });
    assert.equal(found[0], `new/${name}`);
    assert.ok(found.includes(`new/${path}`));
    assert.equal(found.at(-1), `old/${name}`);
  }
  assert.equal(keys({ path: 'ants\\1.jpg', key: 'old/ants/1.jpg' })[0], 'new/ants/1.jpg');
});

test('a path that is an address itself is not followed', () => {
  assert.deepEqual(keys({ path: 's3://photos/a.jpg', key: 'a.jpg' }), ['a.jpg']);
});

test('what stands before the paths is found where every name is written otherwise', () => {
  assert.deepEqual(rootOf([{ bucket, path: composed, key: `old/${decomposed}` }]), { bucket, prefix: 'old/' });
  assert.equal(rootOf([{ bucket, path: 's3://photos/a.jpg', key: 'a.jpg' }]), null);
});
