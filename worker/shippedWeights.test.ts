import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { linkShippedWeights } from './shippedWeights.js';

test('a home elsewhere has the shipped weights, keeps its own, and may be prepared by several workers', () => {
  const folder = mkdtempSync(join(tmpdir(), 'graftwork-weights-'));
  try {
    const [shipped, home] = [join(folder, 'shipped'), join(folder, 'home')];
    mkdirSync(join(shipped, 'cache'), { recursive: true });
    writeFileSync(join(shipped, 'a.whl'), 'shipped a');
    writeFileSync(join(shipped, 'b.whl'), 'shipped b');
    mkdirSync(join(home, 'weights'), { recursive: true });
    writeFileSync(join(home, 'weights', 'b.whl'), 'own b');
    linkShippedWeights(home, shipped);
    linkShippedWeights(home, shipped);
    assert.deepEqual(readdirSync(join(home, 'weights')), ['a.whl', 'b.whl']);
    assert.equal(readFileSync(join(home, 'weights', 'a.whl'), 'utf8'), 'shipped a');
    assert.equal(readFileSync(join(home, 'weights', 'b.whl'), 'utf8'), 'own b');
    linkShippedWeights(join(folder, 'other'), join(folder, 'nothing'));
    assert.deepEqual(readdirSync(join(folder, 'other', 'weights')), []);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
