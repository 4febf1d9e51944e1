/**
 * Activities that answer at once: for what depends on the course of a run and not on its contents, such as the length of a
 * history or what is done about a failure.
 */
import { ApplicationFailure } from '@temporalio/common';
import { resolveSpec } from '../../contracts/spec/recipes.js';
import type { ErrorCode } from '../../contracts/errors.js';
import type { FailureDetails } from '../../contracts/run/failureDetails.js';
import type { RunSpec } from '../../contracts/spec/runSpec.js';
import type { Epoch, Progress, StageResult } from '../../contracts/spec/stages/training.js';
import { activityTable } from '../../contracts/activities/activities.js';
import type { Activities } from './temporalForTests.js';

export const digest = (digit: string): string => digit.repeat(64);

export const spec: RunSpec = resolveSpec({
  name: 'tested',
  dataset: { uri: 's3://bucket/images' },
  refit: false,
});

export const epochs = (count: number): Epoch[] =>
  Array.from({ length: count }, (_, index) => ({
    epoch: index + 1,
    loss: 1.2345678901234567 / (index + 1),
    validation: { top1: 0.9123456789012345, loss: 0.4567890123456789 },
    learningRate: 0.00123456789,
    seconds: 1.234567890123,
  }));

export function stageResult(name: string, rows: Epoch[]): StageResult {
  return {
    format: 1,
    name,
    kind: name === 'head' ? 'head' : 'fineTune',
    epochs: rows,
    bestEpoch: rows.length,
    validation: null,
    seconds: 1,
    kept: true,
    reason: 'it helped',
    parameters: digest('b'),
    trainable: [],
    ended: 'completed',
    imagesPerSecond: 100,
  };
}

/** Activities of a run over so many shards, which succeed at once. */
export function activities(shards: number, stages: readonly string[] = ['head', 'fine-tune-1']): Activities {
  const shardsDone = { cache: { hits: 0, misses: 1, reason: '' }, seconds: 1 };
  return {
    ...unanswered(),
    checkSpec: () => Promise.resolve({}),
    chooseDtype: () => Promise.resolve('float32'),
    ingestDataset: () =>
      Promise.resolve({
        version: digest('d'),
        classes: ['ants', 'bees'],
        counts: { train: 80, validation: 10, test: 10 },
        quarantined: 0,
        duplicates: { exact: 0, near: 0, acrossSplits: 0, acrossClasses: 0 },
        reused: false,
      }),
    planRun: () =>
      Promise.resolve({
        digest: digest('f'),
        backbone: 'efficientnet_lite0',
        pixelShards: shards,
        featureShards: shards,
        stages: stages.map((name) => ({ name, kind: name === 'head' ? 'head' : 'fineTune', epochs: 3 })),
      }),
    planRefit: () =>
      Promise.resolve({
        digest: digest('9'),
        backbone: 'efficientnet_lite0',
        pixelShards: shards,
        featureShards: shards,
        stages: stages.map((name) => ({
          name: `refit-${name}`,
          kind: name === 'head' ? 'head' : 'fineTune',
          epochs: 3,
        })),
      }),
    chooseAugmentation: ({ spec }) =>
      Promise.resolve({
        format: 1,
        chosen: 'crop',
        reason: 'crop: the lowest loss',
        augmentation: { ...spec.augmentation, policy: 'given', horizontalFlip: false },
        policies: [],
        images: { train: 80, validation: 10 },
      }),
    preprocessShards: () => Promise.resolve(shardsDone),
    computeFeatures: () => Promise.resolve(shardsDone),
    trainStage: ({ plan, stage }) =>
      Promise.resolve({
        key: digest(String(stage)),
        result: stageResult(`${plan === digest('9') ? 'refit-' : ''}${stages[stage] ?? 'head'}`, epochs(3)),
        reused: false,
        resumedFrom: null,
      }),
    evaluateModel: () =>
      Promise.resolve({
        evaluation: {
          format: 1,
          count: 10,
          top1: 0.9,
          interval: [0.6, 0.98],
          topK: {},
          loss: 0.3,
          perClass: [],
          macroF1: 0.9,
          confusion: [],
          calibration: { expectedCalibrationError: 0.1, bins: [] },
        },
        key: digest('e'),
        parameters: { sha256: digest('a'), bytes: 1, count: 1 },
        reused: false,
      }),
    registerModel: () =>
      Promise.resolve({ model: { name: 'tested', version: 1 }, modelUri: 's3://bucket/m', cardUri: 's3://bucket/c' }),
    recordRun: () => Promise.resolve(),
    decideRun: ({ spec: { budget: _budget, undecided: _undecided, ...decided } }) =>
      Promise.resolve({
        spec: { ...decided, backbone: { name: 'efficientnet_lite1' } },
        choices: { budget: null, made: [], sources: [], sample: 0, cut: [], next: ['a ranking'] },
        endingSeconds: 5,
        augmentationSeconds: 30,
        seconds: 40,
        trainingSeconds: 20,
      }),
    settlePromotion: ({ outcome }) => Promise.resolve(outcome),
    planRetraining: ({ request }) =>
      Promise.resolve({
        unchanged: false,
        reason: 'the first training',
        before: null,
        settings: digest('c'),
        spec: request.spec,
        warmStart: null,
      }),
    recordRetraining: () => Promise.resolve(),
    notify: () => Promise.resolve(),
    compareToProduction: ({ model }) =>
      Promise.resolve({
        format: 1,
        challenger: model,
        champion: null,
        comparison: null,
        limits: [],
        verdict: 'first',
        passes: true,
        reason: 'nothing was in production',
      }),
    measureDrift: ({ before, after }) =>
      Promise.resolve({
        format: 1,
        before,
        after,
        classes: { added: [], gone: [] },
        pictures: { added: 1, gone: 0, stayed: 99 },
        balance: null,
        features: null,
        summary: '1 picture added',
      }),
    reviewLabels: () => Promise.resolve(null),
    searchHeads: () => Promise.resolve(null),
    searchFineTunes: () => Promise.resolve(null),
    predictImages: () => Promise.resolve({ key: 'k', count: 1, failed: 0 }),
  };
}

/** Those that a test gives no answer for. */
function unanswered(): Activities {
  const refusals = Object.keys(activityTable).map((name) => [
    name,
    () => Promise.reject(ApplicationFailure.nonRetryable(`The test does not expect ${name}.`)),
  ]);
  return Object.fromEntries(refusals) as Activities;
}

/** What an activity of ours fails with. */
export function failure(code: ErrorCode, final: boolean, reached?: Progress): ApplicationFailure {
  const error = { code, message: `${code} for a test`, retryable: true, exitCode: 1 } as const;
  const details: FailureDetails = reached === undefined ? [error] : [error, reached];
  return ApplicationFailure.create({ type: code, message: error.message, nonRetryable: final, details: [...details] });
}
