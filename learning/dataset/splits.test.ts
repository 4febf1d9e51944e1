import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Split } from '../../contracts/dataset.js';
import { assignSplits } from './splits.js';
import type { Splittable } from './splits.js';

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

describe('splits', () => {
  test('what the source has is taken as it is', () => {
    const images = [...many(5, 'a', 'train'), ...many(3, 'a', 'validation', 10), ...many(2, 'a', 'test', 20)];
    assert.deepEqual(
      assignSplits(images, shares, 1, { train: 'train', validation: 'val', test: 'test' }).splits,
      images.map(({ split }) => split),
    );
  });

  test('beside train alone the other split is the test, and validation is carved from train', () => {
    for (const other of ['validation', 'test'] as const) {
      const images = [...many(100, 'a', 'train'), ...many(40, 'a', other, 1000)];
      const { splits, origin } = assignSplits(images, shares, 1, { train: 'train', [other]: 'held out' });
      assert(splits.slice(100).every((split) => split === 'test'));
      assert(splits.slice(0, 100).every((split) => split !== 'test'));
      const [train, validation, held] = counts(splits);
      assert.equal(held, 40);
      assert.equal(train + validation, 100);
      assert(validation >= 7 && validation <= 23, `${validation}`);
      assert.match(origin.test, /held out/);
      assert.match(origin.validation, /15 %/);
    }
  });

  test('of a source without splits, test and validation are carved, each class for itself', () => {
    const { splits } = assignSplits([...many(200, 'a'), ...many(50, 'b', null, 1000)], shares, 1, {});
    for (const [from, to] of [
      [0, 200],
      [200, 250],
    ]) {
      const [train, validation, held] = counts(splits.slice(from, to));
      const size = (to ?? 0) - (from ?? 0);
      assert(held >= size * 0.1 && held <= size * 0.3 + 1, `${held} of ${size}`);
      assert(validation >= 1 && validation < size * 0.3);
      assert(train > size / 2);
    }
  });

  test('an image keeps its split while others come and go, and another seed splits otherwise', () => {
    const images = many(300, 'a');
    const { splits } = assignSplits(images, shares, 1, {});
    const fewer = images.filter((_image, index) => index % 7 !== 0);
    const kept = splits.filter((_split, index) => index % 7 !== 0);
    assert.deepEqual(assignSplits(fewer, shares, 1, {}).splits, kept);
    assert.deepEqual(
      assignSplits([...images, ...many(50, 'a', null, 5000)], shares, 1, {}).splits.slice(0, 300),
      splits,
    );
    assert.notDeepEqual(assignSplits(images, shares, 2, {}).splits, splits);
  });

  test('property: nothing is lost, copies stay together, every class trains, and is tested if it has two pictures', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(40), fc.constantFrom('a', 'b', 'c')), { minLength: 1, maxLength: 80 }),
        fc.integer(),
        (contents, seed) => {
          const images = contents.map(([content, name]) => image(content, name));
          const { splits } = assignSplits(images, shares, seed, {});
          assert.equal(splits.length, images.length);
          const seen = new Map<string, Split | undefined>();
          for (const [index, { sha256, className }] of images.entries()) {
            const key = `${className} ${sha256}`;
            if (seen.has(key)) assert.equal(splits[index], seen.get(key));
            seen.set(key, splits[index]);
          }
          for (const name of new Set(images.map(({ className }) => className))) {
            const own = new Map([...seen].filter(([key]) => key.startsWith(`${name} `)));
            assert([...own.values()].includes('train'));
            assert.equal([...own.values()].includes('test'), own.size >= 2);
          }
        },
      ),
    );
  });

  test('a share of zero carves nothing', () => {
    const images = [...many(10, 'a', 'train'), ...many(10, 'a', 'test', 100)];
    assert.deepEqual(counts(assignSplits(images, { validation: 0, test: 0.2 }, 1, {}).splits), [10, 0, 10]);
  });

  test('no train split, or a class that only the test has, is refused', () => {
    assert.throws(() => assignSplits([...many(3, 'a', 'validation'), ...many(3, 'a', 'test', 9)], shares, 1, {}), {
      code: 'GW_DATASET_INVALID',
      message: /none to train/,
    });
    assert.throws(() => assignSplits([...many(3, 'a', 'train'), ...many(3, 'b', 'test', 9)], shares, 1, {}), {
      code: 'GW_DATASET_INVALID',
      message: /"b"/,
    });
  });
});
