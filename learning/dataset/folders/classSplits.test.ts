import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TextColumn } from '../columns/textColumn.js';
import { readImageFolder as readColumn } from './imageFolder.js';
import { OtherFolders } from './leftovers.js';

const readImageFolder = (paths: readonly string[]) => readColumn(TextColumn.from([...paths]));

/** `class:split` of each picture, in order. */
const read = (paths: readonly string[]): string[] =>
  [...readImageFolder(paths).candidates].map(({ className, split }) => `${className}:${split ?? '-'}`);

describe('splits inside classes', () => {
  test('are the splits of the source, by any of their names, which is said', () => {
    for (const [train, held, meaning] of [
      ['train', 'test', 'test'],
      ['Training', 'val', 'validation'],
      ['train_set', 'Validation', 'validation'],
      ['train2017', 'testing', 'test'],
      ['train', 'holdout', 'test'],
    ] as const) {
      const paths = [`daisy/${train}/1.jpg`, `daisy/${held}/2.jpg`, `rose/${train}/3.jpg`, `rose/${held}/4.jpg`];
      assert.deepEqual(read(paths), ['daisy:train', `daisy:${meaning}`, 'rose:train', `rose:${meaning}`]);
      const { notes, splitNames } = readImageFolder(paths);
      assert.deepEqual(notes, [
        `The class folders hold folders named like splits: "${train}", "${held}". They are used as the splits.`,
      ]);
      assert.deepEqual(splitNames, { train, [meaning]: held });
    }
    assert.deepEqual(read(['p/a/train/1.jpg', 'p/a/dev/2.jpg', 'p/b/train/3.jpg', 'p/b/eval/4.jpg']), [
      'a:train',
      'a:validation',
      'b:train',
      'b:test',
    ]);
  });

  test('a class may lack one of the splits; a picture beside the splits is put aside', () => {
    const paths = ['a/train/1.jpg', 'a/test/2.jpg', 'b/train/3.jpg', 'b/lost.jpg', 'b/notes.txt', 'lost.jpg'];
    assert.deepEqual(read(paths), ['a:train', 'a:test', 'b:train']);
    assert.deepEqual(readImageFolder(paths).withoutClass, [
      { row: 3, detail: 'it lies directly in b/' },
      { row: 5, detail: 'it lies in no class folder' },
    ]);
    const others = new OtherFolders();
    others.add('c/');
    const { emptyFolders } = readColumn(TextColumn.from(paths), others);
    assert.deepEqual(emptyFolders, ['c']);
  });

  test('in some classes only, or beside other folders, are refused naming the class', () => {
    for (const [paths, message] of [
      [
        ['daisy/train/1.jpg', 'daisy/test/2.jpg', 'rose/3.jpg', 'rose/4.jpg'],
        /^The class folder "daisy" holds the splits "train", "test", but "rose" holds none\.$/,
      ],
      [
        ['daisy/train/1.jpg', 'daisy/test/2.jpg', 'rose/train/3.jpg', 'rose/old/4.jpg'],
        /"daisy" holds the splits "train", "test", but "rose\/old" is no split\.$/,
      ],
    ] as const) {
      assert.throws(() => readImageFolder(paths), { code: 'GW_DATASET_INVALID', message, remedy: /./ });
    }
  });

  test('a folder beside training folders that is nearly named like a split is refused', () => {
    for (const [folder, meant] of [
      ['tset', 'test'],
      ['Tests', 'test'],
      ['vaild', 'valid'],
      ['validaton', 'validation'],
      ['vla', 'val'],
    ] as const) {
      const paths = [`a/train/1.jpg`, `a/${folder}/2.jpg`, `b/train/3.jpg`, `b/${folder}/4.jpg`];
      assert.throws(() => readImageFolder(paths), {
        code: 'GW_DATASET_INVALID',
        message: `All class folders hold a training folder, and "a/${folder}" is nearly named like the split "${meant}".`,
        remedy: new RegExp(`^Rename it to ${meant} `),
      });
    }
    for (const paths of [
      ['a/train/1.jpg', 'a/van/2.jpg', 'b/train/3.jpg'],
      ['a/train/1.jpg', 'a/tset/2.jpg', 'b/tset/3.jpg'],
      ['a/tset/1.jpg', 'b/tset/2.jpg'],
    ]) {
      assert.equal(read(paths).length, paths.length);
    }
  });

  test('without a training folder and another split they are folders like all others', () => {
    for (const paths of [
      ['a/train/1.jpg', 'b/train/2.jpg'],
      ['a/train/1.jpg', 'b/test/2.jpg'],
      ['a/test1/1.jpg', 'b/test2/2.jpg', 'b/val/3.jpg'],
    ]) {
      assert(
        read(paths).every((picture) => picture.endsWith(':-')),
        paths.join(),
      );
    }
  });
});

describe('pictures deeper than their class folder', () => {
  test('are counted in one note, which says what their class is', () => {
    const { notes } = readImageFolder(['x/a/cam1/1.jpg', 'x/a/cam2/in/2.jpg', 'x/a/3.jpg', 'x/b/4.jpg', 'x/b/c/r.txt']);
    assert.deepEqual(notes, [
      '2 pictures lie in folders inside their class folder. Their class is the outer folder: "x/a/cam1" is of class "a".',
    ]);
    assert.match(readImageFolder(['a/b/1.jpg', 'c/2.jpg']).notes.join(), /^1 picture lies in a folder inside/);
  });

  test('are found in splits too', () => {
    for (const deep of ['train/a/x/1.jpg', 'test/a/x/1.jpg']) {
      const { notes } = readImageFolder(['train/b/2.jpg', 'train/a/3.jpg', 'test/b/4.jpg', deep]);
      assert.match(notes.join(), /^1 picture lies .*\/a\/x" is of class "a"\.$/, deep);
    }
    const { notes } = readImageFolder(['a/train/cam/1.jpg', 'a/test/2.jpg', 'b/train/3.jpg']);
    assert.match(notes.at(-1) ?? '', /^1 picture lies .*"a\/train\/cam" is of class "a"\.$/);
  });
});
