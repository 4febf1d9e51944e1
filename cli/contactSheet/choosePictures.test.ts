import assert from 'node:assert/strict';
import { test } from 'node:test';
import { choosePictures } from './choosePictures.js';

const folder = (name: string, count: number) =>
  Array.from({ length: count }, (_, index) => ({ path: `${name}/${String(index)}.jpg` }));
const chosen = (pictures: { path: string }[], count: number) => choosePictures(pictures, count).map(({ path }) => path);

test('some of every class, spread over it', () => {
  assert.deepEqual(chosen([...folder('a', 10), ...folder('b', 4)], 4), ['a/0.jpg', 'a/5.jpg', 'b/0.jpg', 'b/2.jpg']);
});

test('where one class has too few, the others make up for it; no more than there are', () => {
  assert.deepEqual(chosen([...folder('a', 1), ...folder('b', 5)], 4), ['a/0.jpg', 'b/0.jpg', 'b/1.jpg', 'b/3.jpg']);
  assert.equal(chosen([...folder('a', 1), ...folder('b', 2)], 9).length, 3);
});

test('of more classes than pictures some, from first to last', () => {
  const many = Array.from({ length: 100 }, (_, index) => folder(`class${String(index).padStart(2, '0')}`, 3)).flat();
  assert.deepEqual(chosen(many, 2), ['class00/0.jpg', 'class50/0.jpg']);
});

test('of a set in splits only training pictures', () => {
  assert.deepEqual(chosen([...folder('set/test/a', 3), ...folder('set/train/a', 1)], 8), ['set/train/a/0.jpg']);
  assert.deepEqual(chosen([...folder('testing/a', 3), ...folder('training/a', 1)], 8), ['training/a/0.jpg']);
});
