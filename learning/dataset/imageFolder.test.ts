import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isLeftover, readImageFolder as readColumn } from './imageFolder.js';
import { TextColumn } from './textColumn.js';

const readImageFolder = (paths: string[]) => readColumn(TextColumn.from(paths));

/** `class:split` of each path. */
function read(paths: string[]): Record<string, string> {
  const { candidates } = readImageFolder(paths);
  return Object.fromEntries(
    [...candidates].map(({ path, className, split }) => [path, `${className}:${split ?? '-'}`]),
  );
}

describe('ImageFolder', () => {
  test('class folders without splits', () => {
    assert.deepEqual(read(['ants/1.jpg', 'bees/2.jpg']), { 'ants/1.jpg': 'ants:-', 'bees/2.jpg': 'bees:-' });
  });

  test('split folders, whatever the case and the name of validation', () => {
    for (const name of ['val', 'valid', 'validation', 'Val']) {
      assert.deepEqual(read(['Train/a/1.jpg', `${name}/b/2.jpg`, 'TEST/a/3.jpg']), {
        'Train/a/1.jpg': 'a:train',
        [`${name}/b/2.jpg`]: 'b:validation',
        'TEST/a/3.jpg': 'a:test',
      });
    }
    assert.deepEqual(readImageFolder(['train/a/1.jpg', 'val/a/2.jpg', 'valid/a/3.jpg']).splitNames, {
      train: 'train',
      validation: 'val, valid',
    });
  });

  test('a class may be called train when its neighbours are no splits', () => {
    assert.deepEqual(read(['train/1.jpg', 'bus/2.jpg']), { 'train/1.jpg': 'train:-', 'bus/2.jpg': 'bus:-' });
    assert.deepEqual(read(['train/1.jpg', 'test/2.jpg']), { 'train/1.jpg': 'train:-', 'test/2.jpg': 'test:-' });
  });

  test('a folder that holds everything is looked through, and images may lie deeper than their class', () => {
    assert.deepEqual(read(['photos/v2/train/a/x/1.jpg', 'photos/v2/test/b/2.jpg']), {
      'photos/v2/train/a/x/1.jpg': 'a:train',
      'photos/v2/test/b/2.jpg': 'b:test',
    });
    assert.deepEqual(read(['ants/deep/er/1.jpg', 'bees/2.jpg']), {
      'ants/deep/er/1.jpg': 'ants:-',
      'bees/2.jpg': 'bees:-',
    });
  });

  test('a third folder beside the splits is a mistake, and named', () => {
    assert.throws(() => read(['train/a/1.jpg', 'val/a/2.jpg', 'extra/a/3.jpg']), {
      code: 'GW_DATASET_INVALID',
      message: /"extra"/,
    });
  });

  test('pictures outside class folders are told, papers are not', () => {
    const { withoutClass, candidates } = readImageFolder([
      'README',
      'LICENSE.txt',
      'labels.csv',
      'lost.jpg',
      'train/a/1.jpg',
      'test/b/2.jpg',
      'test/flat.jpg',
    ]);
    assert.equal(candidates.length, 2);
    assert.deepEqual(withoutClass, [
      { row: 3, detail: 'it lies in no class folder' },
      { row: 6, detail: 'it lies directly in test/' },
    ]);
  });

  test('hidden files and leftovers are not looked at', () => {
    for (const path of ['.DS_Store', 'a/.hidden/1.jpg', 'a/Thumbs.db', '__MACOSX/a/1.jpg', 'a/', 'a/desktop.ini']) {
      assert.equal(isLeftover(path), true, path);
    }
    for (const path of ['a/1.jpg', 'a.b/1.jpg', 'a/../1.jpg', 'a/thumbs.jpg'])
      assert.equal(isLeftover(path), false, path);
  });

  test('unsafe class names are refused, with the folder named harmlessly', () => {
    for (const name of ['..', '.', '', '  ', 'a\u0007b', 'a\nb', 'evil\u202egpj', 'a\\b', 'x'.repeat(101)]) {
      assert.throws(
        () => readImageFolder([`${name}/1.jpg`, 'ok/2.jpg']),
        (thrown: Error & { code?: string }) => {
          assert.equal(thrown.code, 'GW_DATASET_INVALID', JSON.stringify(name));
          assert.doesNotMatch(thrown.message, /[\p{Cc}\u202e]/u);
          return true;
        },
      );
    }
  });

  test('names that look alike are one class', () => {
    assert.deepEqual(read(['caf\u00e9/1.jpg', 'cafe\u0301/2.jpg', 'tea/3.jpg']), {
      'caf\u00e9/1.jpg': 'caf\u00e9:-',
      'cafe\u0301/2.jpg': 'caf\u00e9:-',
      'tea/3.jpg': 'tea:-',
    });
    assert.deepEqual(read(['日本/1.jpg', 'Ants & Bees (2)/2.jpg']), {
      '日本/1.jpg': '日本:-',
      'Ants & Bees (2)/2.jpg': 'Ants & Bees (2):-',
    });
  });
});
