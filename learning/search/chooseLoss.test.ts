import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ScoredPicture } from '../metrics/multiLabel/averages.js';
import { uniform } from '../random.js';
import { areUnevenLabels, chooseLoss } from './chooseLoss.js';

/** 200 pictures: a common label, and one that every tenth has. @param noise of the rare label's scores */
function pictures(noise: number): ScoredPicture[] {
  return Array.from({ length: 200 }, (_, index) => {
    const truth = [...(index % 2 === 0 ? [0] : []), ...(index % 10 === 3 ? [1] : [])];
    const rare = (1 - noise) * Number(truth.includes(1)) + noise * uniform(1, 'rare', index);
    return { truth, scores: [truth.includes(0) ? 0.9 : 0.2, rare] };
  });
}

test('the asymmetric loss is taken where mAP rises clearly, and not for chance', () => {
  const found = chooseLoss(pictures(0.9), pictures(0.1), 2);
  assert.equal(found.chosen, 'asymmetric');
  assert.match(found.reason, /^asymmetric: mAP rises clearly, from \d+\.\d % to 100\.0 %$/);
  assert.ok((found.rows[1]?.score ?? 0) > 1.645);
  assert.equal(found.rows[1]?.mAP, 1);
  const same = chooseLoss(pictures(0.3), pictures(0.3), 2);
  assert.deepEqual([same.chosen, same.rows[1]?.score], ['plain', 0]);
  assert.equal(chooseLoss(pictures(0.1), pictures(0.9), 2).chosen, 'plain');
});

test('nothing is compared with what diverged', () => {
  assert.match(chooseLoss(undefined, pictures(0.1), 2).reason, /training with it diverged/);
  assert.match(chooseLoss(pictures(0.1), undefined, 2).reason, /the asymmetric one diverged/);
});

test('labels are uneven from more than 3 to 1 on, however they are put together', () => {
  const sets = [[0], [0, 1], []];
  assert.equal(areUnevenLabels([0, 0, 1, 2], sets), false);
  assert.equal(areUnevenLabels([0, 0, 0, 1, 2], sets), true);
});
