import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ImageEntry } from '../../contracts/data/dataset.js';
import { diffDatasets } from './datasetDiff.js';

function image(path: string, sha256: string, label: number, split: ImageEntry['split'] = 'train'): ImageEntry {
  const facts = { bucket: 'b', key: path, etag: 'e', bytes: 1, width: 9, height: 9, perceptualHash: '0'.repeat(16) };
  return { path, sha256, label, split, ...facts };
}

test('added, removed, changed, relabelled and moved images are distinguished', () => {
  const before = {
    classes: ['ants', 'bees'],
    images: [
      image('ants/1.jpg', 'one', 0),
      image('ants/2.jpg', 'two', 0),
      image('ants/3.jpg', 'three', 0),
      image('bees/4.jpg', 'four', 1),
      image('bees/5.jpg', 'five', 1),
    ],
  };
  const after = {
    classes: ['ants', 'bees', 'wasps'],
    images: [
      image('ants/1.jpg', 'one', 0, 'test'),
      image('ants/2.jpg', 'other bytes', 0),
      image('bees/3.jpg', 'three', 1),
      image('bees/4.jpg', 'four', 1),
      image('wasps/6.jpg', 'six', 2),
    ],
  };
  assert.deepEqual(diffDatasets(before, after), {
    added: ['wasps/6.jpg'],
    removed: ['bees/5.jpg'],
    changed: ['ants/2.jpg'],
    relabelled: [{ path: 'bees/3.jpg', from: 'ants', to: 'bees' }],
    moved: [{ path: 'ants/1.jpg', from: 'train', to: 'test' }],
    classesAdded: ['wasps'],
    classesRemoved: [],
  });
});

test('labels are compared by name: a class that comes before others changes nothing for them', () => {
  const before = { classes: ['b', 'c'], images: [image('b/1', 'x', 0)] };
  const after = { classes: ['a', 'b', 'c'], images: [image('b/1', 'x', 1)] };
  assert.deepEqual(diffDatasets(before, after).relabelled, []);
});
