import assert from 'node:assert/strict';
import { test } from 'node:test';
import { multipliesBfloat16 } from './processor.js';

const cpuinfo = (...flags: string[]): string =>
  ['processor\t: 0', 'model name\t: avx512_bf16', `flags\t\t: fpu ${flags.join(' ')}`, 'bugs\t\t: amx_bf16', ''].join(
    '\n',
  );

test('a processor multiplies bfloat16 if its flags name avx512_bf16 or amx_bf16', () => {
  assert.equal(multipliesBfloat16(cpuinfo('avx2', 'avx512_bf16', 'avx512_fp16')), true);
  assert.equal(multipliesBfloat16(cpuinfo('avx2', 'amx_bf16')), true);
  assert.equal(multipliesBfloat16(cpuinfo('avx2', 'avx512f', 'amx_tile', 'avx512_bf16_more')), false);
});

test('nothing is known of a processor without flags', () => {
  for (const text of ['', 'Features\t: fp asimd bf16\n', 'flags\t\t:\n']) assert.equal(multipliesBfloat16(text), false);
});
