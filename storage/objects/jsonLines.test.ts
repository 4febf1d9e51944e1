import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { z } from 'zod';
import { fromJsonLines, toJsonLines } from './jsonLines.js';

async function read<T>(pieces: Iterable<Uint8Array>, schema: z.ZodType<T>): Promise<T[]> {
  async function* arriving(): AsyncGenerator<Uint8Array> {
    yield* pieces;
  }
  const values: T[] = [];
  for await (const value of fromJsonLines(arriving(), schema, 's3://b/list')) values.push(value);
  return values;
}

test('property: a list comes back, wherever its bytes are cut', async () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'é', '日', '😀', '\n', '\r', '\u2028', '"', '\\') });
  await fc.assert(
    fc.asyncProperty(fc.array(text), fc.integer({ min: 1, max: 7 }), async (values, size) => {
      const bytes = Buffer.concat([...toJsonLines(values)]);
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
        bytes.subarray(index * size, (index + 1) * size),
      );
      assert.deepEqual(await read(pieces, z.string()), values);
    }),
  );
});

test('a long list is made in pieces, and a value longer than a piece is one line', async () => {
  const values = ['x'.repeat(1_000_000), ...Array.from({ length: 20_000 }, (_, index) => `value ${index} `.repeat(4))];
  const pieces = [...toJsonLines(values)];
  assert(pieces.length > 4 && pieces.slice(1).every(({ length }) => length < 300_000));
  assert.deepEqual(await read(pieces, z.string()), values);
});

test('what is no JSON, or not as expected, is refused with its line', async () => {
  await assert.rejects(read([Buffer.from('1\n2\n{\n')], z.number()), {
    code: 'GW_CORRUPT',
    message: /s3:\/\/b\/list, line 3/,
  });
  await assert.rejects(read([Buffer.from('1\n"two"\n')], z.number()), { code: 'GW_CORRUPT', message: /line 2/ });
});
