import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { ImageList, type ListedImage } from './imageList.js';

function image(index: number): ListedImage {
  const path = `train/${index % 7}/größe ${index}.jpg`;
  const sha256 = createHash('sha256').update(path).digest('hex');
  const facts = { etag: sha256.slice(0, 32), sha256, bytes: 1000 * index, label: index % 7 };
  if (index % 3 > 0) return { path, bucket: 'photos', key: `some/folder/${path}`, ...facts };
  return { path: `s3://elsewhere/${path}`, bucket: 'elsewhere', key: path, ...facts };
}

test('a list gives back every image as it was put in, whether its key ends in its path or its path is its address', () => {
  const images = Array.from({ length: 40_000 }, (_, index) => image(index));
  const list = new ImageList();
  for (const each of images) list.push(each);
  assert.equal(list.length, images.length);
  for (const index of [0, 1, 32_767, 32_768, 39_999]) assert.deepEqual(list.at(index), images[index]);
  assert.deepEqual(list.slice(39_990, 40_010), images.slice(39_990, 40_010));
  assert.deepEqual(
    list.map(({ label }) => label),
    images.map(({ label }) => label),
  );
  assert.throws(() => list.at(40_000), RangeError);
});
