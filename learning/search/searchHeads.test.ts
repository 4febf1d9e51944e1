import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recipes } from '../../contracts/spec/recipes.js';
import type { HeadSpec } from '../../contracts/spec/stages/stageSpec.js';
import { headCandidates, withSettings } from './headCandidates.js';
import { headOfTrial, searchHeads } from './searchHeads.js';
import type { Attempt } from './searchSettings.js';

const { head } = recipes.default;
const pictures = 40;

/** Outcomes in which heads at a high rate are better (below zero: worse) by so much a picture, give or take `noise`. */
function outcomes(gain: number, noise: number, lost = 0) {
  return ({ learningRate }: HeadSpec) => {
    const better = (learningRate as number) > 2e-3 ? gain : 0;
    const losses = Array.from(
      { length: pictures },
      (_, index) => 1 - better + (better === 0 ? 0 : noise * (index % 2 ? 1 : -1)),
    );
    const correct = losses.map((_, index) => index >= (better === 0 ? 4 : 4 + lost));
    return Promise.resolve({ losses, correct });
  };
}

/** A search whose trials are all made. */
async function searched(train: (spec: HeadSpec) => Promise<Attempt>) {
  const found = await searchHeads({ head, train });
  assert.ok(found !== undefined && !('missing' in found));
  return found;
}

test('candidates begin with the recipe’s own and are all different', () => {
  const candidates = headCandidates(head);
  assert.deepEqual(candidates[0], { learningRate: 2e-3, weightDecay: 0.01, labelSmoothing: 0.1 });
  assert.equal(new Set(candidates.map((one) => JSON.stringify(one))).size, 12);
  assert.deepEqual(withSettings(head, candidates[0]), head);
  assert.deepEqual(headCandidates({ ...head, learningRate: 'auto' }), []);
});

test('a clear gain changes the settings', async () => {
  const found = await searched(outcomes(0.2, 0.1));
  assert.equal(found.changed, true);
  assert.equal(found.chosen.learningRate, 6e-3);
  assert.match(found.reason, /validation loss 0\.800 instead of 1\.000, the lowest of 12 heads/);
  assert.equal(found.trials.filter(({ epochs }) => epochs === 40).length, 2);
});

test('a gain within its error, or one that recognises fewer pictures, changes nothing', async () => {
  for (const [train, doubt] of [
    [outcomes(0.01, 0.5), /within its standard error/],
    [outcomes(0.2, 0.1, 2), /recognises fewer/],
  ] as const) {
    const found = await searched(train);
    assert.equal(found.changed, false);
    assert.equal(found.chosen.learningRate, 2e-3);
    assert.match(found.reason, doubt);
  }
});

test('where the recipe’s own recognises every picture there is nothing to gain', async () => {
  const sure = async (spec: HeadSpec) => ({
    ...(await outcomes(0.2, 0.1)(spec)),
    correct: Array<boolean>(pictures).fill(true),
  });
  const found = await searched(sure);
  assert.equal(found.changed, false);
  assert.match(found.reason, /nothing to gain/);
});

test('heads that diverge lose, and without time everything stays as it is', async () => {
  const diverging = (spec: HeadSpec) =>
    spec.learningRate === 6e-3 ? Promise.resolve(undefined) : outcomes(0, 0)(spec);
  assert.equal((await searched(diverging)).changed, false);
  const ownDiverges = (spec: HeadSpec) =>
    spec.learningRate === head.learningRate ? Promise.resolve(undefined) : outcomes(0, 0)(spec);
  const saved = await searched(ownDiverges);
  assert.equal(saved.changed, true);
  assert.match(saved.reason, /with the recipe's own, training diverged/);
  const none = await searched(() => Promise.resolve(undefined));
  assert.deepEqual([none.changed, none.trials], [false, []]);
  assert.match(none.reason, /training diverged with each of 12 heads/);
  const late = await searched(() => Promise.resolve('late'));
  assert.deepEqual([late.changed, late.trials.length], [false, 0]);
});

test('missing trials are named, all of a round, until every round is made', async () => {
  const made = new Map<string, Attempt>();
  const asked: number[][] = [];
  for (;;) {
    const found = await searchHeads({
      head,
      train: (spec) => Promise.resolve(made.has(JSON.stringify(spec)) ? made.get(JSON.stringify(spec)) : 'missing'),
    });
    assert.ok(found !== undefined);
    if (!('missing' in found)) {
      assert.deepEqual(found, await searched(outcomes(0.2, 0.1)));
      break;
    }
    asked.push(found.missing.map(({ epochs }) => epochs));
    for (const trial of found.missing) {
      const spec = headOfTrial(head, trial);
      made.set(JSON.stringify(spec), await outcomes(0.2, 0.1)(spec));
    }
  }
  assert.deepEqual(asked, [Array(12).fill(4), Array(4).fill(13), Array(2).fill(40)]);
});
