import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Split } from '../../../contracts/data/dataset.js';
import { lookAlikes } from '../duplicates.js';
import { draw } from './draw.js';
import { countGroups, keptTogether } from './groups.js';
import { assignSplits, type Splittable } from './splits.js';

const shares = { validation: 0.15, test: 0.2 };

interface Picture extends Splittable {
  perceptualHash: string;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** @param look pictures of the same one look alike */
function picture(content: number | string, className: string, group?: string, look = `look ${content}`): Picture {
  return {
    ...{ sha256: digest(`${content}`), className, split: null, perceptualHash: digest(look).slice(0, 16) },
    ...(group === undefined ? {} : { group }),
  };
}

async function assign(images: readonly Picture[], settings = shares): Promise<Split[]> {
  const hasGroups = images.some(({ group }) => group !== undefined);
  const together = {
    ...keptTogether(images, lookAlikes(images), hasGroups),
    ...(hasGroups ? { groupBy: null } : {}),
  };
  const drawing = (pool: Parameters<typeof draw>[0], drawn: Parameters<typeof draw>[1]) =>
    Promise.resolve(draw(pool, drawn, { pictures: [] }));
  return (await assignSplits(images, settings, {}, drawing, together)).splits;
}

function splitsOf(images: readonly Picture[], splits: readonly Split[], group: string): Set<Split | undefined> {
  return new Set(images.flatMap((image, row) => (image.group === group ? [splits[row]] : [])));
}

describe('groups', () => {
  test('property: no group and no copy crosses a split, every class trains, and the shares are near', async () => {
    const groups = fc.array(fc.array(fc.tuple(fc.nat(2), fc.nat(300)), { minLength: 1, maxLength: 8 }), {
      minLength: 12,
      maxLength: 60,
    });
    await fc.assert(
      fc.asyncProperty(groups, fc.nat(), async (sizes, seed) => {
        const images = sizes.flatMap((members, group) =>
          members.map(([label, content]) => picture(content, `class ${label}`, `patient ${group}`)),
        );
        // A copy joins two groups, which may join all of them.
        if (new Set(keptTogether(images, lookAlikes(images), true).first).size === 1) return;
        const splits = await assign(images, { ...shares, ...{ seed } });
        for (const group of new Set(images.map(({ group: name }) => name ?? ''))) {
          assert.equal(splitsOf(images, splits, group).size, 1, group);
        }
        const seen = new Map<string, Split | undefined>();
        for (const [row, { sha256 }] of images.entries()) {
          if (seen.has(sha256)) assert.equal(splits[row], seen.get(sha256));
          seen.set(sha256, splits[row]);
        }
        for (const name of new Set(images.map(({ className }) => className))) {
          assert(images.some(({ className }, row) => className === name && splits[row] === 'train'));
        }
      }),
      { numRuns: 40 },
    );
  });

  test('class shares stay as near as groups allow, also where groups have several classes', async () => {
    // Of 60 patients each has up to 12 pictures: healthy ones, and of every third patient ill ones as well.
    const images = Array.from({ length: 60 }, (_, patient) =>
      Array.from({ length: 1 + ((patient * 7) % 12) }, (_unused, index) =>
        picture(100 * patient + index, patient % 3 === 0 && index % 2 === 0 ? 'ill' : 'healthy', `patient ${patient}`),
      ),
    ).flat();
    const splits = await assign(images);
    for (const name of ['ill', 'healthy']) {
      const own = splits.filter((_split, row) => images[row]?.className === name);
      const tested = own.filter((split) => split === 'test').length;
      assert.ok(Math.abs(tested / own.length - 0.2) < 0.03, `${name}: ${tested} of ${own.length}`);
    }
  });

  test('a class of one group trains, one of two is tested with the smaller', async () => {
    const images = [
      ...Array.from({ length: 8 }, (_, index) => picture(index, 'a', 'only')),
      ...Array.from({ length: 8 }, (_, index) => picture(100 + index, 'b', index < 3 ? 'small' : 'large')),
      ...Array.from({ length: 20 }, (_, index) => picture(200 + index, 'c')),
    ];
    const splits = await assign(images, { validation: 0, test: 0.2 });
    assert.deepEqual(splitsOf(images, splits, 'only'), new Set(['train']));
    assert.deepEqual(splitsOf(images, splits, 'small'), new Set(['test']));
    assert.deepEqual(splitsOf(images, splits, 'large'), new Set(['train']));
    assert.equal(splits.slice(16).filter((split) => split === 'test').length, 4);
  });

  test('a group that has all pictures is refused, and named', async () => {
    const images = Array.from({ length: 6 }, (_, index) => picture(index, index < 3 ? 'a' : 'b', 'camera 1'));
    await assert.rejects(assign(images), {
      code: 'GW_DATASET_INVALID',
      message: /All 6 images are of the group "camera 1"/,
    });
  });

  test('pictures that look alike are drawn together, unless that joins two groups or takes most of a class', () => {
    const images = [
      ...Array.from({ length: 3 }, (_, index) => picture(index, 'a', undefined, 'burst')),
      ...Array.from({ length: 5 }, (_, index) => picture(10 + index, 'a')),
      ...Array.from({ length: 3 }, (_, index) => picture(20 + index, 'b', undefined, 'blank')),
      picture(30, 'b'),
      ...['p1', 'p2'].map((group) => picture(`scan of ${group}`, 'a', group, 'empty scan')),
      ...['p3', 'p3', undefined].map((group, index) => picture(`of one ${index}`, 'a', group, 'same scan')),
      picture('of one', 'a', 'p3'),
    ];
    const { first, alike } = keptTogether(images, lookAlikes(images), true);
    assert.deepEqual([...first.slice(0, 8)], [0, 0, 0, 3, 4, 5, 6, 7]);
    assert.deepEqual([...first.slice(8, 12)], [8, 9, 10, 11], 'three of four');
    assert.deepEqual([...first.slice(12)], [12, 13, 14, 14, 14, 14]);
    assert.equal(alike, 2);
    assert.deepEqual(countGroups(images), { count: 3, pictures: 5, largest: 3 });
    assert.equal(countGroups(images.slice(0, 12)), undefined);
  });
});
