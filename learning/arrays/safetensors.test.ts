import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { GraftworkError } from '../../contracts/errors.js';
import { float16ToFloat32, float32ToFloat16 } from './halfPrecision.js';
import { asFloat32, readSafetensors, writeSafetensors } from './safetensors.js';

/** A file with the given header and data, whatever they say. */
function fileOf(header: unknown, data: Uint8Array): Buffer {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, data]);
}

const entry = (dtype: string, shape: number[], begin: number, end: number) => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

test('tensors and metadata come back as they were written', () => {
  const file = writeSafetensors(
    [
      ['pixels', { shape: [2, 3], data: Uint8Array.of(0, 1, 2, 3, 254, 255) }],
      ['weight', { shape: [3], data: Float32Array.of(-1.5, 1e-30, 3e38) }],
      ['half', { shape: [2], data: Float32Array.of(0.5, -2), dtype: 'F16' }],
      ['scalar', { shape: [], data: Float32Array.of(7) }],
      ['empty', { shape: [0, 4], data: new Float32Array(0) }],
    ],
    { note: 'ünïcode' },
  );
  const { tensors, metadata } = readSafetensors(file);
  assert.deepEqual(metadata, { note: 'ünïcode' });
  assert.deepEqual([...tensors.get('pixels')!.bytes], [0, 1, 2, 3, 254, 255]);
  assert.deepEqual(asFloat32(tensors.get('weight')!), Float32Array.of(-1.5, 1e-30, 3e38));
  assert.deepEqual(asFloat32(tensors.get('half')!), Float32Array.of(0.5, -2));
  assert.deepEqual(tensors.get('scalar')!.shape, []);
  assert.equal(tensors.get('empty')!.bytes.length, 0);
});

test('the bytes depend on the content, not on the order of insertion', () => {
  const a = ['a', { shape: [1], data: Float32Array.of(1) }] as const;
  const b = ['b', { shape: [1], data: Float32Array.of(2) }] as const;
  assert.deepEqual(writeSafetensors([a, b], { x: '1', y: '2' }), writeSafetensors([b, a], { y: '2', x: '1' }));
});

test('an aligned tensor is a view into the file, an unaligned one a copy', () => {
  const file = writeSafetensors([['a', { shape: [1], data: Float32Array.of(5) }]]);
  assert.equal(asFloat32(readSafetensors(file).tensors.get('a')!).buffer, file.buffer);
  const shifted = Buffer.alloc(file.length + 1);
  shifted.set(file, 1);
  assert.equal(asFloat32(readSafetensors(shifted.subarray(1)).tensors.get('a')!)[0], 5);
});

test('bfloat16 is read', () => {
  const bytes = Buffer.from(Uint16Array.of(0x3f80, 0xc049).buffer);
  const { tensors } = readSafetensors(fileOf({ a: entry('BF16', [2], 0, 4) }, bytes));
  assert.deepEqual([...asFloat32(tensors.get('a')!)], [1, -3.140625]);
});

test('malformed files are refused with the reason', () => {
  const data = Buffer.alloc(8);
  const cases: [string, Buffer][] = [
    ['has 3 bytes', Buffer.alloc(3)],
    ['ends inside its header', fileOf({}, data).subarray(0, 9)],
    ['header claims', Buffer.alloc(16, 0xff)],
    ['not JSON', fileOf('{', data)],
    ['not an object', fileOf('7', Buffer.alloc(0))],
    ['unsupported type C64', fileOf({ a: entry('C64', [1], 0, 8) }, data)],
    ['unsupported type constructor', fileOf({ a: entry('constructor', [1], 0, 8) }, data)],
    ['for shape', fileOf({ a: entry('F32', [3], 0, 8) }, data)],
    ['ends inside tensor', fileOf({ a: entry('F32', [3], 0, 12) }, data)],
    ['overlaps', fileOf({ a: entry('F32', [2], 0, 8), b: entry('F32', [1], 4, 8) }, data)],
    ['gap', fileOf({ a: entry('F32', [1], 4, 8) }, data)],
    ['bytes follow', fileOf({ a: entry('F32', [1], 0, 4) }, data)],
    ['invalid', fileOf({ a: entry('F32', [-1], 0, 4) }, data)],
    ['metadata', fileOf({ __metadata__: { a: 1 } }, Buffer.alloc(0))],
  ];
  for (const [reason, file] of cases) {
    assert.throws(
      () => readSafetensors(file, { name: 'bad.safetensors' }),
      (error) => error instanceof GraftworkError && error.code === 'GW_CORRUPT' && error.message.includes(reason),
      reason,
    );
  }
});

test('whatever is written is read back; damage is refused or changes values only', () => {
  const tensor = fc.array(fc.float({ noNaN: true }), { maxLength: 6 });
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), tensor, { maxKeys: 5 }),
      fc.nat(),
      fc.nat({ max: 255 }),
      (given, at, byte) => {
        const entries = Object.entries(given).filter(([name]) => name !== '__metadata__');
        const file = writeSafetensors(
          entries.map(([name, values]) => [name, { shape: [values.length], data: Float32Array.from(values) }]),
        );
        const { tensors } = readSafetensors(file);
        for (const [name, values] of entries) {
          assert.deepEqual(asFloat32(tensors.get(name)!), Float32Array.from(values));
        }
        file[at % file.length] = byte;
        try {
          readSafetensors(file);
        } catch (error) {
          assert.ok(error instanceof GraftworkError);
        }
      },
    ),
    { numRuns: 200 },
  );
});

test('every float16 survives the way to float32 and back', () => {
  const all = Uint16Array.from({ length: 65536 }, (_, bits) => bits).filter((bits) => (bits & 0x7fff) <= 0x7c00);
  assert.deepEqual(float32ToFloat16(float16ToFloat32(all)), all);
});

test('float32 is rounded to the nearest float16, ties to even', () => {
  const round = (value: number): number => float16ToFloat32(float32ToFloat16(Float32Array.of(value)))[0]!;
  assert.equal(round(1 + 1 / 2048), 1);
  assert.equal(round(1 + 3 / 2048), 1 + 2 / 1024);
  assert.equal(round(65519), 65504);
  assert.equal(round(65520), Infinity);
  assert.equal(round(2 ** -25), 0);
  assert.equal(round(2 ** -25 * 1.001), 2 ** -24);
  assert.equal(round(-(2 ** -14) * 0.99999), -(2 ** -14));
  assert.ok(Number.isNaN(round(Number.NaN)));
});
