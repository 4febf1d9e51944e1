import assert from 'node:assert/strict';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { GraftworkError } from '../../contracts/errors.js';
import { getBackbone } from '../backbones/architecture.js';
import { safetensorsPieces } from '../arrays/safetensors.js';
import { formulaParameters } from './formula.js';
import { resolveWeights } from './resolveWeights.js';

const backbone = getBackbone('mobilenetv3_small_050');

/** What no buffer holds, in a file of holes: a counter of 2 GiB before the tensors that are wanted. */
async function writeLarge(file: string): Promise<number> {
  const [head, ...tensors] = safetensorsPieces(formulaParameters(backbone, 3), { license: 'CC0-1.0' });
  const { __metadata__, ...entries } = JSON.parse(Buffer.from(head!.subarray(8)).toString('utf8')) as Record<
    string,
    { data_offsets: [number, number] }
  >;
  const gap = 2 ** 31;
  const moved = Object.entries(entries).map(([name, entry]) => {
    const [begin, end] = entry.data_offsets;
    return [name, { ...entry, data_offsets: [begin + gap, end + gap] }];
  });
  const counter = { dtype: 'I64', shape: [gap / 8], data_offsets: [0, gap] };
  const json = Buffer.from(JSON.stringify({ __metadata__, counter, ...Object.fromEntries(moved) }));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const handle = await open(file, 'w');
  try {
    await handle.writev([length, json], 0);
    const bytes = Buffer.concat(tensors);
    await handle.write(bytes, 0, bytes.length, 8 + json.length + gap);
    return (await handle.stat()).size;
  } finally {
    await handle.close();
  }
}

test('a safetensors file of more than 2 GiB is read where it lies', async () => {
  const home = await mkdtemp(path.join(tmpdir(), 'graftwork-large-'));
  try {
    const file = path.join(home, 'large.safetensors');
    const size = await writeLarge(file);
    assert.ok(size > 2 ** 31);
    const { parameters, licence, sha256 } = await resolveWeights({ backbone, source: file, home });
    assert.equal(licence, 'CC0-1.0');
    for (const [name, { data }] of formulaParameters(backbone, 3)) {
      if (parameters.has(name)) assert.deepEqual(parameters.get(name)?.data, data, name);
    }
    assert.ok(parameters.has('conv_stem.weight'));
    // By its digest it is taken from the cache, without the file.
    await rm(file);
    const again = await resolveWeights({ backbone, source: file, home, sha256 });
    assert.deepEqual(again.parameters.get('conv_stem.weight'), parameters.get('conv_stem.weight'));
    // The format before PyTorch 1.6 is read whole, and must not be so large.
    const old = await open(path.join(home, 'large.pth'), 'w');
    await old.write(Buffer.from([0x80, 2]));
    await old.truncate(2 ** 31);
    await old.close();
    await assert.rejects(
      resolveWeights({ backbone, source: path.join(home, 'large.pth'), home }),
      (error) => error instanceof GraftworkError && /larger than 2147483647 bytes/.test(error.message),
    );
  } finally {
    await rm(home, { recursive: true, force: true });
  }
});
