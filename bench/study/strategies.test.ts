import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pair } from './pair.js';
import { casesOf, outcome, randomOutcome, strategies } from './strategies.js';

const plan = { views: 1, headEpochs: 4, fineTuneEpochs: 2 };

function pair(set: string, source: string, knn: number, headEpochs: number[], fineTuned: number): Pair {
  return {
    ...{ set, base: set, source, backbone: 'efficientnet_lite0', headEpochs, head: 0.5, fineTuned },
    counts: { train: 200, validation: 20, test: 100 },
    stages: [
      { stage: 'blocks.5', dimensions: 8, logme: 0, gain: 0, knn: 0.3, secondsPerImage: 0.01 },
      { stage: 'blocks.6', dimensions: 8, logme: knn, gain: knn, knn, secondsPerImage: 0.01 },
    ],
    seconds: { rank: 1, head: 10, fineTune: 30 },
  };
}

const pairs = [
  pair('a', 'one', 0.9, [0.2, 0.4, 0.6, 0.9], 0.9),
  pair('a', 'two', 0.6, [0.5, 0.6, 0.6, 0.6], 0.8),
  pair('a', 'three', 0.2, [0.1, 0.1, 0.1, 0.1], 0.6),
  pair('b', 'one', 0.5, [0.5, 0.5, 0.5, 0.5], 0.5),
  pair('b', 'two', 0.8, [0.8, 0.8, 0.8, 0.8], 0.8),
  pair('b', 'three', 0.2, [0.1, 0.1, 0.1, 0.1], 0.4),
];

test('each way of choosing is judged by the best there was, and by what training all takes', () => {
  const [a] = casesOf(pairs);
  const judge = (name: string) => outcome(a!, strategies[name]!, plan);
  assert.deepEqual(judge('ours, no records'), {
    set: 'a',
    chosen: 'one',
    regret: 0,
    choosing: 3 / 120,
    cost: (40 + 3) / 120,
  });
  // On the other set the second was best.
  const fixed = judge('static list: best on the other sets');
  assert.deepEqual([fixed.chosen, Math.round(fixed.regret), fixed.cost], ['two', 10, 40 / 120]);
  // What learns slowly is dropped before it shows what it can.
  const halved = judge('halving over heads, no scores');
  assert.deepEqual([halved.chosen, halved.choosing, halved.cost], ['two', 20 / 120, (20 + 40) / 120]);
  const any = randomOutcome(a!);
  assert.ok(Math.abs(any.regret - 100 * (0.9 - 2.3 / 3)) < 1e-9);
});

test('nothing that was made of the same pictures is known of the others', () => {
  const copy = pairs.map((one) => ({ ...one, set: `${one.set}, few` }));
  const [a] = casesOf([...pairs, ...copy]);
  assert.deepEqual([...new Set(a!.others.map(({ set }) => set))], ['b', 'b, few']);
});
