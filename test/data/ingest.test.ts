/** Ingest and preprocessing of real pictures in a real S3 server. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { ingestDataset } from '../../activities/ingest/ingestDataset.js';
import { preprocessPicture } from '../../activities/features/pixelShards.js';
import { readSplits } from '../../activities/plan/splitImages.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import type { InputSettings } from '../../contracts/spec/plan.js';
import { recipes } from '../../contracts/spec/recipes.js';
import { datasetSpecSchema } from '../../contracts/spec/sources/datasetSpec.js';
import type { DatasetSpec } from '../../contracts/spec/sources/datasetSpec.js';
import { Datasets } from '../../storage/datasets/datasets.js';
import { Tombstones } from '../../storage/forgetting/tombstones.js';
import type { ObjectStore } from '../../storage/objects/objectStore.js';
import { dependenciesFor } from '../fixtures/dependencies.js';
import { s3Unavailable, startS3Server } from '../s3/s3Server.js';
import type { S3Server } from '../s3/s3Server.js';
import { ingestAt, uploadShared } from '../fixtures/ingestForTests.js';
import { sharedData, sharedDataMissing } from '../fixtures/sharedData.js';

describe('ingest', { skip: s3Unavailable || sharedDataMissing }, () => {
  let server: S3Server;
  let store: ObjectStore;
  let datasets: Datasets;

  before(async () => {
    server = await startS3Server();
    store = server.store;
    datasets = new Datasets(store);
    await upload('datasets/tiny', 'tiny');
  });
  after(() => server.stop());

  const upload = (folder: string, prefix: string) => uploadShared(store, folder, prefix);
  const ingest = (prefix: string, settings: Partial<DatasetSpec> = {}, seed = 1) =>
    ingestAt(server, prefix, settings, seed);

  test('a set with train and val: val is the test, validation is drawn from train', async () => {
    const { manifest, counts, classes, progress, reused } = await ingest('tiny');
    assert.deepEqual(classes, ['daisy', 'roses']);
    assert.equal(counts.test, 12);
    assert.deepEqual([counts.train, counts.validation], [20, 4]);
    assert.deepEqual(manifest.classCounts.validation, [2, 2]);
    assert.deepEqual(manifest.drawn, { seed: 0, validation: { share: 0.15, count: 4, of: 24 } });
    assert.deepEqual(manifest.classCounts.test, [6, 6]);
    assert.match(manifest.splitOrigin.test, /“val”/);
    assert.equal(reused, false);
    assert.equal(progress.at(-1)?.done, 36);
    const images = await datasets.images(manifest.version);
    assert(images.filter(({ path }) => path.startsWith('val/')).every(({ split }) => split === 'test'));
  });

  test('a second ingest of unchanged data reads no image and gives the same version', async () => {
    const first = await ingest('tiny');
    // Whatever the run's seed is: it trains.
    const second = await ingest('tiny', {}, 7);
    assert.equal(second.reused, true);
    assert.equal(second.version, first.version);
    assert.deepEqual(second.progress, []);
  });

  test('decisions about labels lie over the source: in the version, and never in the pictures', async () => {
    const plain = await ingest('tiny');
    const images = await datasets.images(plain.version);
    const [first, second, third] = images.filter(({ path }) => path.startsWith('train/daisy/'));
    assert.ok(first && second && third);
    const row = ({ path, sha256 }: { path: string; sha256: string }, decision: string, label = ''): string =>
      `${path},${decision},${label},${sha256}\n`;
    const put = async (key: string, ...rows: string[]): Promise<string> => {
      await store.put(key, `path,decision,label,sha256\n${rows.join('')}`);
      return store.uri(key);
    };
    const decided = [row(first, 'relabel', 'roses'), row(second, 'drop'), row(third, 'keep')];
    const labels = await put('decided/review.csv', ...decided);
    const reviewed = await ingest('tiny', { labels });
    assert.notEqual(reviewed.version, plain.version);
    const counts = { kept: 1, relabelled: 1, dropped: 1 };
    const { digest, ...applied } = reviewed.manifest.decisions ?? { digest: '' };
    assert.deepEqual(applied, { uri: labels, ...counts });
    assert.deepEqual(reviewed.decisions, reviewed.manifest.decisions);
    assert.ok(reviewed.remarks?.some((remark) => /1 label is changed, 1 picture is left out, 1 label is/.test(remark)));
    const after = await datasets.images(reviewed.version);
    const at = (path: string) => after.find((image) => image.path === path);
    assert.deepEqual([at(first.path)?.label, at(first.path)?.split, at(first.path)?.reviewed], [1, first.split, true]);
    assert.deepEqual([at(third.path)?.label, at(third.path)?.reviewed], [0, true]);
    assert.equal(at(second.path), undefined);
    assert.deepEqual(
      (await datasets.quarantined(reviewed.version)).map(({ path, reason }) => [path, reason]),
      [[second.path, 'dropped']],
    );
    // The same decisions beside the pictures are the same version; without them, the source is what it was.
    await put('tiny/review.csv', ...decided.toReversed());
    assert.deepEqual([(await ingest('tiny')).version, digest.length], [reviewed.version, 64]);
    await store.delete('tiny/review.csv');
    assert.equal((await ingest('tiny')).version, plain.version);

    const other = { path: first.path, sha256: 'f'.repeat(64) };
    for (const [rows, message] of [
      [[row(first, 'relabel', 'rose')], /line 2: no picture at .* has the label "rose", but some have "roses"/],
      [[row(first, 'keep'), row(other, 'drop')].slice(1), /it is a review of another source: none of its pictures/],
      [[row(second, 'keep'), row(other, 'drop')], /line 3: "train.daisy.*" is another picture now/],
      [[row(second, 'keep'), row({ ...first, path: 'train/daisy/x.jpg' }, 'drop')], /line 3: there is no picture/],
      [['a.jpg,burn,,x\n'], /line 2: the decision "burn"/],
    ] as const) {
      const uri = await put('decided/wrong.csv', ...rows);
      await assert.rejects(ingest('tiny', { labels: uri }), { code: 'GW_LABELS_INVALID', exitCode: 2, message });
    }
    await assert.rejects(ingest('tiny', { labels: store.uri('no/review.csv') }), { code: 'GW_LABELS_INVALID' });
    // A picture that was forgotten since, and did not come along with the others.
    const forgotten = { path: 'train/daisy/forgotten.jpg', sha256: 'e'.repeat(64) };
    await new Tombstones(store).put(forgotten.sha256, { by: 'a test', reason: null });
    const withForgotten = await put('decided/forgotten.csv', ...decided, row(forgotten, 'drop'));
    assert.equal((await ingest('tiny', { labels: withForgotten })).version, reviewed.version);
    await store.delete(objectKeys.tombstone(forgotten.sha256));
  });

  test('the same content elsewhere is the same version, which stays as it is; its pictures are read wherever they are left', async () => {
    const { version, manifest } = await ingest('tiny');
    const list = await store.get(objectKeys.datasetImages(version));
    await upload('datasets/tiny', 'copy/of/tiny');
    const copy = await ingest('copy/of/tiny');
    assert.equal(copy.version, version);
    assert.deepEqual(copy.manifest, manifest);
    assert.deepEqual(await store.get(objectKeys.datasetImages(version)), list);
    const [latest, first] = await datasets.sightings(version);
    assert.equal(latest?.uri, store.uri('copy/of/tiny'));
    assert.deepEqual([first?.uri, first?.firstAt], [store.uri('tiny'), manifest.createdAt]);
    assert((first?.lastAt ?? '') <= (latest?.firstAt ?? ''));

    const dataset = datasetSpecSchema.parse({ uri: store.uri('tiny'), splits: recipes.default.splits });
    const { signal } = new AbortController();
    const read = async (): Promise<Uint8Array> => {
      const { test } = await readSplits(
        dependenciesFor(store, server.folder),
        { datasetVersion: version, spec: { dataset, seed: 0 } },
        signal,
      );
      const input: InputSettings = {
        ...{ resize: 32, crop: 32, store: 32, interpolation: 'bilinear' },
        ...{ mean: [0, 0, 0], std: [1, 1, 1] },
      };
      return preprocessPicture(store, test.at(0), input, { signal });
    };
    const pixels = await read();
    const path = (await datasets.images(version)).find(({ split }) => split === 'test')?.path ?? '';
    const picture = await store.get(`tiny/${path}`);
    for (const [gone, replaced] of [
      ['copy/of/tiny', 'tiny'],
      ['tiny', 'copy/of/tiny'],
    ]) {
      await store.put(`${gone}/${path}`, 'another picture');
      assert.deepEqual(await read(), pixels, `read at ${replaced}`);
      await store.delete(`${gone}/${path}`);
      assert.deepEqual(await read(), pixels, `read at ${replaced}`);
      await store.put(`${gone}/${path}`, picture);
    }
    for (const prefix of ['copy/of/tiny', 'tiny']) await store.delete(`${prefix}/${path}`);
    await assert.rejects(read(), { code: 'GW_OBJECT_MISSING', message: /copy\/of\/tiny/ });
    await store.put(`tiny/${path}`, picture);
    // Healed from the copy, it is still the version that was made at the first address.
    await store.put(objectKeys.datasetManifest(version), 'damaged');
    await store.put(`copy/of/tiny/${path}`, picture);
    const { manifest: healed } = await ingest('copy/of/tiny');
    assert.deepEqual([healed.uri, healed.createdAt], [manifest.uri, manifest.createdAt]);
  });

  test('a changed source reads only what is new, and the images there before keep their splits', async () => {
    const before = await datasets.images((await ingest('tiny')).version);
    await store.put('tiny/train/daisy/new.jpg', await readFile(sharedData('bad-inputs/ok-plain.jpg')));
    const after = await ingest('tiny');
    assert.equal(after.progress[0]?.done, 36);
    assert.equal(after.progress.at(-1)?.done, 37);
    const splits = new Map((await datasets.images(after.version)).map(({ path, split }) => [path, split]));
    for (const { path, split } of before) assert.equal(splits.get(path), split);
    await store.delete('tiny/train/daisy/new.jpg');
    assert.equal((await ingest('tiny')).reused, true);
  });

  test('another split seed draws another validation, and leaves the test that the source has', async () => {
    const [usual, other] = [
      await ingest('tiny'),
      await ingest('tiny', { splits: { ...recipes.default.splits, seed: 3 } }),
    ];
    assert.notEqual(other.version, usual.version);
    assert.deepEqual(other.counts, usual.counts);
    assert.equal(other.manifest.drawn?.seed, 3);
  });

  test('duplicates are found: 3 exact pairs, 9 near pairs, 5 near ones across the splits', async () => {
    await upload('datasets/flowers-duplicates', 'duplicates');
    const settings = { splits: { validation: 0, test: 0.2 } };
    const { version, duplicates, remarks } = await ingest('duplicates', settings);
    assert.equal(duplicates.exact, 3);
    assert.equal(duplicates.near, 9);
    assert.equal(duplicates.acrossClasses, 1);
    const groups = await datasets.duplicates(version);
    assert.equal(groups.filter(({ kind, acrossSplits }) => kind === 'near' && acrossSplits).length, 5);
    assert(groups.every(({ paths }) => paths.length === 2));
    const twice = groups.filter(({ kind, acrossClasses }) => kind === 'exact' && acrossClasses);
    assert.equal(twice.length, 1);
    const [remark] = remarks ?? [];
    assert.match(remark ?? '', /^1 picture has more than one label: "\S+" is "\w+", its copy "\S+" is "\w+"\./);
    assert.deepEqual((await ingest('duplicates', settings)).remarks, remarks);
  });

  test('bad files are put aside with their reasons; odd keys are read', async () => {
    const good = await readFile(sharedData('bad-inputs/ok-plain.jpg'));
    const odd = [
      'café & #1? 100%.jpg',
      'cafe\u0301.jpg',
      ' spaces .jpg',
      'a [1](f)+=@.jpg',
      '日本 😀.jpg',
      '100%25.jpg',
    ];
    for (const name of odd) await store.put(`bad/plain/${name}`, good);
    await upload('bad-inputs', 'bad/others');
    await store.put('bad/.DS_Store', 'x');
    await store.put('bad/others/__MACOSX/._ok-plain.jpg', 'x');
    await store.put('bad/README.md', 'about');
    await store.put('bad/lost.jpg', good);
    const { version, counts, classes, manifest } = await ingest('bad', {
      quarantine: { maxShare: 0.5, leastSide: 8, maxPixels: 100_000_000, maxBytes: 104_857_600 },
    });
    assert.deepEqual(classes, ['others', 'plain']);
    assert.equal(counts.train + counts.validation + counts.test, 14 + odd.length);
    const found = Object.fromEntries((await datasets.quarantined(version)).map(({ path, reason }) => [path, reason]));
    assert.deepEqual(found, {
      'lost.jpg': 'no-class',
      'others/MANIFEST.md': 'not-an-image',
      'others/bad-bomb-60000x60000.png': 'too-many-pixels',
      'others/bad-crc.png': 'corrupt',
      'others/bad-empty.jpg': 'empty',
      'others/bad-html.jpg': 'not-an-image',
      'others/bad-junk.heic': 'not-an-image',
      'others/bad-script.svg': 'svg',
      'others/bad-svg-named.png': 'svg',
      'others/bad-text.png': 'not-an-image',
      'others/bad-truncated.jpg': 'truncated',
      'others/ok-sliver-4000x3.png': 'too-small',
      'others/ok-tiny-1x1.png': 'too-small',
    });
    assert.equal(manifest.quarantined, 13);
    const paths = (await datasets.images(version)).map(({ path }) => path);
    for (const name of odd) assert(paths.includes(`plain/${name}`), name);
  });

  test('too many bad files stop the ingest, naming the first', async () => {
    await assert.rejects(ingest('bad'), {
      code: 'GW_DATASET_TOO_MANY_BAD',
      message: /13 of 33 files .*at most 20 %.*lost\.jpg \(no-class/,
    });
  });

  test('a CSV manifest names images here and elsewhere, a missing one is put aside', async () => {
    const lines = ['path,label,split'];
    for (const { path, key } of await datasets.images((await ingest('tiny')).version)) {
      const [split = '', label = ''] = path.split('/');
      lines.push(`${label === 'daisy' ? path : store.uri(key)},${label},${split}`);
    }
    await store.put('tiny/list.csv', lines.join('\n'));
    const { counts, quarantined } = await ingest('tiny/list.csv');
    assert.equal(counts.test, 12);
    assert.equal(quarantined, 0);
    await store.put('tiny/list.csv', [...lines, 'train/daisy/missing.jpg,daisy,train'].join('\n'));
    await store.put('tiny/train/daisy/mising.jpg', 'not in the list');
    const again = await ingest('tiny/list.csv');
    assert.deepEqual(await datasets.quarantined(again.version), [
      {
        path: 'train/daisy/missing.jpg',
        bytes: 0,
        reason: 'unreadable',
        detail: `line ${lines.length + 1} of list.csv: there is no such picture, but there is "train/daisy/mising.jpg"`,
      },
    ]);
    await store.delete('tiny/train/daisy/mising.jpg');
    await store.delete('tiny/list.csv');
  });

  test('groups: no drawn split tears one apart, those that the source tears apart are leaks, and the version says so', async () => {
    const keys: string[] = [];
    for await (const { key } of store.list('tiny/')) if (key.endsWith('.jpg')) keys.push(key);
    const lines = (column: (split: string) => string): string =>
      keys
        .map((key, index) => {
          const [, split = '', label = ''] = key.split('/');
          return `${key.slice(5)},${label},camera ${index % 9}${column(split)}`;
        })
        .join('\n');
    await store.put('tiny/groups.csv', `path,label,group\n${lines(() => '')}`);
    const drawn = await ingest('tiny/groups.csv');
    assert.deepEqual(drawn.manifest.groups, { count: 9, pictures: 36, largest: 4 });
    const splitOf = new Map<string, string>();
    for (const { group = '', split } of await datasets.images(drawn.version)) {
      assert.equal(split, splitOf.get(group) ?? split);
      splitOf.set(group, split);
    }
    assert.deepEqual([drawn.counts.test, drawn.duplicates.group], [8, undefined]);

    await store.put('tiny/groups.csv', `path,label,group,split\n${lines((split) => `,${split}`)}`);
    const torn = await ingest('tiny/groups.csv');
    assert.equal(torn.duplicates.intoTest, 9);
    assert.equal(torn.duplicates.group, 9);
    const [leak] = (await datasets.duplicates(torn.version)).filter(({ kind }) => kind === 'group');
    assert.deepEqual([leak?.acrossSplits, leak?.splits?.includes('test')], [true, true]);
    await store.delete('tiny/groups.csv');

    // Not even the id differs where nothing belongs together.
    const plain = await ingest('tiny');
    assert.equal(plain.manifest.groups, undefined);
    const byPath = await ingest('tiny', { groupBy: '{group}_*' });
    assert.equal(byPath.manifest.groups?.by, '{group}_*');
    assert.notEqual(byPath.version, plain.version);
    await assert.rejects(ingest('tiny', { groupBy: 'patient-{group}' }), {
      code: 'GW_DATASET_INVALID',
      message: /matches none of the 36 pictures/,
    });
  });

  for (const [folder, classes] of [
    ['cp1252-csv', ['Bär', 'Bür', 'dog']],
    ['nfd-csv', ['a', 'b']],
    ['backslash', ['a', 'b']],
    ['label-spaces', ['a', 'b']],
  ] as const) {
    test(`the odd list ${folder} is read as it is meant`, async () => {
      await upload(`odd-inputs/${folder}`, folder);
      const found = await ingest(`${folder}/m.csv`);
      assert.deepEqual(found.classes, classes);
      assert.equal(found.quarantined, 0);
      assert.equal((await datasets.images(found.version)).length, classes.length * 6);
    });
  }

  test('the folders of a competition train on train/, and the reference says what is to be known', async () => {
    await upload('odd-inputs/kaggle', 'kaggle');
    const first = await ingest('kaggle');
    assert.deepEqual(first.classes, ['cat', 'dog']);
    assert.equal(first.quarantined, 0);
    assert.match(first.remarks?.[0] ?? '', /^"test" has no labels: its 8 pictures/);
    const again = await ingest('kaggle');
    assert.deepEqual([again.reused, again.remarks], [true, first.remarks]);
    await upload('odd-inputs/identical', 'identical');
    await assert.rejects(ingest('identical'), { code: 'GW_DATASET_INVALID', message: /40 images .* copies of one/ });
    await upload('odd-inputs/leftovers', 'leftovers');
    const { counts, quarantined } = await ingest('leftovers');
    assert.deepEqual([counts.train + counts.validation + counts.test, quarantined], [12, 0]);
  });

  test('what is not there, empty or of one class is said so', async () => {
    await assert.rejects(ingest('no-such-prefix'), { code: 'GW_SOURCE_NOT_FOUND', message: /no-such-prefix/ });
    await assert.rejects(ingest('no-such.csv'), { code: 'GW_SOURCE_NOT_FOUND' });
    await assert.rejects(
      ingestDataset(
        dependenciesFor(store, server.folder),
        {
          dataset: datasetSpecSchema.parse({ uri: 's3://no-such-bucket/x', splits: recipes.default.splits }),
          seed: 1,
        },
        { progress: () => undefined, signal: new AbortController().signal },
      ),
      { code: 'GW_S3_BUCKET_MISSING' },
    );
    await store.put('tiny/empty.csv', 'path,label\r\n');
    await assert.rejects(ingest('tiny/empty.csv'), { code: 'GW_MANIFEST_INVALID', message: /no line with an image/ });
    await store.delete('tiny/empty.csv');
    await store.put('text/a/1.jpg', 'x');
    await store.put('text/a/2.jpg', 'x');
    await store.put('text/b/1.jpg', '');
    await assert.rejects(ingest('text'), { code: 'GW_DATASET_EMPTY', message: /a\/1\.jpg \(not-an-image/ });
    await assert.rejects(ingest('tiny/train/daisy'), { code: 'GW_DATASET_INVALID', message: /no class folders/ });
    await store.put('evil/a\u0007/1.jpg', 'x');
    await store.put('evil/b/1.jpg', 'x');
    await assert.rejects(ingest('evil'), { code: 'GW_DATASET_INVALID', message: /"a\\u0007"/ });
  });

  test('a stored image list that was tampered with is refused', async () => {
    const { version } = await ingest('tiny');
    const key = objectKeys.datasetImages(version);
    const bytes = await store.get(key);
    await store.put(key, Buffer.from(bytes.toString().replace('"train"', '"test"')));
    await assert.rejects(datasets.images(version), { code: 'GW_CORRUPT' });
    await store.put(key, bytes);
  });
});
