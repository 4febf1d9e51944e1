/** What is remembered of a source's splits: asked of a bucket in memory, with the real store, ledgers and draws above it. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { beforeEach, describe, test } from 'node:test';
import fc from 'fast-check';
import { rememberedDrawing } from '../../activities/ingest/drawSplits.js';
import type { Split } from '../../contracts/data/dataset.js';
import { splitLedgerSchema } from '../../contracts/data/splitLedger.js';
import { keptTogether } from '../../learning/dataset/splits/groups.js';
import { assignSplits, type Splittable } from '../../learning/dataset/splits/splits.js';
import type { ObjectStore } from '../../storage/objects/objectStore.js';
import { MemoryS3 } from '../s3/memoryS3.js';

const shares = { validation: 0.15, test: 0.2 };
const uri = 's3://graftwork/photos';

/** Pictures `from` to `to` of one class. */
function pictures(className: string, from: number, to: number): Splittable[] {
  return Array.from({ length: to - from }, (_, index) => ({
    sha256: createHash('sha256')
      .update(`${className} ${from + index}`)
      .digest('hex'),
    className,
    split: null,
  }));
}

describe('the splits of a source', () => {
  let store: ObjectStore;
  let warnings: string[];
  beforeEach(() => {
    store = new MemoryS3().store('graftwork');
    warnings = [];
  });

  async function assign(
    images: readonly Splittable[],
    {
      at = uri,
      through = store,
      ...settings
    }: { at?: string; through?: ObjectStore; seed?: number } & Partial<typeof shares> = {},
    together?: Parameters<typeof assignSplits>[4],
  ): Promise<Map<string, Split>> {
    const log = { info: () => undefined, warn: (_fields: unknown, message: string) => void warnings.push(message) };
    const drawing = rememberedDrawing({ store: through, log }, at);
    const { splits } = await assignSplits(images, { ...shares, ...settings }, {}, drawing, together);
    return new Map(images.map(({ sha256 }, row) => [sha256, splits[row] ?? 'train']));
  }

  function assertUnmoved(before: ReadonlyMap<string, Split>, after: ReadonlyMap<string, Split>): void {
    for (const [sha256, split] of before) if (after.has(sha256)) assert.equal(after.get(sha256), split);
  }

  const countOf = (splits: ReadonlyMap<string, Split>, images: readonly Splittable[], split: Split): number =>
    images.filter(({ sha256 }) => splits.get(sha256) === split).length;

  async function ledgers(): Promise<string[]> {
    const keys: string[] = [];
    for await (const { key } of store.list('datasets/splits/')) keys.push(key);
    return keys;
  }

  /** A folder's upload has another address whenever the folder has changed; a prefix keeps its own. */
  const addresses: [name: string, at: (round: number) => string][] = [
    ['at one address', () => uri],
    ['at a new address each time', (round) => `s3://graftwork/uploads/${round}`],
  ];
  for (const [name, at] of addresses) {
    test(`property: ten times a tenth more, ${name}: nobody moves, and the shares stay within one picture a class`, async () => {
      const sizes = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 2, maxLength: 6 });
      await fc.assert(
        fc.asyncProperty(sizes, fc.nat(), async (begin, seed) => {
          store = new MemoryS3().store('graftwork');
          let counts = begin;
          let before = new Map<string, Split>();
          for (let round = 0; round <= 10; round += 1) {
            const classes = counts.map((count, index) => pictures(`class ${index}`, 0, count));
            const after = await assign(classes.flat(), { at: at(round), seed });
            assertUnmoved(before, after);
            for (const images of classes) {
              const [test, validation] = [countOf(after, images, 'test'), countOf(after, images, 'validation')];
              assert(Math.abs(test - 0.2 * images.length) <= 1, `${test} of ${images.length}`);
              assert(Math.abs(validation - 0.15 * (images.length - test)) <= 1, `${validation} of ${images.length}`);
            }
            before = after;
            // The odd classes grow in every other round, and a class is new.
            counts = counts.map((count, index) =>
              index % 2 === 1 && round % 2 === 1 ? count : Math.ceil(count * 1.1),
            );
            if (round === 4) counts = [...counts, 7];
          }
        }),
        { numRuns: 20 },
      );
    });
  }

  test('a picture that leaves and comes back, or is of another class now, keeps its split', async () => {
    const all = [...pictures('a', 0, 50), ...pictures('b', 0, 30)];
    const before = await assign(all);
    const few = all.filter((_image, row) => row % 3 !== 0);
    assertUnmoved(before, await assign([...few, ...pictures('a', 50, 90)]));
    const relabelled = all.map((image, row) => (row % 5 === 0 ? { ...image, className: 'b' } : image));
    assertUnmoved(before, await assign(relabelled));
    assertUnmoved(before, await assign(all));
  });

  test('a class of which only test pictures are left gives one of them to train', async () => {
    const all = [...pictures('a', 0, 20), ...pictures('b', 0, 20)];
    const before = await assign(all);
    const left = all.filter(({ className, sha256 }) => className === 'b' || before.get(sha256) === 'test');
    const after = await assign(left);
    assert.equal(
      countOf(
        after,
        left.filter(({ className }) => className === 'a'),
        'train',
      ),
      1,
    );
    assertUnmoved(after, await assign(left));
  });

  test('another seed, or another share, is another draw with a memory of its own; validation does not touch the test', async () => {
    const all = [...pictures('a', 0, 40), ...pictures('b', 0, 40)];
    const usual = await assign(all);
    const other = await assign(all, { seed: 1 });
    assert.notDeepEqual(other, usual);
    const grown = [...all, ...pictures('a', 40, 55)];
    assertUnmoved(usual, await assign(grown));
    assertUnmoved(other, await assign(grown, { seed: 1 }));
    const tested = (splits: ReadonlyMap<string, Split>) => grown.map(({ sha256 }) => splits.get(sha256) === 'test');
    assert.deepEqual(tested(await assign(grown, { validation: 0 })), tested(await assign(grown)));
    assert.equal(countOf(await assign(grown, { test: 0.4 }), grown, 'test'), 38);
  });

  test('part of a source, or its pictures labelled otherwise, is another source at another address: its shares are exact', async () => {
    const all = [...pictures('a', 0, 100), ...pictures('b', 0, 50)];
    await assign(all);
    const part = [...pictures('a', 0, 50), ...pictures('b', 0, 40)];
    const shuffled = all.map((image, row) => ({ ...image, className: row % 2 === 0 ? 'a' : 'b' }));
    for (const [name, images] of Object.entries({ part, shuffled })) {
      const splits = await assign(images, { at: `s3://graftwork/${name}` });
      for (const ofClass of ['a', 'b']) {
        const own = images.filter(({ className }) => className === ofClass);
        assert.equal(countOf(splits, own, 'test'), own.length * 0.2, name);
      }
    }
  });

  test('pictures that take turns: at a new address each time, too, those that stay keep their splits', async () => {
    let before = new Map<string, Split>();
    for (let round = 0; round < 12; round += 1) {
      const all = ['a', 'b'].flatMap((name) => pictures(name, 5 * round, 5 * round + 100));
      const after = await assign(all, { at: `s3://graftwork/uploads/${round}` });
      assertUnmoved(before, after);
      for (const name of ['a', 'b']) {
        const own = all.filter(({ className }) => className === name);
        assert(Math.abs(countOf(after, own, 'test') - 20) <= 1, `${countOf(after, own, 'test')} of 100`);
      }
      before = after;
    }
  });

  test('property: as groups grow, nobody moves and no group crosses a split, also one that was gone', async () => {
    const grouped = (images: readonly Splittable[]) =>
      assign(images, {}, { ...keptTogether(images, Uint32Array.from(images.keys()), true), groupBy: '{group}/*' });
    const ofPatient = (patient: number, from: number, to: number): Splittable[] =>
      pictures(patient % 2 === 0 ? 'a' : 'b', 1000 * patient + from, 1000 * patient + to).map((image) => ({
        ...image,
        group: `patient ${patient}`,
      }));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 12, maxLength: 30 }), async (sizes) => {
        store = new MemoryS3().store('graftwork');
        const all = (from: number) => sizes.flatMap((size, patient) => ofPatient(patient, from, from + size));
        const before = await grouped(all(0));
        // All pictures of each patient are replaced but those of the first two, which tell whose source it is.
        const later = [...all(0).slice(0, (sizes[0] ?? 0) + (sizes[1] ?? 0)), ...all(100)];
        for (const after of [await grouped([...all(0), ...all(10)]), await grouped(later)]) {
          assertUnmoved(before, after);
          const splitOf = new Map<string, Split>();
          for (const { group = '', sha256 } of [...all(0), ...all(10), ...later]) {
            const split = after.get(sha256) ?? before.get(sha256);
            if (split === undefined) continue;
            assert.equal(split, splitOf.get(group) ?? split, group);
            splitOf.set(group, split);
          }
        }
      }),
      { numRuns: 10 },
    );
  });

  test('runs at once on a source that grows agree', async () => {
    const all = [...pictures('a', 0, 40), ...pictures('b', 0, 40)];
    await assign(all);
    const sets = [0, 1, 2, 3].map((which) => [...all, ...pictures('a', 40, 50 + 5 * which)]);
    const found = await Promise.all(sets.map((images) => assign(images)));
    const largest = found.at(-1) ?? new Map<string, Split>();
    for (const splits of found) assertUnmoved(splits, largest);
    assert.equal((await ledgers()).length, 2);
  });

  test('an unchanged source writes nothing', async () => {
    const all = [...pictures('a', 0, 40), ...pictures('b', 0, 40)];
    await assign(all);
    const tags = async () => Promise.all((await ledgers()).map(async (key) => (await store.head(key))?.etag));
    const before = await tags();
    await assign(all.toReversed());
    assert.deepEqual(await tags(), before);
  });

  test('a ledger holds a class of a million pictures', () => {
    const million = '0123456789abcdef'.repeat(1_000_000);
    const ledger = { format: 1, uri, present: 1_000_000, classes: [{ name: 'a', in: million, out: '' }] };
    assert.equal(splitLedgerSchema.parse(ledger).classes[0]?.in.length, million.length);
    for (const text of [million.slice(1), `${million.slice(1)}g`]) {
      const broken = { ...ledger, classes: [{ name: 'a', in: text, out: '' }] };
      assert.equal(splitLedgerSchema.safeParse(broken).success, false);
    }
  });

  test('a source that has grown, and whose ledger is damaged, goes on with that of the source it has grown from', async () => {
    const few = [...pictures('a', 0, 40), ...pictures('b', 0, 40)];
    const before = await assign(few);
    const earlier = new Set(await ledgers());
    const grown = [...few, ...pictures('a', 40, 60), ...pictures('b', 40, 45)];
    const at = 's3://graftwork/uploads/grown';
    const after = await assign(grown, { at });
    assertUnmoved(before, after);
    const own = (await ledgers()).filter((key) => !earlier.has(key));
    assert.equal(own.length, 2);
    for (const key of own) await store.put(key, '{"damaged":true}');
    assertUnmoved(before, await assign(grown, { at }));
  });

  test('a new address reads the newest ledgers, and none that is too small to have more in common', async () => {
    let now = Date.parse('2026-01-01T00:00:00Z');
    const s3 = new MemoryS3({ now: () => (now += 1_000) });
    store = s3.store('graftwork');
    for (const round of [0, 1, 2, 3, 4])
      await assign(pictures(`class ${round}`, 0, 3), { at: `s3://graftwork/other/${round}` });
    const all = [...pictures('a', 0, 40), ...pictures('b', 0, 40)];
    const before = await assign(all, { at: 's3://graftwork/uploads/1' });
    let read = 0;
    const through = s3.store('graftwork', async ({ operation }) => {
      if (operation === 'GetObject') read += 1;
      return 'served';
    });
    const grown = [...all, ...pictures('a', 40, 44)];
    assertUnmoved(before, await assign(grown, { at: 's3://graftwork/uploads/2', through }));
    assert.ok(read <= 6, `${read} of ${(await ledgers()).length} ledgers`);
  });

  test('a damaged ledger is written anew', async () => {
    const all = [...pictures('a', 0, 40), ...pictures('b', 0, 40)];
    const before = await assign(all);
    for (const key of await ledgers()) await store.put(key, '{"damaged":true}');
    assert.deepEqual(await assign(all), before);
    assert.equal(warnings.length, 2);
    assert.deepEqual(await assign(all), before);
    assert.equal(warnings.length, 2);
  });
});
