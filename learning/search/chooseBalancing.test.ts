import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseBalancing, isUneven } from './chooseBalancing.js';

/** 90 pictures of a class and 10 of another. */
const labels = Array.from({ length: 100 }, (_, index) => (index < 90 ? 0 : 1));

/** @param common recognised of the large class; @param rare of the small one */
function outcome(common: number, rare: number) {
  const correct = labels.map((label, index) => (label === 0 ? index < common : index - 90 < rare));
  return { correct, losses: correct.map(() => 1) };
}

const choose = (...tried: Parameters<typeof chooseBalancing>[1]) => chooseBalancing(labels, tried);

test('a clear gain of balanced accuracy is taken, a small one is not', () => {
  const plain = { method: 'plain', outcome: outcome(90, 2) } as const;
  const found = choose(
    plain,
    { method: 'class-weights', outcome: outcome(85, 9) },
    { method: 'focal', outcome: undefined },
  );
  assert.equal(found.chosen, 'class-weights');
  assert.match(found.reason, /from 60\.0 % to 92\.2 %/);
  const [own] = found.rows;
  assert.deepEqual(
    [own?.balancedAccuracy.toFixed(6), own?.top1, own?.score, own?.lost],
    ['0.600000', 0.92, null, null],
  );
  const chance = choose(plain, { method: 'focal', outcome: outcome(90, 4) });
  assert.deepEqual([chance.chosen, chance.rows[1]?.score?.toFixed(3)], ['plain', '1.414']);
});

test('top-1 is not clearly worse for it, and nothing is compared with what diverged', () => {
  const plain = { method: 'plain', outcome: outcome(90, 2) } as const;
  assert.equal(choose(plain, { method: 'focal', outcome: outcome(70, 10) }).chosen, 'plain');
  assert.equal(choose(plain, { method: 'focal', outcome: outcome(80, 10) }).chosen, 'focal');
  const diverged = choose({ method: 'plain', outcome: undefined }, { method: 'focal', outcome: outcome(90, 10) });
  assert.equal(diverged.chosen, 'plain');
});

test('classes are uneven from more than 3 to 1 on', () => {
  assert.equal(isUneven([0, 0, 0, 1]), false);
  assert.equal(isUneven([0, 0, 0, 0, 1]), true);
  assert.equal(isUneven([0, 0, 0]), false);
});
