import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RankedSource, RankReport } from '../../contracts/models/ranking.js';
import { resolveSpec } from '../../contracts/spec/recipes.js';
import type { UserSpec } from '../../contracts/spec/runSpec.js';
import { decide, type Decision } from './decide.js';
import type { DecisionInput } from './options.js';

const counts = { train: 200, validation: 40, test: 150 };
const usual = ['blocks.5', 'blocks.6', 'conv_head'];

/** @param knn at the head @param milliseconds of each of the four stages */
function source(name: string, knn: number, milliseconds: number): RankedSource {
  const stages = ['blocks.4', ...usual].map((stage, index) => ({
    stage,
    dimensions: 1280,
    logme: knn - 1,
    gain: knn / 10,
    knn: knn - 0.01 * (3 - index),
    secondsPerImage: milliseconds / 1000,
  }));
  return {
    source: name,
    name,
    sha256: 'a'.repeat(64),
    license: 'Apache-2.0',
    model: null,
    similarity: null,
    stages,
    best: 'conv_head',
    head: 'conv_head',
    unfreeze: usual,
    predicted: null,
    cost: { head: 10, fineTune: 20 },
  };
}

/** Best first. */
const ranked = [source('large', 0.95, 12), source('middle', 0.9, 6), source('small', 0.85, 3)];

function report(sources: readonly RankedSource[]): RankReport {
  return {
    format: 1,
    dataset: { version: 'd'.repeat(64), uri: 's3://bucket/images', classes: 2, counts },
    sample: 200,
    sources: [...sources],
    skipped: [],
    leftOut: [],
    similarTasks: [],
    calibration: { records: 0, tasks: 0, used: false, reason: '' },
    choice: null,
    cache: { hits: 0, misses: 3 },
  };
}

function decided(user: UserSpec, secondsLeft: number | null, change: Partial<DecisionInput> = {}): Decision {
  const spec = resolveSpec({
    dataset: { uri: 's3://bucket/images' },
    backbone: 'auto',
    ...(secondsLeft === null ? {} : { budget: { seconds: secondsLeft } }),
    ...user,
  });
  const { stages } = source('cheapest', 0, 2);
  return decide({
    spec,
    counts,
    report: report(ranked),
    fallback: {
      ...{ source: 'cheapest', architecture: 'cheapest', backbone: { name: 'cheapest' } },
      ...{ stages, unfreeze: usual, why: 'no time' },
    },
    usualSuffix: () => usual,
    passedOver: [],
    secondsLeft,
    ...change,
  });
}

const chosen = ({ choices }: Decision, what: string): string | undefined =>
  choices.made.find((one) => one.what === what)?.chosen;

test('without a limit the best source is taken, and nothing stays open', () => {
  const { spec, choices } = decided({}, null);
  assert.equal(spec.backbone.name, 'large');
  assert.deepEqual([spec.budget, spec.undecided], [undefined, undefined]);
  assert.equal(spec.fineTune[0]?.unfreeze, 'default');
  assert.match(choices.made[0]?.why ?? '', /best scores of 3 sources/);
  assert.deepEqual(
    choices.sources.map((row) => row.source),
    ['large', 'middle', 'small'],
  );
  assert.match(choices.next.join(), /^middle, the next by its scores: about \d+ min$/);
});

test('what was not ranked is said by reason, and that the hub may have better networks', () => {
  const skipped = ['a', 'b'].map((name) => ({
    source: name,
    reason: 'its weights are not on this machine',
    remedy: '',
  }));
  const change = { report: { ...report(ranked), skipped } };
  const { choices } = decided({}, null, change);
  assert.deepEqual(choices.leftOut, ['2 sources: their weights are not on this machine']);
  assert.match(choices.next.join(), /--online/);
  const { spec, ...online } = decided({ backbone: { name: 'auto', online: true } }, null, change);
  assert.doesNotMatch(online.choices.next.join(), /--online/);
  assert.deepEqual(spec.backbone, { name: 'large' });
});

test('the less time, the smaller the run: fewer epochs, less depth, another source, fewer views, the head alone', () => {
  const runs = [3000, 1000, 300, 100, 60, 25, 15].map((seconds) => decided({}, seconds));
  const told = runs.map(({ spec }) => {
    const [step] = spec.fineTune;
    const depth = typeof step?.unfreeze === 'object' ? step.unfreeze.length : step?.unfreeze;
    return [spec.backbone.name, depth, step?.epochs, spec.augmentation.views].join(' ');
  });
  assert.deepEqual(told, [
    'large default 21 4',
    'large default 11 4',
    'large 1 11 4',
    'middle 1 6 4',
    'small 1 6 4',
    'middle   1',
    'small   1',
  ]);
  const last = runs.at(-1)!;
  assert.deepEqual(last.spec.fineTune, []);
  assert.equal(chosen(last, 'depth'), 'the head alone');
  assert.match(last.choices.next[0] ?? '', /^large, which scores higher/);
});

test('what the person said stays', () => {
  const { spec } = decided({ fineTune: [{ unfreeze: 'last', epochs: 3 }], augmentation: { views: 3 } }, 15);
  assert.deepEqual([spec.fineTune[0]?.unfreeze, spec.fineTune[0]?.epochs, spec.augmentation.views], ['last', 3, 3]);
  const named = decided({ backbone: 'middle' }, 1000, { report: null });
  assert.equal(chosen(named, 'source'), undefined);
});

test('without a ranking the source that is given is taken, with its reason', () => {
  const run = decided({}, 15, { report: null, passedOver: ['large'] });
  assert.equal(run.spec.backbone.name, 'cheapest');
  assert.equal(run.choices.made[0]?.why, 'no time');
  assert.deepEqual(run.choices.cut, ['no time to rank large']);
  assert.ok(run.choices.next.includes('a ranking of the available sources'));
});

test('a source that is perfect on the sample needs no fine-tuning', () => {
  const run = decided({}, null, { report: report([source('sure', 1, 5)]) });
  assert.deepEqual(run.spec.fineTune, []);
  assert.match(run.choices.made.find(({ what }) => what === 'depth')?.why ?? '', /no mistake/);
});

test('what comes after training is kept free', () => {
  const { endingSeconds, trainingSeconds } = decided({}, null);
  assert.ok(endingSeconds > 0.048 * 150 && endingSeconds < trainingSeconds);
});

test('a backbone with a name keeps everything but the way its features are pooled', () => {
  const vit = source('vit_small_patch14_dinov2', 0.9, 6);
  const better = {
    ...{ ...vit, name: 'vit_small_patch14_dinov2:token+mean', source: 'vit_small_patch14_dinov2' },
    pooled: { as: 'token+mean' as const, usual: vit.stages.at(-1)! },
  };
  const user: UserSpec = {
    backbone: { name: vit.name, weights: 's3://bucket/weights', pooling: 'auto' },
    fineTune: [{ epochs: 3 }],
  };
  const pooled = decided(user, null, { report: report([better]) });
  assert.deepEqual(pooled.spec.backbone, { name: better.name, weights: 's3://bucket/weights' });
  assert.equal(pooled.spec.fineTune[0]?.epochs, 3);
  assert.deepEqual(
    pooled.choices.made.map(({ what, chosen }) => [what, chosen]),
    [['pooling', 'token+mean']],
  );
  const asItIs = decided(user, null, { report: report([vit]) });
  assert.equal(asItIs.spec.backbone.name, vit.name);
  assert.match(asItIs.choices.made[0]?.why ?? '', /no other way is clearly better/);
});
