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
      const actual = learningRate(schedule, length, Number(step), []);
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

test('stages of very few steps, by hand: each moves, and what falls ends below its peak', () => {
  const oneCycle = { kind: 'one-cycle', riseShare: 0.3, startShare: 0.04, finalShare: 4e-6 } as const;
  const cosine = { kind: 'cosine', finalShare: 0 } as const;
  const constant = { kind: 'constant' } as const;
  const step = { kind: 'step', everyEpochs: 1, factor: 0.1 } as const;
  const plateau = { kind: 'plateau', factor: 0.1, patience: 0, cooldown: 0, threshold: 1e-4, finalShare: 0 } as const;
  // Shares of the peak; one epoch, all of it warm-up where there is one.
  const table = [
    [oneCycle, 0, [1]],
    [oneCycle, 0, [0.811746, 4e-6]],
    [oneCycle, 0, [0.994415, 0.462637, 4e-6]],
    [cosine, 0, [1]],
    [cosine, 0, [1, 0.5]],
    [cosine, 1, [1]],
    [cosine, 1, [1, 0.75]],
    [cosine, 1, [1, 1, 0.5]],
    [cosine, 1, [2 / 3, 1, 0.904508, 0.345492]],
    [cosine, 1, [1 / 2, 1, 1, 0.75, 0.25]],
    [constant, 1, [1]],
    [constant, 1, [1, 1]],
    [constant, 1, [1 / 2, 1, 1, 1, 1]],
    [step, 1, [1]],
    [step, 1, [1 / 2, 1, 1, 1, 1]],
    [plateau, 1, [1]],
    [plateau, 1, [1 / 2, 1, 1, 1, 1]],
  ] as const;
  for (const [schedule, warmupEpochs, shares] of table) {
    const totalSteps = shares.length;
    const any = { peak: 0.1, totalSteps, stepsPerEpoch: totalSteps, warmupSteps: warmupEpochs * totalSteps };
    const rates = shares.map((_, at) => learningRate(schedule, any, at, []));
    for (const [at, share] of shares.entries()) {
      assert.ok(Math.abs(rates[at]! - 0.1 * share) < 1e-6, `${schedule.kind} of ${totalSteps}: ${rates.join(', ')}`);
    }
  }
});

test('however short a stage, and whatever its warm-up, it reaches its peak, and what falls ends below it', () => {
  const falling = [
    { kind: 'cosine', finalShare: 0 },
    { kind: 'one-cycle', riseShare: 0.3, startShare: 0.04, finalShare: 4e-6 },
  ] as const;
  for (const totalSteps of [1, 2, 3, 4, 5, 7, 10, 32]) {
    for (const warmupSteps of [0, 0.5, 1, 2, totalSteps / 2, totalSteps, 10 * totalSteps]) {
      const length = { peak: 1, totalSteps, warmupSteps, stepsPerEpoch: totalSteps };
      for (const schedule of falling) {
        const rates = Array.from({ length: totalSteps }, (_, at) => learningRate(schedule, length, at, []));
        const what = `${schedule.kind}, ${totalSteps} steps, ${warmupSteps} of warm-up: ${rates.join(', ')}`;
        assert.ok(Math.max(...rates) > 0.8, what);
        if (totalSteps > 1) assert.ok(rates.at(-1)! < Math.max(...rates), what);
      }
    }
  }
});

test('a rate lies in 0…peak, rises while warming up and never rises afterwards', () => {
  fc.assert(
    fc.property(schedules, fc.double({ min: 0, max: 40, noNaN: true }), fc.nat(100), (schedule, warmupSteps, step) => {
      const any = { peak: 0.3, warmupSteps, totalSteps: 101, stepsPerEpoch: 7 };
      const now = learningRate(schedule, any, step, []);
      const next = learningRate(schedule, any, step + 1, []);
      assert.ok(now >= 0 && now <= 0.3);
      const rise = Math.min(warmupSteps, (any.totalSteps - 1) / 2);
      if (step + 1 < rise) assert.ok(next >= now);
      else if (step >= rise) assert.ok(next <= now + 1e-12);
    }),
  );
});

test('the first step of a warm-up already moves, and its last reaches the peak', () => {
  const rate = (warmupSteps: number, step: number) =>
    learningRate({ kind: 'constant' }, { ...length, warmupSteps }, step, []);
  assert.ok(Math.abs(rate(10, 0) - 0.01) < 1e-12);
  assert.equal(rate(10, 9), 0.1);
  assert.equal(rate(0, 0), 0.1);
});

const isNear = (actual: number, expected: number, what: string): void =>
  assert.ok(Math.abs(actual - expected) <= 1e-12 + 1e-9 * expected, `${what}: ${actual}, not ${expected}`);

test("one cycle is torch's OneCycleLR", () => {
  const defaults = { riseShare: 0.3, startShare: 0.04, finalShare: 4e-6 };
  // From torch 2.15: OneCycleLR(optimizer, max_lr=0.1, total_steps=…, pct_start, div_factor, final_div_factor).
  const table = [
    [24, defaults, { 0: 0.004, 1: 0.010031362425060059, 6: 0.09975372752281098, 7: 0.09944154354509119, 23: 4e-7 }],
    [24, defaults, { 12: 0.07336353795992745, 18: 0.020309309485362026, 22: 0.000872072851630233 }],
    [10, { riseShare: 0.25, startShare: 0.1, finalShare: 1e-3 }, { 0: 0.01, 1: 0.0775, 2: 0.0989084726566536 }],
    [10, { riseShare: 0.25, startShare: 0.1, finalShare: 1e-3 }, { 5: 0.0552711967402193, 9: 1e-4 }],
    [3, defaults, { 0: 0.09944154354509119, 1: 0.046263710266697504, 2: 4e-7 }],
  ] as const;
  for (const [totalSteps, shares, rates] of table) {
    for (const [step, rate] of Object.entries(rates)) {
      const actual = learningRate({ kind: 'one-cycle', ...shares }, { ...length, totalSteps }, Number(step), []);
      isNear(actual, rate, `${totalSteps} steps, step ${step}`);
    }
  }
});

test("a plateau is torch's ReduceLROnPlateau", () => {
  const losses = [
    1,
    0.8,
    0.81,
    0.79995,
    0.9,
    0.7,
    0.71,
    0.72,
    0.73,
    0.74,
    0.75,
    0.76,
    0.77,
    0.5,
    ...Array<number>(6).fill(0.6),
  ];
  const torch = { cooldown: 0, threshold: 1e-4, finalShare: 0 };
  // Rates in each epoch, from torch 2.15: ReduceLROnPlateau(optimizer, factor, patience, cooldown, min_lr).
  const table = [
    [
      { ...torch, factor: 0.5, patience: 2 },
      [0.1, 0.1, 0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.05, 0.025, 0.025, 0.025],
      [0.0125, 0.0125, 0.0125, 0.0125, 0.0125, 0.00625, 0.00625, 0.00625, 0.003125],
    ],
    [
      { ...torch, factor: 0.1, patience: 1, cooldown: 2 },
      [0.1, 0.1, 0.1, 0.1, 0.01, 0.01, 0.01, 0.01, 1e-3, 1e-3, 1e-3, 1e-3],
      [1e-4, 1e-4, 1e-4, 1e-4, 1e-5, 1e-5, 1e-5, 1e-5, 1e-6],
    ],
    [
      { ...torch, factor: 0.1, patience: 0, finalShare: 5e-3 },
      [0.1, 0.1, 0.1, 0.01, 1e-3],
      Array<number>(16).fill(5e-4),
    ],
  ] as const;
  for (const [settings, early, late] of table) {
    for (const [epoch, rate] of [...early, ...late].entries()) {
      const any = { ...length, warmupSteps: 0 };
      const actual = learningRate({ kind: 'plateau', ...settings }, any, epoch * 5, losses.slice(0, epoch));
      isNear(actual, rate, `${JSON.stringify(settings)}, epoch ${epoch}`);
    }
  }
});
