import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { learningRate } from './learningRate.js';

const length = { peak: 0.1, warmupSteps: 4, totalSteps: 24, stepsPerEpoch: 5 };

test('rates by hand', () => {
  const table = [
    ['constant', { kind: 'constant' }, { 0: 0.025, 1: 0.05, 3: 0.1, 4: 0.1, 23: 0.1 }],
    ['cosine', { kind: 'cosine', finalShare: 0 }, { 0: 0.025, 4: 0.1, 14: 0.05, 24: 0 }],
    ['cosine to a tenth', { kind: 'cosine', finalShare: 0.1 }, { 4: 0.1, 14: 0.055, 24: 0.01 }],
    ['step', { kind: 'step', everyEpochs: 2, factor: 0.1 }, { 4: 0.1, 9: 0.1, 10: 0.01, 19: 0.01, 20: 0.001 }],
  ] as const;
  for (const [name, schedule, rates] of table) {
    for (const [step, rate] of Object.entries(rates)) {
      const actual = learningRate(schedule, length, Number(step));
      assert.ok(Math.abs(actual - rate) < 1e-12, `${name}, step ${step}: ${actual}, not ${rate}`);
    }
  }
});

const schedules = fc.oneof(
  fc.constant({ kind: 'constant' } as const),
  fc.record({ kind: fc.constant('cosine' as const), finalShare: fc.double({ min: 0, max: 1, noNaN: true }) }),
  fc.record({
    kind: fc.constant('step' as const),
    everyEpochs: fc.integer({ min: 1, max: 5 }),
    factor: fc.double({ min: 0.01, max: 0.99, noNaN: true }),
  }),
);

test('a rate lies in 0…peak, rises while warming up and never rises afterwards', () => {
  fc.assert(
    fc.property(schedules, fc.double({ min: 0, max: 40, noNaN: true }), fc.nat(100), (schedule, warmupSteps, step) => {
      const any = { peak: 0.3, warmupSteps, totalSteps: 101, stepsPerEpoch: 7 };
      const now = learningRate(schedule, any, step);
      const next = learningRate(schedule, any, step + 1);
      assert.ok(now >= 0 && now <= 0.3);
      if (step + 1 < warmupSteps) assert.ok(next >= now);
      else if (step >= warmupSteps) assert.ok(next <= now + 1e-12);
    }),
  );
});

test('the first step of a warm-up already moves, and its last reaches the peak', () => {
  const rate = (warmupSteps: number, step: number) =>
    learningRate({ kind: 'constant' }, { ...length, warmupSteps }, step);
  assert.ok(Math.abs(rate(10, 0) - 0.01) < 1e-12);
  assert.equal(rate(10, 9), 0.1);
  assert.equal(rate(0, 0), 0.1);
});
