import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { test } from 'node:test';
import { generatedPages } from './pages.js';

for (const { path, content } of generatedPages()) {
  test(`docs/${basename(path)} is what the sources say: npm run docs`, () => {
    assert.equal(readFileSync(path, 'utf8'), content);
  });
}

test('every field of a run spec that takes a value says what it means', () => {
  const [spec] = generatedPages();
  const rows = (spec?.content ?? '').split('\n').filter((line) => line.startsWith('| `'));
  assert(rows.length > 80);
  assert.deepEqual(
    rows.filter((row) => row.endsWith('|  |')),
    [],
  );
});

test('schemas that extend others, take fields of others, and come in kinds', () => {
  const [spec] = generatedPages();
  const row = (path: string) =>
    (spec?.content ?? '').split('\n').find((line) => line.startsWith(`| \`${path}\` |`)) ?? '';
  assert.match(row('augmentation.rotation'), /number ≥ 0, ≤ 180 \| `0` \| `0` \| Rotation about the centre/);
  assert.match(row('head.schedule.finalShare'), /\(cosine, one-cycle, plateau\).*`plateau`: Lowest rate/);
  assert.match(row('fineTune.0.optimizer.kind'), /`sgd`, `adamw`.*`sgd`: Stochastic/);
  assert.match(row('dataset.quarantine.maxBytes'), /`104857600`/);
  assert.match(row('promotion.margin'), /\| `0\.02` \| `0\.02` \|/);
  assert.match(row('promotion.approval.notify'), /\| `null` \| `null` \|/);
  assert.match(row('head.schedule.threshold'), /\| `0\.0001` \| `0\.0001` \|/);
  assert.match(row('fineTune.0.optimizer.kind'), /\| `sgd`, `adamw`[^|]*\|/);
});
