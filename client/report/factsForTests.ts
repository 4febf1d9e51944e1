/** Facts of a run that never was, for tests of what is made of them. */
import type { TestOutcome } from '../../contracts/evaluation.js';
import { answerOf, evaluate } from '../../learning/metrics/evaluate.js';
import { figuresOf, type Figures } from './figures.js';
import { leaksIntoTest, type LeakSigns } from './leaks.js';
import { surestMistakes } from './mistakes.js';
import type { RunFacts } from './runFacts.js';

/** Of a run from published weights, whose data set has no picture in two splits. */
export const noLeaks: LeakSigns = { groups: [], counted: 0, splitOf: new Map(), source: null };

/** Pictures whose probabilities are given, class by class. */
export function outcomesOf(rows: readonly { label: number; probabilities: number[]; path?: string }[]): TestOutcome[] {
  return rows.map(({ label, probabilities, path }, index) => ({
    path: path ?? `test/${index}.jpg`,
    ...answerOf(probabilities, label),
  }));
}

export function figuresFrom(outcomes: TestOutcome[], classes: readonly string[]): Figures {
  return figuresOf({ evaluation: evaluate(outcomes, classes, [5]), outcomes }, classes);
}

/** A finished run with this test; null: one that is still training. */
export function factsOf(figures: Figures | null, more: Partial<RunFacts> = {}): RunFacts {
  const classes = figures?.classes ?? ['ant', 'bee'];
  const epoch = { epoch: 1, loss: 0.5, validation: { top1: 0.75, loss: 0.25 }, learningRate: 0.002, seconds: 1 };
  const stage = {
    name: 'head',
    epochs: [epoch, { ...epoch, epoch: 2, loss: 0.25 }],
    seconds: 2,
    kept: true,
    reason: 'a new head is always kept',
    resumedFrom: null,
    cache: { hits: 0, misses: 1, reason: 'no earlier run trained this' },
  };
  return {
    result: {
      run: 'train-insects-1',
      status: figures === null ? 'running' : 'completed',
      model: figures === null ? null : { name: 'insects', version: 1 },
      dataset: {
        version: 'b'.repeat(64),
        uri: 's3://bucket/insects',
        classes,
        counts: { train: 10, validation: 4, test: figures?.outcomes.length ?? 4 },
        quarantined: 0,
        duplicates: { exact: 0, near: 0, acrossSplits: 0, acrossClasses: 0 },
        reused: false,
      },
      backbone: 'efficientnet_lite0',
      cache: null,
      stages: [stage],
      test: figures?.evaluation ?? null,
      artifacts: { model: null, card: null, report: null, exports: [] },
      seconds: 12,
      stage: figures === null ? 'head' : 'done',
      failure: null,
    },
    startedAt: null,
    card: null,
    spec: null,
    stages: [stage],
    thinned: false,
    figures,
    manifest: null,
    duplicates: [],
    quarantined: [],
    production: null,
    retraining: null,
    leaks: figures && leaksIntoTest(noLeaks, figures.outcomes),
    splitOf: new Map(),
    mistakes: surestMistakes(figures?.outcomes ?? [], classes),
    pictures: new Map(),
    activities: null,
    ui: undefined,
    notes: [],
    at: Date.UTC(2026, 0, 1),
    ...more,
  };
}
