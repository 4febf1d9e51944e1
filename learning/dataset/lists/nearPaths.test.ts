import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NearPaths } from './nearPaths.js';

function nearest(sought: string, ...there: string[]): string | undefined {
  const near = new NearPaths([sought]);
  for (const path of there) near.offer(path);
  return near.nearest(sought);
}

test('another case, extension, form of letters or folder is near', () => {
  for (const [sought, there] of [
    ['img/a.jpg', 'img/A.JPG'],
    ['img/a', 'img/a.jpg'],
    ['img/a.jpeg', 'img/a.jpg'],
    ['IMG_0.001', 'IMG_0.001.png'],
    ['img/e\u0301.jpg', 'img/\u00e9.png'],
    ['a.jpg', 'images/a.jpg'],
    ['images/a.jpg', 'a.jpg'],
    ['cat/a.jpg', 'photos/all/a.jpg'],
    ['/home/ann/set/img/a.jpg', 'img/a.png'],
    ['imgs\\a.jpg', 'images/a.jpg'],
  ] as const) {
    assert.equal(nearest(sought, 'b.jpg', there, 'aa.jpg'), there, sought);
  }
});

test('the nearest is named, and none where several are as near', () => {
  assert.equal(nearest('a.jpg', 'x/y/a.png', 'a.png'), 'a.png');
  assert.equal(nearest('cat/1.jpg', 'images/dog/1.jpg', 'images/cat/1.jpg'), 'images/cat/1.jpg');
  assert.equal(nearest('1.jpg', 'dog/1.jpg', 'cat/1.jpg'), undefined);
  assert.equal(nearest('a', 'a.png', 'a.jpg'), undefined);
  assert.equal(nearest('a.jpg', 'b.jpg'), undefined);
});

test('a letter left out, added or swapped is near; another number or letter is another picture', () => {
  for (const [sought, there] of [
    ['img/daisy_1.jpg', 'img/dasy_1.png'],
    ['img/dasy_1.jpg', 'img/daisy_1.JPG'],
    ['imgs/daisy.jpg', 'img/daisy.jpg'],
    ['img/dasiy.jpg', 'img/daisy.jpg'],
  ] as const) {
    assert.equal(nearest(sought, 'img/other.jpg', there), there, sought);
  }
  for (const [sought, ...there] of [
    ['img/p1.jpg', 'img/p12.jpg'],
    ['img/p12.jpg', 'img/p21.jpg'],
    ['img/left_a.jpg', 'img/left_b.jpg'],
    ['a.jpg', 'ab.jpg'],
    ['img/rose.jpg', 'img/roses.jpg', 'img/rse.jpg'],
  ] as const) {
    assert.equal(nearest(sought, ...there), undefined, sought);
  }
});
