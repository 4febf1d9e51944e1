import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GraftworkError } from '../../../contracts/errors.js';
import { readTorchFile, readTorchZip } from './torchFile.js';

/** Just enough of a pickler: texts, small integers, tuples and the calls a state dictionary is made of. */
const op = (...bytes: number[]): Buffer => Buffer.from(bytes);
const text = (value: string): Buffer => Buffer.concat([op(0x58), int32(value.length), Buffer.from(value)]);
const int = (value: number): Buffer => Buffer.concat([op(0x4a), int32(value)]);
const tuple = (...items: Buffer[]): Buffer => Buffer.concat([op(0x28), ...items, op(0x74)]);
const global = (module: string, name: string): Buffer => Buffer.from(`c${module}\n${name}\n`);
const call = (callee: Buffer, ...parameters: Buffer[]): Buffer =>
  Buffer.concat([callee, tuple(...parameters), op(0x52)]);
const pickle = (...parts: Buffer[]): Buffer => Buffer.concat([op(0x80, 2), ...parts, op(0x2e)]);
const none = op(0x4e);
const orderedDict = call(global('collections', 'OrderedDict'));

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}

function int64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt(value));
  return bytes;
}

interface Fixture {
  name: string;
  key: string;
  type?: string;
  length: number;
  offset?: number;
  size: number[];
  stride: number[];
}

function dictionary(fixtures: Fixture[], legacy: boolean): Buffer {
  const entries = fixtures.flatMap(({ name, key, type = 'FloatStorage', length, offset = 0, size, stride }) => {
    const id = [text('storage'), global('torch', type), text(key), text('cpu'), int(length), ...(legacy ? [none] : [])];
    const storage = Buffer.concat([tuple(...id), op(0x51)]);
    const rebuild = global('torch._utils', '_rebuild_tensor_v2');
    return [
      text(name),
      call(rebuild, storage, int(offset), tuple(...size.map(int)), tuple(...stride.map(int)), op(0x89), orderedDict),
    ];
  });
  return Buffer.concat([orderedDict, op(0x28), ...entries, op(0x75)]);
}

const magic = pickle(op(0x8a, 10), Buffer.from('6cfc9c46f9206aa85019', 'hex'));
const version = pickle(op(0x4d), Buffer.from(Uint16Array.of(1001).buffer));
const system = pickle(op(0x7d, 0x28), text('little_endian'), op(0x88, 0x75));

function legacyFile(state: Buffer, storages: Record<string, Float32Array>): Buffer {
  const keys = Object.keys(storages);
  return Buffer.concat([
    magic,
    version,
    system,
    pickle(state),
    pickle(op(0x5d, 0x28), ...keys.map(text), op(0x65)),
    ...Object.values(storages).flatMap((values) => [int64(values.length), Buffer.from(values.buffer)]),
  ]);
}

/** A zip of stored members, as PyTorch writes them. @param gap bytes before them, which are not part of the result */
function zipFile(members: Record<string, Buffer>, gap = 0): Buffer {
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = gap;
  for (const [name, data] of Object.entries(members)) {
    const header = Buffer.alloc(30);
    header.writeUInt32LE(0x04034b50, 0);
    header.writeUInt32LE(data.length, 18);
    header.writeUInt32LE(data.length, 22);
    header.writeUInt16LE(name.length, 26);
    const record = Buffer.alloc(46);
    record.writeUInt32LE(0x02014b50, 0);
    record.writeUInt32LE(data.length, 20);
    record.writeUInt32LE(data.length, 24);
    record.writeUInt16LE(name.length, 28);
    record.writeUInt32LE(offset, 42);
    local.push(header, Buffer.from(name), data);
    central.push(record, Buffer.from(name));
    offset += header.length + name.length + data.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Object.keys(members).length, 8);
  end.writeUInt16LE(Object.keys(members).length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...local, directory, end]);
}

const bytes = (...values: number[]): Buffer => Buffer.from(Float32Array.from(values).buffer);

const matrices: Fixture[] = [
  { name: 'plain', key: '0', length: 6, size: [2, 3], stride: [3, 1] },
  { name: 'transposed', key: '1', length: 6, size: [2, 3], stride: [1, 2] },
  { name: 'slice', key: '1', length: 6, offset: 1, size: [2], stride: [3] },
];

function assertMatrices(arrays: Awaited<ReturnType<typeof readTorchFile>>): void {
  assert.deepEqual(arrays.get('plain'), { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) });
  assert.deepEqual(arrays.get('transposed'), { shape: [2, 3], data: Float32Array.of(10, 30, 50, 20, 40, 60) });
  assert.deepEqual(arrays.get('slice'), { shape: [2], data: Float32Array.of(20, 50) });
}

test('the legacy format is read, whatever the strides', async () => {
  const storages = { 0: Float32Array.of(1, 2, 3, 4, 5, 6), 1: Float32Array.of(10, 20, 30, 40, 50, 60) };
  assertMatrices(await readTorchFile(legacyFile(dictionary(matrices, true), storages)));
});

test('the zip format is read, with a checkpoint around the parameters and counters beside them', async () => {
  const counter: Fixture = {
    name: 'num_batches_tracked',
    key: '2',
    type: 'LongStorage',
    length: 1,
    size: [],
    stride: [],
  };
  const state = dictionary([...matrices, counter], false);
  const arrays = await readTorchFile(
    zipFile({
      'model/data.pkl': pickle(op(0x7d, 0x28), text('epoch'), int(3), text('state_dict'), state, op(0x75)),
      'model/byteorder': Buffer.from('little'),
      'model/data/0': bytes(1, 2, 3, 4, 5, 6),
      'model/data/1': bytes(10, 20, 30, 40, 50, 60),
      'model/data/2': int64(7),
    }),
  );
  assertMatrices(arrays);
  assert.equal(arrays.has('num_batches_tracked'), false);
});

/** Decoded for each view, the storage would be 640 GB in each format. Milliseconds; it takes about one second. */
const muchTooLong = 60_000;

test('ten thousand views of one storage take no more than their own elements', { timeout: muchTooLong }, async () => {
  const [views, length] = [10_000, 16_000_000];
  const storage = Float32Array.from({ length }, (_, index) => index);
  const fixtures = Array.from({ length: views }, (_, view): Fixture => {
    const layout = view % 2 === 0 ? { size: [2], stride: [1] } : { size: [2], stride: [500_000] };
    return { name: `view ${view}`, key: '0', length, offset: view, ...layout };
  });
  for (const file of [
    zipFile({ 'm/data.pkl': pickle(dictionary(fixtures, false)), 'm/data/0': Buffer.from(storage.buffer) }),
    legacyFile(dictionary(fixtures, true), { 0: storage }),
  ]) {
    const arrays = await readTorchFile(file);
    assert.equal(arrays.size, views);
    assert.deepEqual(arrays.get('view 4')?.data, Float32Array.of(4, 5));
    assert.deepEqual(arrays.get('view 9999')?.data, Float32Array.of(9_999, 509_999));
    assert.ok(
      [...arrays.values()].every(({ data }) => data.buffer.byteLength <= 8),
      'no view holds on to the storage',
    );
  }
});

test('the zip format is read where it lies, behind more bytes than a buffer holds', async () => {
  const gap = 3 * 2 ** 30;
  const members = { 'm/data.pkl': pickle(dictionary(matrices, false)), 'm/data/0': bytes(1, 2, 3, 4, 5, 6) };
  const file = zipFile({ ...members, 'm/data/1': bytes(10, 20, 30, 40, 50, 60) }, gap);
  const read = (into: Uint8Array, position: number): Promise<void> => {
    into.fill(0);
    file.copy(into, Math.max(0, gap - position), Math.max(0, position - gap));
    return Promise.resolve();
  };
  const large = { size: gap + file.length, read };
  assertMatrices(await readTorchZip(large, 10_000));
  await assert.rejects(readTorchZip(large, 50), { code: 'GW_WEIGHTS_REFUSED' });
});

test('values of every type are read, contiguous or not', async () => {
  const double = Buffer.from(Float64Array.of(0.5, -2, 3).buffer);
  const half = Buffer.from(Uint16Array.of(0x3c00, 0xc000, 0x3800).buffer); // 1, −2, 0.5
  const brain = Buffer.from(Uint16Array.of(0x3f80, 0xc000, 0x3f00).buffer); // the same
  const kinds = { DoubleStorage: double, HalfStorage: half, BFloat16Storage: brain };
  const fixtures = Object.keys(kinds).flatMap((type, key): Fixture[] => [
    { name: `${type} whole`, key: `${key}`, type, length: 3, size: [3], stride: [1] },
    { name: `${type} ends`, key: `${key}`, type, length: 3, size: [2], stride: [2] },
    { name: `${type} none`, key: `${key}`, type, length: 3, size: [0, 2], stride: [2, 1] },
  ]);
  const members = Object.values(kinds).map((data, key) => [`m/data/${key}`, data] as const);
  const state = pickle(dictionary(fixtures, false));
  const storages: Record<string, Buffer> = Object.fromEntries(members);
  const arrays = await readTorchFile(zipFile({ 'm/data.pkl': state, ...storages }));
  for (const [type, values] of [
    ['DoubleStorage', [0.5, -2, 3]],
    ['HalfStorage', [1, -2, 0.5]],
    ['BFloat16Storage', [1, -2, 0.5]],
  ] as const) {
    assert.deepEqual(arrays.get(`${type} whole`)?.data, Float32Array.from(values));
    assert.deepEqual(arrays.get(`${type} ends`)?.data, Float32Array.of(values[0], values[2]));
    assert.equal(arrays.get(`${type} none`)?.data.length, 0);
  }
});

test('everything that is not a dictionary of tensors is refused by name', async () => {
  const one: Fixture = { name: 'w', key: '0', length: 2, size: [2], stride: [1] };
  const zip = (state: Buffer): Buffer => zipFile({ 'm/data.pkl': pickle(state), 'm/data/0': bytes(1, 2) });
  const cases: [string, Buffer][] = [
    ["'os.system'", zip(call(global('os', 'system'), text('true')))],
    ["'torch.nn.modules.conv.Conv2d'", zip(global('torch.nn.modules.conv', 'Conv2d'))],
    ["'torch._utils._rebuild_tensor_v3'", zip(global('torch._utils', '_rebuild_tensor_v3'))],
    ['opcode 0x93', zip(Buffer.concat([text('os'), text('system'), op(0x93)]))],
    ['opcode 0x81', zip(Buffer.concat([orderedDict, op(0x29, 0x81)]))],
    ['beyond its storage', zip(dictionary([{ ...one, size: [3] }], false))],
    ['beyond its storage', zip(dictionary([{ ...one, offset: 1 }], false))],
    ['beyond its storage', zip(dictionary([{ ...one, size: [1000, 2], stride: [0, 1] }], false))],
    ['the description of a tensor', zip(dictionary([{ ...one, size: [-2] }], false))],
    ['another length', zip(dictionary([{ ...one, length: 3, size: [3] }], false))],
    ["no member 'm/data/9'", zip(dictionary([{ ...one, key: '9' }], false))],
    ['plain storage', zip(Buffer.concat([tuple(text('storage'), int(1), text('0'), text('cpu'), int(2)), op(0x51)]))],
    ['not a tensor', zip(Buffer.concat([orderedDict, op(0x28), text('w'), int(1), op(0x75)]))],
    ['archive is refused', zip(Buffer.alloc(0)).subarray(0, 30)],
    ['protocol', legacyFile(dictionary([one], true), {}).fill(4, 1, 2)],
    ['not a PyTorch file', pickle(int(5))],
    ['no tensor', legacyFile(orderedDict, {})],
    ['missing', legacyFile(dictionary([one], true), {})],
    ['another length', legacyFile(dictionary([one], true), { 0: Float32Array.of(1, 2, 3) })],
    ['mark is missing', zip(op(0x75))],
    ['never created', zip(op(0x68, 5))],
  ];
  for (const [reason, file] of cases) {
    await assert.rejects(
      readTorchFile(file),
      (error) =>
        error instanceof GraftworkError && error.code === 'GW_WEIGHTS_REFUSED' && error.message.includes(reason),
      reason,
    );
  }
});

test('a small file cannot ask for more memory than a network may take', async () => {
  const refusals: [string, Buffer][] = [
    ['instructions', zipFile({ 'm/data.pkl': pickle(Buffer.alloc(2_000_001, 0x4e)) })],
    [
      'tensors take more',
      zipFile({
        'm/data.pkl': pickle(
          // 3,000 views of one storage of a million numbers.
          dictionary(
            Array.from({ length: 3_000 }, (_, index) => ({
              ...{ name: `w${index}`, key: '0', length: 1_000_000, size: [1_000_000], stride: [1] },
            })),
            false,
          ),
        ),
        'm/data/0': Buffer.alloc(4_000_000),
      }),
    ],
  ];
  for (const [message, file] of refusals) {
    await assert.rejects(readTorchFile(file), { code: 'GW_WEIGHTS_REFUSED', message: new RegExp(message) });
  }
});

test('a dictionary that holds itself is refused, not followed for ever', async () => {
  const cyclic = Buffer.concat([op(0x7d, 0x71, 0), text('model'), op(0x68, 0, 0x73)]);
  await assert.rejects(readTorchFile(zipFile({ 'm/data.pkl': pickle(cyclic) })), { code: 'GW_WEIGHTS_REFUSED' });
});
