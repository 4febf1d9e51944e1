import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { countDuplicates, findDuplicates as find } from './duplicates.js';
import type { Comparable } from './duplicates.js';
import { hashDistance } from '../images/perceptualHash.js';

const findDuplicates = (pictures: Comparable[]) => [...find(pictures)];

function picture(path: string, hash: bigint, extra: Partial<Comparable> = {}): Comparable {
  const perceptualHash = hash.toString(16).padStart(16, '0');
  return { path, sha256: path, perceptualHash, label: 0, split: 'train', ...extra };
}

test('copies are exact, pictures up to two bits apart are near, three bits are another picture', () => {
  const groups = findDuplicates([
    picture('a', 0n, { sha256: 'same' }),
    picture('b', 0n, { sha256: 'same', label: 1 }),
    picture('c', 0x8000000000000001n, { split: 'test' }),
    picture('d', 0xffff0000ffff0000n),
    picture('e', 0xffff0000ffff0007n),
  ]);
  assert.deepEqual(groups, [
    { kind: 'exact', paths: ['a', 'b'], acrossSplits: false, splits: ['train'], acrossClasses: true },
    { kind: 'near', paths: ['a', 'b', 'c'], acrossSplits: true, splits: ['train', 'test'], acrossClasses: true },
  ]);
  assert.deepEqual(countDuplicates(groups), { exact: 1, near: 1, acrossSplits: 1, intoTest: 1, acrossClasses: 2 });
});

test('a copy of a training picture in the validation split is across splits, and no leak into the test', () => {
  const groups = findDuplicates([
    picture('a', 0n, { sha256: 'same' }),
    picture('b', 0n, { sha256: 'same', split: 'validation' }),
    picture('c', ~0n & 0xffffffffffffffffn, { sha256: 'other', split: 'test' }),
    picture('d', ~0n & 0xffffffffffffffffn, { sha256: 'other', split: 'test' }),
  ]);
  assert.deepEqual(
    groups.map(({ splits }) => splits),
    [['train', 'validation'], ['test']],
  );
  assert.deepEqual(countDuplicates(groups), { exact: 2, near: 0, acrossSplits: 1, intoTest: 0, acrossClasses: 0 });
});

test('property: the same groups as comparing each with each', () => {
  const hash = fc.tuple(fc.constantFrom(0n, 0xabcdef0123456789n), fc.array(fc.nat(63), { maxLength: 4 }));
  fc.assert(
    fc.property(fc.array(hash, { maxLength: 25 }), (seeds) => {
      const pictures = seeds.map(([base, flips], index) =>
        picture(
          `${index}`,
          flips.reduce<bigint>((bits, flip) => bits ^ (1n << BigInt(flip)), base),
        ),
      );
      const groupOf = pictures.map((_picture, index) => index);
      for (const [i, a] of pictures.entries()) {
        for (const [j, b] of pictures.entries()) {
          if (hashDistance(a.perceptualHash, b.perceptualHash) > 2) continue;
          const [from, to] = [groupOf[j], groupOf[i]];
          for (const [k, group] of groupOf.entries()) if (group === from) groupOf[k] = to ?? k;
        }
      }
      const expected = new Set(
        [...new Set(groupOf)]
          .map((group) => pictures.filter((_picture, index) => groupOf[index] === group).map(({ path }) => path))
          .filter((paths) => paths.length > 1)
          .map((paths) => paths.toSorted().join()),
      );
      const found = new Set(findDuplicates(pictures).map(({ paths }) => paths.toSorted().join()));
      assert.deepEqual(found, expected);
    }),
  );
});

// Comparing each with each would take hours, and the file's time would be up.
test('a hundred thousand pictures are compared in no more time than there is', () => {
  let state = 1n;
  const next = (): bigint => (state = (state * 6364136223846793005n + 1442695040888963407n) & 0xffffffffffffffffn);
  const pictures = Array.from({ length: 100_000 }, (_, index) => picture(`${index}`, next()));
  assert.deepEqual(findDuplicates(pictures), []);
});
