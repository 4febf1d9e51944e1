import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Split } from '../../../contracts/data/dataset.js';
import { draw, indexContents, pictureId } from './draw.js';
import { assignSplits, type SplitAssignment, type Splittable } from './splits.js';

const shares = { validation: 0.15, test: 0.2 };

function image(content: number, className: string, split: Split | null = null): Splittable {
  return { sha256: createHash('sha256').update(`${content}`).digest('hex'), className, split };
}

function many(count: number, className: string, split: Split | null = null, from = 0): Splittable[] {
  return Array.from({ length: count }, (_, index) => image(from + index, className, split));
}

function counts(splits: readonly Split[]): [train: number, validation: number, test: number] {
  const of = (name: Split) => splits.filter((split) => split === name).length;
  return [of('train'), of('validation'), of('test')];
}

/** Of a source that nothing is remembered of. */
function assign(
  images: readonly Splittable[],
  settings: { validation: number; test: number; seed?: number } = shares,
  names: Partial<Record<Split, string>> = {},
): Promise<SplitAssignment> {
  return assignSplits(images, settings, names, (pool, drawn) => Promise.resolve(draw(pool, drawn, { pictures: [] })));
}

/** A picture with labels; without any it counts under the empty name. */
function labelled(content: number, ...labels: string[]): Splittable {
  const tags = labels.length === 0 ? [''] : labels;
  return { ...image(content, labels.join('|')), tags };
}

describe('splits of pictures with several labels', () => {
  /** Of 300 pictures: five labels of very different size, which come together, and pictures without any. */
  const pictures = Array.from({ length: 300 }, (_, index) =>
    labelled(
      index,
      ...['common', 'usual', 'seldom', 'rare', 'single'].filter((_label, at) =>
        at === 4 ? index === 77 : (index * 7 + at) % [2, 3, 11, 29][at]! === 0,
      ),
    ),
  );
  const holders = (label: string): number[] =>
    pictures.flatMap(({ tags = [] }, row) => (tags.includes(label) ? [row] : []));

  test('each label has its share in the test, to one or two pictures, and one that is alone trains', async () => {
    const { splits } = await assign(pictures);
    for (const label of ['common', 'usual', 'seldom', 'rare', '']) {
      const own = holders(label);
      const tested = own.filter((row) => splits[row] === 'test').length;
      assert.ok(Math.abs(tested - 0.2 * own.length) <= 2, `${label}: ${tested} of ${own.length}`);
    }
    assert.deepEqual(
      holders('single').map((row) => splits[row]),
      ['train'],
    );
    assert.deepEqual(splits, (await assign(pictures)).splits);
    assert.notDeepEqual(splits, (await assign(pictures, { ...shares, seed: 1 })).splits);
  });

  test('a picture keeps its split as the set grows', () => {
    const contents = (images: readonly Splittable[]) => indexContents(images);
    const drawn = (images: readonly Splittable[], before: { id: string; isIn: boolean }[]) =>
      draw(
        { images, contents: contents(images), among: new Uint8Array(images.length).fill(1) },
        { into: 'test', share: 0.2, seed: 0 },
        { pictures: before },
      );
    const first = pictures.slice(0, 200);
    const isIn = drawn(first, []);
    const known = first.map(({ sha256 }, row) => ({ id: pictureId(sha256), isIn: isIn[row] === 1 }));
    const later = drawn(pictures, known);
    assert.deepEqual(later.slice(0, 200), isIn);
    const fresh = [...later.slice(200)].filter((value) => value === 1).length;
    assert.ok(Math.abs(fresh - 20) <= 6, `${fresh}`);
  });
});

describe('splits', () => {
  test('what the source has is taken as it is', async () => {
    const images = [...many(5, 'a', 'train'), ...many(3, 'a', 'validation', 10), ...many(2, 'a', 'test', 20)];
    const { splits, drawn } = await assign(images, shares, { train: 'train', validation: 'val', test: 'test' });
    assert.deepEqual(
      splits,
      images.map(({ split }) => split),
    );
    assert.deepEqual(drawn, { seed: 0 });
  });

  test('beside train alone the other split is the test, and validation is drawn from train', async () => {
    for (const other of ['validation', 'test'] as const) {
      const images = [...many(100, 'a', 'train'), ...many(40, 'a', other, 1000)];
      const { splits, origin } = await assign(images, shares, { train: 'train', [other]: 'held out' });
      assert(splits.slice(100).every((split) => split === 'test'));
      assert.deepEqual(counts(splits.slice(0, 100)), [85, 15, 0]);
      assert.match(origin.test, /held out/);
      assert.equal(origin.validation, '15 % of “train” of the source, class by class (15 of 100)');
    }
  });

  test('the share is that of the whole set, too: classes are rounded up and down', async () => {
    const images = Array.from({ length: 10 }, (_, index) => many(12, `class ${index}`, null, 100 * index)).flat();
    const { splits, origin, drawn } = await assign(images);
    assert.deepEqual(counts(splits), [82, 14, 24]);
    assert.equal(origin.test, '20 % of all images, class by class (24 of 120)');
    assert.deepEqual(drawn.test, { share: 0.2, count: 24, of: 120 });
    assert.deepEqual(drawn.validation, { share: 0.15, count: 14, of: 96 });
  });

  test('of two or three pictures a class one is the test, and the share says what it really is', async () => {
    const images = [...many(2, 'a'), ...many(2, 'b', null, 10), ...many(1, 'c', null, 20)];
    const { splits, origin } = await assign(images);
    assert.deepEqual(counts(splits), [3, 0, 2]);
    assert.equal(origin.test, '40 % of all images, class by class (2 of 5; asked for: 20 %)');
    assert.match(origin.validation, /^0 % of the rest.*asked for: 15 %/);
  });

  test('property: each class gives its share to within one picture, and all together theirs', async () => {
    const set = fc.array(fc.integer({ min: 10, max: 90 }), { minLength: 2, maxLength: 12 });
    const share = fc.double({ min: 0.1, max: 0.6, noNaN: true });
    await fc.assert(
      fc.asyncProperty(set, share, share, fc.nat(), async (sizes, testShare, validationShare, seed) => {
        const images = sizes.flatMap((size, index) => many(size, `class ${index}`, null, 1000 * index));
        const settings = { test: testShare, validation: validationShare, seed };
        const { splits } = await assign(images, settings);
        // A class whose share is less than one picture gives one all the same.
        let lifted = 0;
        for (const [index, size] of sizes.entries()) {
          const own = splits.filter((_split, row) => images[row]?.className === `class ${index}`);
          const [, validation, held] = counts(own);
          assert(Math.abs(held - size * testShare) < 1, `${held} of ${size}`);
          assert(Math.abs(validation - (size - held) * validationShare) < 1, `${validation} of ${size - held}`);
          if ((size - held) * validationShare < 1) lifted += 1;
        }
        const [, validation, held] = counts(splits);
        assert(Math.abs(held - images.length * testShare) <= 1);
        const excess = validation - (images.length - held) * validationShare;
        assert(excess >= -1 && excess <= 1 + lifted, String(excess));
      }),
      { numRuns: 60, examples: [[[10, 10], 0.525, 0.1, 0]] },
    );
  });

  test('another split seed draws other pictures, another validation share leaves the test', async () => {
    const images = many(300, 'a');
    const { splits } = await assign(images);
    assert.notDeepEqual((await assign(images, { ...shares, seed: 2 })).splits, splits);
    const tested = (all: readonly Split[]) => all.map((split) => split === 'test');
    assert.deepEqual(tested((await assign(images, { ...shares, validation: 0 })).splits), tested(splits));
  });

  test('copies count as pictures, and of copies alone the fewest are tested', async () => {
    const images = [...Array.from({ length: 5 }, () => image(1, 'a')), ...many(5, 'a', null, 10)];
    assert.equal(counts((await assign(images)).splits)[2], 2);
    const pairs = [1, 1, 1, 2, 2].map((content) => image(content, 'a'));
    assert.deepEqual(counts((await assign(pairs)).splits), [3, 0, 2]);
  });

  test('property: nothing is lost, copies stay together in whichever classes, every class trains', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(40), fc.constantFrom('a', 'b', 'c')), { minLength: 1, maxLength: 80 }),
        fc.nat(),
        async (contents, seed) => {
          const images = contents.map(([content, name]) => image(content, name));
          const { splits } = await assign(images, { ...shares, seed });
          assert.equal(splits.length, images.length);
          const seen = new Map<string, Split | undefined>();
          for (const [index, { sha256 }] of images.entries()) {
            if (seen.has(sha256)) assert.equal(splits[index], seen.get(sha256));
            seen.set(sha256, splits[index]);
          }
          for (const name of new Set(images.map(({ className }) => className))) {
            assert(images.some(({ className }, index) => className === name && splits[index] === 'train'));
          }
        },
      ),
    );
  });

  test('a share of zero draws nothing', async () => {
    const images = [...many(10, 'a', 'train'), ...many(10, 'a', 'test', 100)];
    const { splits, origin } = await assign(images, { validation: 0, test: 0.2 });
    assert.deepEqual(counts(splits), [10, 0, 10]);
    assert.equal(origin.validation, 'none');
  });

  test('no train split, or a class that only the test has, is refused', async () => {
    await assert.rejects(assign([...many(3, 'a', 'validation'), ...many(3, 'a', 'test', 9)]), {
      code: 'GW_DATASET_INVALID',
      message: /none for training/,
    });
    await assert.rejects(assign([...many(3, 'a', 'train'), ...many(3, 'b', 'test', 9)]), {
      code: 'GW_DATASET_INVALID',
      message: /"b"/,
    });
  });
});
