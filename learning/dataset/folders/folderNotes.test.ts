/** What a person reads of folders and files that are not used. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TextColumn } from '../columns/textColumn.js';
import { readImageFolder } from './imageFolder.js';
import { isLeftover, OtherFolders } from './leftovers.js';

test('folders of papers, empty folders and hidden ones are no classes; what may be meant is said', () => {
  const others = new OtherFolders();
  for (const path of [
    'dog/',
    'c/.DS_Store',
    '.hidden/1.jpg',
    '.git/config',
    '@eaDir/',
    'a/.DS_Store',
    'a/@eaDir/x.jpg/y.jpg',
  ]) {
    assert.equal(isLeftover(path), true, path);
    others.add(path);
  }
  const { candidates, notes } = readImageFolder(TextColumn.from(['a/1.jpg', 'b/2.jpg', 'annotations/a.json']), others);
  assert.deepEqual(
    [...candidates].map(({ className }) => className),
    ['a', 'b'],
  );
  assert.deepEqual(notes, [
    'Other files beside the classes are not used: "annotations/a.json".',
    'Folders without pictures are not used: "c", "dog".',
    'Hidden folders are not used: ".hidden".',
  ]);
  assert.deepEqual(others.keepers(), ['.hidden/.keep', 'a/.keep', 'c/.keep', 'dog/.keep']);
});

test('files beside the classes that are no pictures by their names are counted and named; those in a class are looked into', () => {
  const beside = ['README.md', 'labels.csv', 'annotations/1.xml', 'test/about.txt', 'train/notes.txt', 'val/LICENSE'];
  const paths = ['train/a/1.jpg', 'train/a/notes.txt', 'train/b/2.jpg', 'val/a/3.jpg', 'test/4.jpg', ...beside];
  const { candidates, notes, withoutClass } = readImageFolder(TextColumn.from(paths.toSorted()));
  assert.equal(candidates.length, 4, 'the notes of a class are put aside by the ingest');
  assert.deepEqual(withoutClass, []);
  assert.deepEqual(notes, [
    '"test" has no labels: its 1 picture is not in a class folder and is not used.',
    'Other files beside the classes are not used: "README.md", "annotations/1.xml", "labels.csv", "test/about.txt", "train/notes.txt" and 1 more.',
  ]);
});
