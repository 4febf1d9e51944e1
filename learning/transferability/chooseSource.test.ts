import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RankedSource, StageScores } from '../../contracts/models/ranking.js';
import { chooseSource, type Constraints } from './chooseSource.js';
import { inOrder, onImagenet } from './rankOrder.js';
import { silentEvidence } from './scoreFeatures.js';
import { logme } from './logme.js';
import { trainingCost } from './trainingCost.js';
import { clearlyBetterPooling, headStage, unfreezeFrom } from './unfreezeDepth.js';

const plan = { counts: { train: 1_000, validation: 100, test: 200 }, views: 4, headEpochs: 40, fineTuneEpochs: 8 };
const constraints: Constraints = { budget: null, sample: 1_000, plan };

function scores(gains: readonly number[], knn: number, secondsPerImage: number): StageScores[] {
  return gains.map((gain, i) => ({ stage: `s${i}`, dimensions: 10, logme: gain - 1, gain, knn, secondsPerImage }));
}

/** A network that nothing is published for, so that its scores alone speak. */
const unpublished = 'mobilenet_v2_expand_first';

function source(
  name: string,
  { gains = [0.1, 0.2, 0.3, 0.4], knn = 0.9, seconds = 0.001, usual = ['s2', 's3'] } = {},
): RankedSource {
  const stages = scores(gains, knn, seconds);
  const first = unfreezeFrom(stages, 1_000, usual);
  const unfreeze = stages.slice(first).map(({ stage }) => stage);
  return {
    ...{ source: name, name: unpublished, sha256: '0'.repeat(64), license: 'free', model: null, similarity: null },
    ...{ stages, best: 's3', head: 's3', unfreeze, predicted: null },
    cost: trainingCost(stages, unfreeze.length, plan),
  };
}

test('the best by both scores leads, and the reason says by how much', () => {
  const ranked = inOrder([source('poor', { knn: 0.7 }), source('good', { knn: 0.95, gains: [0, 0, 0, 0.6] })], 1_000);
  const choice = chooseSource(ranked, constraints);
  assert.equal(choice?.source, 'good');
  assert.match(choice.reasons[0] ?? '', /best scores of 2 sources \(nearest neighbours 95\.0 %, LogME gain 0\.600\)/);
  assert.deepEqual(choice.unfreeze, ['s2', 's3']);
  assert.equal(chooseSource([], constraints), undefined);
});

test('of sources that cannot be distinguished, the one that is better on ImageNet, then the cheaper one', () => {
  const known = { ...source('efficientnet_lite2', { knn: 0.9, seconds: 0.01 }), name: 'efficientnet_lite2' };
  const slow = source('slow', { knn: 0.905, seconds: 0.01 });
  const quick = source('quick', { knn: 0.9 });
  const first = chooseSource(inOrder([slow, known, quick], 1_000), constraints);
  assert.equal(first?.source, 'efficientnet_lite2');
  assert.match(first.reasons[0] ?? '', /cannot be distinguished from those of slow .* better on ImageNet \(77\.6 %\)/);
  const second = chooseSource(inOrder([slow, quick], 1_000), constraints);
  assert.equal(second?.source, 'quick');
  assert.match(second.reasons[0] ?? '', /cannot be distinguished from those of slow .* quicker to train/);
  // What is clearly better by its scores leads, whatever it is on ImageNet.
  assert.equal(inOrder([known, source('better', { knn: 0.95 })], 1_000)[0]?.source, 'better');
});

test('ties stay ties when there are predictions, which are made of the same scores', () => {
  const predict = (one: RankedSource, top1: number): RankedSource => ({
    ...one,
    predicted: { top1, low: top1 - 0.04, high: top1 + 0.03 },
  });
  const lite = (knn: number): RankedSource => ({
    ...source('efficientnet_lite2', { knn, seconds: 0.01 }),
    name: 'efficientnet_lite2',
  });
  const slow = predict(source('slow', { knn: 0.905, seconds: 0.01 }), 0.91);
  const ranked = inOrder([slow, predict(lite(0.9), 0.907)], 1_000);
  assert.equal(ranked[0]?.source, 'efficientnet_lite2');
  assert.match(
    chooseSource(ranked, constraints)?.reasons[0] ?? '',
    /its prediction \(90\.7 %, .*\) cannot be distinguished from that of slow \(91\.0 %, .*better on ImageNet/,
  );
  // Clearly better by its scores, or by its prediction, it leads; so it does where only some are predicted.
  assert.equal(
    inOrder([predict(source('better', { knn: 0.95 }), 0.96), predict(lite(0.9), 0.93)], 1_000)[0]?.source,
    'better',
  );
  assert.equal(inOrder([slow, predict(lite(0.9), 0.85)], 1_000)[0]?.source, 'slow');
  const mixed = inOrder([slow, lite(0.9)], 1_000);
  assert.equal(mixed[0]?.source, 'efficientnet_lite2');
  assert.match(
    chooseSource(mixed, constraints)?.reasons[0] ?? '',
    /^its scores cannot be distinguished from those of slow/,
  );
});

test('of a network and a model made of it that cannot be distinguished, the network', () => {
  const network = { ...source('efficientnet_lite0'), name: 'efficientnet_lite0' };
  const model = { ...network, source: 'model:birds@1', model: { name: 'birds', version: 1 }, similarity: 0.9 };
  const choice = chooseSource(inOrder([model, network], 1_000), constraints);
  assert.equal(choice?.source, 'efficientnet_lite0');
});

test('a budget rules out sources, then stages, then fine-tuning, and the choice always is something', () => {
  const ranked = inOrder([source('slow', { knn: 0.99, seconds: 0.1 }), source('quick', { knn: 0.8 })], 1_000);
  const within = (budget: number) => chooseSource(ranked, { ...constraints, budget });
  const whole = ranked[1]!.cost;
  assert.equal(within(1e6)?.source, 'slow');
  const tight = within(whole.fineTune - 1);
  assert.deepEqual([tight?.source, tight?.unfreeze], ['quick', ['s3']]);
  assert.ok(tight?.affordable && tight.cost <= whole.fineTune - 1);
  assert.match(tight.reasons.join('\n'), /slow scores higher, but its head alone takes/);
  assert.deepEqual(within(whole.head)?.unfreeze, []);
  const hopeless = within(0.001);
  assert.deepEqual([hopeless?.source, hopeless?.affordable, hopeless?.unfreeze], ['quick', false, []]);
});

test('where features serve best before the usual suffix, everything after that is trained anew', () => {
  const far = source('far', { gains: [0.1, 0.5, 0.3, 0.2] });
  assert.deepEqual(far.unfreeze, ['s2', 's3']);
  const further = source('further', { gains: [0.5, 0.4, 0.3, 0.2] });
  assert.deepEqual(further.unfreeze, ['s1', 's2', 's3']);
  assert.match(chooseSource([further], constraints)?.reasons.join('\n') ?? '', /features of s0 suit this task better/);
  // The first stage stays frozen: there must be something to cache.
  assert.equal(unfreezeFrom(scores([1, 0], 0.5, 0), 1_000, ['s0']), 1);
});

test('a sample without a mistake needs a head and nothing else', () => {
  assert.deepEqual(chooseSource([source('sure', { knn: 1 })], constraints)?.unfreeze, []);
});

test('predictions decide where every source has one', () => {
  const predicted = (top1: number) => ({ top1, low: top1 - 0.1, high: top1 + 0.1 });
  const ranked = inOrder(
    [
      { ...source('scores', { knn: 0.95 }), predicted: predicted(0.8) },
      { ...source('promise', { knn: 0.9 }), predicted: predicted(0.85) },
    ],
    1_000,
  );
  assert.equal(ranked[0]?.source, 'promise');
});

test('features that say nothing gain nothing over LogME of silence, whatever the classes', async () => {
  for (const classes of [2, 7]) {
    const labels = Array.from({ length: 140 }, (_, i) => i % classes);
    const evidence = await logme({ features: new Float64Array(140 * 3), dimensions: 3, labels });
    assert.ok(Math.abs(evidence - silentEvidence({ labels })) < 1e-3, `${evidence} ${silentEvidence({ labels })}`);
  }
});

test('with fewer pictures than features LogME compares nothing, and nearest neighbours decide alone', () => {
  const many = source('many features', { knn: 0.8, gains: [0.1, 0.2, 0.3, 18] });
  const good = source('good', { knn: 0.95, gains: [0.1, 0.2, 0.3, 7] });
  const first = (images: number) => inOrder([many, good], images)[0]?.source;
  assert.equal(first(9), 'good');
  const choice = chooseSource(inOrder([many, good], 9), { ...constraints, sample: 9 });
  assert.doesNotMatch(choice?.reasons.join() ?? '', /LogME/);
});

test('a head is attached where features are clearly better than at the end, and nothing behind it is used', () => {
  const far = { ...source('far', { usual: ['s1', 's2', 's3'] }), name: 'efficientnet_lite0' };
  const stages = far.stages.map((one, i) => ({ ...one, linear: [0.4, 0.6, 0.9, 0.8][i]! }));
  assert.equal(headStage(stages, 1_000), 2);
  // On few pictures ten points are chance.
  assert.equal(headStage(stages, 30), 3);
  // Scores from before there was a linear classifier's accuracy do not say it surely enough.
  assert.equal(headStage(far.stages, 1_000), 3);
  const attached = { ...far, stages, best: 's2', head: 's2', unfreeze: ['s1', 's2'] };
  const choice = chooseSource([attached], constraints);
  assert.deepEqual([choice?.backbone, choice?.head], [{ name: 'efficientnet_lite0:s2' }, 's2']);
  assert.match(choice?.reasons.join('\n') ?? '', /attached to s2, whose features are clearly better than those of s3/);
  assert.equal(choice?.cost, trainingCost(stages.slice(0, 3), 2, plan).fineTune);
});

test('a linear classifier decides where every source has one', () => {
  const withLinear = (one: RankedSource, linear: number): RankedSource => ({
    ...one,
    stages: one.stages.map((scores) => ({ ...scores, linear })),
  });
  const neighbourly = withLinear(source('neighbourly', { knn: 0.95 }), 0.8);
  const linear = withLinear(source('linear', { knn: 0.8 }), 0.95);
  assert.equal(inOrder([neighbourly, linear], 1_000)[0]?.source, 'linear');
  assert.equal(inOrder([neighbourly, source('old', { knn: 0.8 })], 1_000)[0]?.source, 'neighbourly');
});

test('another pooling is taken where a linear classifier is clearly better on it, and said', () => {
  const [usual] = scores([0.4], 0.9, 0.001);
  const at = (linear: number): StageScores => ({ ...usual!, linear });
  const others = [
    { pooling: 'mean', scores: at(0.91) },
    { pooling: 'token+mean', scores: at(0.95) },
  ];
  assert.equal(clearlyBetterPooling(at(0.9), others, 1_000)?.pooling, 'token+mean');
  assert.equal(clearlyBetterPooling(at(0.94), others, 1_000), undefined);
  assert.equal(clearlyBetterPooling(usual!, others, 1_000), undefined);
  const pooled = { as: 'token+mean' as const, usual: at(0.9) };
  const { stages, ...rest } = source('vit_small_patch14_dinov2:token+mean');
  const ranked: RankedSource = {
    ...{ ...rest, name: 'vit_small_patch14_dinov2:token+mean', pooled },
    stages: [...stages.slice(0, -1), { ...stages.at(-1)!, linear: 0.95 }],
  };
  const choice = chooseSource([ranked], constraints);
  assert.equal(choice?.backbone.name, 'vit_small_patch14_dinov2:token+mean');
  assert.ok(
    choice.reasons.some((reason) => /pooled as token\+mean, .*95\.0 %.*90\.0 %/.test(reason)),
    choice.reasons.join(),
  );
  // Pooled in another way, the network is as good on ImageNet.
  assert.equal(onImagenet('vit_small_patch14_dinov2:mean'), onImagenet('vit_small_patch14_dinov2'));
  assert.equal(onImagenet('vit_small_patch14_dinov2:blocks.8'), 0);
});
