import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nameFrom } from './names.js';

for (const [text, name] of [
  ['Ants & Bees/', 'ants-bees'],
  ['flowers_2.v1', 'flowers_2.v1'],
  ['Ünïcödé', 'unicode'],
  ['Vögel', 'vogel'],
  ['Vögel'.normalize('NFD'), 'vogel'],
  ['Straße', 'strasse'],
  ['smørrebrød', 'smorrebrod'],
  ['花1', undefined],
  ['---', undefined],
] as const) {
  test(`the name after “${text}” is ${name ?? 'none'}`, () => {
    assert.equal(nameFrom(text), name);
  });
}
