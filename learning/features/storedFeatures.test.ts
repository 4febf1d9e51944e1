import assert from 'node:assert/strict';
import { mkdtemp, open, rm, writeFile, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { GraftworkError } from '../../contracts/errors.js';
import type { CacheDtype } from '../../contracts/spec/runSpec.js';
import { normal } from '../random.js';
import { tf, type Tensor } from '../tensorflow.js';
import type { RandomAccess } from '../arrays/safetensorsInFile.js';
import {
  encodeFeatures,
  FeaturesInMemory,
  locateFeatures,
  readFeatures,
  StoredFeatures,
  type FeatureSource,
  type Features,
} from './index.js';

const views = 3;
/** A shard's images. */
const counts = [5, 4, 3];
const starts = [0, 5, 9];

/** A file that notes which bytes are read. */
class Watched implements RandomAccess {
  readonly reads: [begin: number, end: number][] = [];

  constructor(
    private readonly handle: FileHandle,
    readonly size: number,
  ) {}

  async read(into: Uint8Array, position: number): Promise<void> {
    this.reads.push([position, position + into.byteLength]);
    await this.handle.read(into, 0, into.byteLength, position);
  }
}

let folder: string;
const handles: FileHandle[] = [];
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'graftwork-features-'));
});
after(async () => {
  await Promise.all(handles.map((handle) => handle.close()));
  await rm(folder, { recursive: true });
});

function shard(which: number): Features {
  const count = counts[which] as number;
  const values = (name: string, row: number) =>
    Float32Array.from({ length: count * views * row }, (_, i) => normal(name, which, i));
  return {
    count,
    views,
    pooled: { shape: [7], data: values('pooled', 7) },
    cut: { shape: [2, 2, 3], data: values('cut', 12) },
  };
}

async function onDisk(which: number, dtype?: CacheDtype): Promise<Watched> {
  const path = join(folder, `${which}-${dtype}`);
  const file = Buffer.concat(encodeFeatures(shard(which), dtype));
  await writeFile(path, file);
  const handle = await open(path);
  handles.push(handle);
  return new Watched(handle, file.byteLength);
}

async function stored(
  kind: 'pooled' | 'cut',
  dtype?: CacheDtype,
): Promise<{ source: StoredFeatures; files: Watched[] }> {
  const files = await Promise.all(counts.map((_, which) => onDisk(which, dtype)));
  const arrays = await Promise.all(files.map((file) => locateFeatures(file, kind, 'shard')));
  const [{ shape, dtype: stored }] = arrays as [(typeof arrays)[0]];
  const blocks = files.map((file, which) => ({
    file,
    start: starts[which] as number,
    count: counts[which] as number,
    offset: arrays[which]?.begin ?? 0,
  }));
  // In whatever order the shards come.
  return { source: new StoredFeatures(shape, views, stored, blocks.toReversed()), files };
}

function inMemory(kind: 'pooled' | 'cut'): FeatureSource {
  const blocks = counts.map((count, which) => ({
    start: starts[which] as number,
    count,
    data: shard(which)[kind]?.data ?? new Float32Array(0),
  }));
  return new FeaturesInMemory(kind === 'pooled' ? [7] : [2, 2, 3], views, blocks);
}

function valuesOf(batch: Tensor): { shape: number[]; bytes: Buffer } {
  const { shape } = batch;
  const bytes = Buffer.from(batch.dataSync<'float32'>().slice().buffer);
  batch.dispose();
  return { shape, bytes };
}

test('a batch from disk is the batch from memory bit for bit, hinted at or not, whole or in parts', async () => {
  for (const kind of ['pooled', 'cut'] as const) {
    const before = tf.memory().numTensors;
    const { source } = await stored(kind);
    const memory = inMemory(kind);
    assert.deepEqual([source.count, source.views, source.shape], [memory.count, memory.views, memory.shape]);
    const indices = Int32Array.of(11, 0, 5, 4, 8, 9, 1);
    const chosen = Int32Array.of(2, 0, 1, 2, 0, 0, 1);
    const expected = valuesOf(await memory.batch(indices, chosen));
    assert.deepEqual(valuesOf(await source.batch(indices, chosen)), expected);
    source.prefetch(indices, chosen);
    source.prefetch([2, 3], [0, 0]);
    assert.deepEqual(valuesOf(await source.batch(indices, chosen)), expected);
    source.prefetch(indices, chosen);
    for (const [from, to] of [
      [0, 3],
      [3, 6],
      [6, 7],
    ]) {
      const [some, theirs] = [indices.subarray(from, to), chosen.subarray(from, to)];
      assert.deepEqual(valuesOf(await source.batch(some, theirs)), valuesOf(await memory.batch(some, theirs)));
    }
    // Some hinted at, some not, and in another order.
    source.prefetch([7, 6], [0, 0]);
    assert.deepEqual(
      valuesOf(await source.batch([6, 10, 7], [0, 2, 0])),
      valuesOf(await memory.batch([6, 10, 7], [0, 2, 0])),
    );
    await assert.rejects(source.batch([12], [0]), /no view 0 of image 12/);
    await assert.rejects(source.batch([0], [3]), /no view 3 of image 0/);
    assert.equal(tf.memory().numTensors, before);
  }
});

test('neighbours are one read, and a hint is read once', async () => {
  const { source, files } = await stored('pooled');
  for (const file of files) file.reads.length = 0;
  source.prefetch([3, 4, 5], [2, 0, 0]);
  source.prefetch([3, 4, 5], [2, 0, 0]);
  valuesOf(await source.batch([3, 4, 5], [2, 0, 0]));
  assert.deepEqual(
    files.map(({ reads }) => reads.length),
    [1, 1, 0],
  );
});

test('a head reads no byte of the activations at the cut', async () => {
  const { source, files } = await stored('pooled');
  const all = Array.from({ length: source.count }, (_, index) => index);
  for (let view = 0; view < views; view++)
    valuesOf(
      await source.batch(
        all,
        all.map(() => view),
      ),
    );
  for (const file of files) {
    const { begin, end } = await locateFeatures(file, 'cut', 'shard');
    assert.ok(file.reads.every(([first, last]) => last <= begin || first >= end));
  }
});

test('as float16 activations take half the room and are rounded; pooled features are not', async () => {
  const { source, files } = await stored('cut', 'float16');
  const exact = await inMemory('cut').batch([0, 11], [1, 2]);
  const rounded = await source.batch([0, 11], [1, 2]);
  const [a, b] = [exact.dataSync<'float32'>(), rounded.dataSync<'float32'>()];
  assert.ok(a.every((value, i) => Math.abs(value - (b[i] as number)) <= Math.abs(value) * 2 ** -11 + 2 ** -25));
  assert.notDeepEqual(a, b);
  tf.dispose([exact, rounded]);
  const [file] = files as [Watched];
  const { begin, end } = await locateFeatures(file, 'cut', 'shard');
  assert.equal(end - begin, 5 * views * 12 * 2);
  const pooled = await locateFeatures(file, 'pooled', 'shard');
  assert.deepEqual(await readFeatures(file, pooled), shard(0).pooled.data);
  const large = { ...shard(0), cut: { shape: [1], data: new Float32Array(15).fill(70_000) } };
  assert.throws(() => encodeFeatures(large, 'float16'), { code: 'GW_SPEC_INVALID', message: /70000/ });
});

test('a file that is no shard, or lacks what is asked for, is named', async () => {
  const access = (bytes: Uint8Array): RandomAccess => ({
    size: bytes.byteLength,
    read: (into, position) => Promise.resolve(into.set(bytes.subarray(position, position + into.byteLength))),
  });
  const withoutCut = Buffer.concat(encodeFeatures({ ...shard(0), cut: null }));
  for (const bytes of [withoutCut, withoutCut.subarray(0, 5), withoutCut.subarray(0, 100), Buffer.from('nonsense…')]) {
    await assert.rejects(
      locateFeatures(access(bytes), 'cut', 'features/0a'),
      (error) => error instanceof GraftworkError && error.code === 'GW_CORRUPT' && /features\/0a/.test(error.message),
    );
  }
});
