import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readImageFolder as readColumn } from './imageFolder.js';
import { GraftworkError } from '../../../contracts/errors.js';
import { isLeftover, OtherFolders } from './leftovers.js';
import { requireClasses } from './requireClasses.js';
import { TextColumn } from '../columns/textColumn.js';

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
    assert.deepEqual(read(['test1/1.jpg', 'test2/2.jpg']), { 'test1/1.jpg': 'test1:-', 'test2/2.jpg': 'test2:-' });
  });

  test('splits by other names, and once more in a folder of their own name', () => {
    for (const [train, validation, held] of [
      ['training', 'dev', 'testing'],
      ['Train_Set', 'eval', 'holdout'],
      ['train2017', 'val2017', 'test-images'],
      ['train', 'dev', 'eval'],
    ] as const) {
      assert.deepEqual(read([`${train}/a/1.jpg`, `${validation}/a/2.jpg`, `${held}/b/3.jpg`, `${held}/a/4.jpg`]), {
        [`${train}/a/1.jpg`]: 'a:train',
        [`${validation}/a/2.jpg`]: 'a:validation',
        [`${held}/b/3.jpg`]: 'b:test',
        [`${held}/a/4.jpg`]: 'a:test',
      });
    }
    assert.deepEqual(read(['train/train/a/1.jpg', 'train/train/b/2.jpg', 'test/test/a/3.jpg']), {
      'train/train/a/1.jpg': 'a:train',
      'train/train/b/2.jpg': 'b:train',
      'test/test/a/3.jpg': 'a:test',
    });
    assert.deepEqual(read(['test-data/train/a/1.jpg', 'test-data/val/b/2.jpg', 'test-data/val/a/3.jpg']), {
      'test-data/train/a/1.jpg': 'a:train',
      'test-data/val/b/2.jpg': 'b:validation',
      'test-data/val/a/3.jpg': 'a:validation',
    });
  });

  test('a test split without labels is left out, and said', () => {
    for (const held of ['test/1.jpg', 'test/unknown/1.jpg', 'test/test/1.jpg']) {
      const { candidates, notes, withoutClass } = readImageFolder(['train/a/1.jpg', 'train/b/2.jpg', held, 'x.csv']);
      assert.deepEqual(
        [...candidates].map(({ className, split }) => `${className}:${split}`),
        ['a:train', 'b:train'],
        held,
      );
      assert.deepEqual(withoutClass, [], held);
      assert.match(notes.join('\n'), /^"test" has no labels: its 1 picture is not in a class folder/, held);
    }
  });

  test('splits without classes, without train, or beside something else are refused with what to do', () => {
    for (const [paths, message] of [
      [['train/1.jpg', 'test/2.jpg'], /"train" holds pictures without class folders, "test" holds/],
      [['train/1.jpg', 'test/a/2.jpg', 'test/b/3.jpg'], /"train" holds pictures without class folders/],
      [['train/train/1.jpg', 'test/2.jpg'], /"train" holds pictures without class folders/],
      [['train/1.jpg'], /"train" holds pictures without class folders/],
      [
        ['train/a/1.jpg', 'train/b/2.jpg', 'extra/3.jpg'],
        /"train" is named like a split, but next to it there is "extra"/,
      ],
      [['train/1.jpg', 'test1/2.jpg', 'bus/3.jpg'], /"train", "test1" are named like splits/],
      [['val/a/1.jpg', 'test/a/2.jpg'], /no training folder/],
    ] as const) {
      assert.throws(
        () => readImageFolder([...paths]),
        { code: 'GW_DATASET_INVALID', message, remedy: /./ },
        paths.join(),
      );
    }
  });

  test('folders whose names look the same are one class, which is said', () => {
    const { candidates, notes } = readImageFolder([
      'cat/1.jpg',
      'cat /2.jpg',
      'cat\u200b/3.jpg',
      'sea\u00a0lion/4.jpg',
    ]);
    assert.deepEqual(
      [...candidates].map(({ className }) => className),
      ['cat', 'cat', 'cat', 'sea lion'],
    );
    assert.deepEqual(notes, [
      'The folders "cat", "cat ", "cat\\u{200b}" have names that look the same. They are used as one class, "cat".',
    ]);
  });

  test('too few classes are refused with the real reason', () => {
    const refused = (paths: string[], empty: string[] = []): GraftworkError => {
      const others = new OtherFolders();
      for (const folder of empty) others.add(`${folder}/`);
      try {
        requireClasses(readColumn(TextColumn.from(paths), others), 'photos');
      } catch (thrown) {
        assert(thrown instanceof GraftworkError);
        return thrown;
      }
      throw new Error(`${paths.join()} was taken`);
    };
    assert.match(refused(['1.jpg', '2.jpg']).message, /no class folders at photos: 2 files are not in a class folder/);
    assert.match(refused(['cat/1.jpg']).message, /of one class, "cat";/);
    assert.match(refused(['cat/1.jpg'], ['dog']).message, /of one class, "cat" \("dog" holds none\)/);
    assert.match(refused(['cat/1.jpg'], ['dog']).remedy ?? '', /into "dog"/);
    assert.equal(refused([], ['cat', 'dog']).code, 'GW_DATASET_EMPTY');
    assert.match(
      refused(['a/1.jpg', 'b/2.jpg', 'c/3.jpg']).message,
      /Each of the 3 classes at photos has only one picture/,
    );
    requireClasses(readImageFolder(['a/1.jpg', 'b/2.jpg', 'b/3.jpg']), 'photos');
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
      message: /"train", "val" are named like splits, but next to them there is "extra"/,
    });
  });

  test('pictures outside class folders are reported, papers are not', () => {
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
    for (const path of [
      '.DS_Store',
      'a/.hidden/1.jpg',
      'a/Thumbs.db',
      '__MACOSX/a/1.jpg',
      'a/',
      'a/desktop.ini',
      'a/@eaDir/1.jpg/SYNOPHOTO_THUMB_M.jpg',
      'lost+found/1.jpg',
      '$RECYCLE.BIN/1.jpg',
      '.Trash-1000/files/1.jpg',
      '.thumbnails/1.png',
      '.git/x',
      'a/Icon',
    ]) {
      assert.equal(isLeftover(path), true, path);
    }
    for (const path of ['a/1.jpg', 'a.b/1.jpg', 'a/../1.jpg', 'a/thumbs.jpg', 'icon/1.jpg', 'Icon/1.jpg'])
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
