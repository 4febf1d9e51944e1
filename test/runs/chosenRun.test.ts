/** `backbone: auto` and budgets, through the workflow: what is asked of whom, in which order, and when it stops. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { TrainStageInput } from '../../contracts/activities/trainingActivities.js';
import type { RankingPlan } from '../../contracts/activities/choosingActivities.js';
import { taskQueues, workflowTypes } from '../../contracts/names.js';
import type { Candidate } from '../../contracts/models/ranking.js';
import { resolveSpec } from '../../contracts/spec/recipes.js';
import { runResultSchema, type RunResult } from '../../contracts/run/result.js';
import type { UserSpec } from '../../contracts/spec/runSpec.js';
import { timeSkippingServer, toolMissing, withWorkers, type Activities } from '../stacks/temporalForTests.js';
import { activities, digest } from '../stacks/workflowsForTests.js';

const seconds = (count: number): string => `${count} seconds`;

function candidate(name: string, work: number): Candidate {
  return {
    name,
    sha256: digest('c'),
    license: 'Apache-2.0',
    input: {
      ...{ resize: 256, crop: 224, store: 256, interpolation: 'bicubic' },
      ...{ mean: [0, 0, 0], std: [1, 1, 1] },
    },
    model: null,
    similarity: null,
    work,
  };
}

describe('a run that chooses for itself', { skip: toolMissing('temporal-test-server') }, () => {
  let environment: TestWorkflowEnvironment;
  beforeEach(async () => {
    environment = await timeSkippingServer();
  });
  afterEach(() => environment.teardown());

  /** What was asked, in order. */
  interface Watched {
    ranked: string[];
    samples: number[];
    decided: Parameters<Activities['decideRun']>[0][];
    planned: string[];
    trained: TrainStageInput[];
    searched: (number | null)[];
    rates: (number | null)[];
    /** Trials in each activity. */
    tried: number[];
    evaluated: string[];
  }

  /**
   * Three sources that take 10 s each to rank, of which the largest is expected to take more than there is, and a head that takes
   * `headSeconds`. What the machine itself takes counts as well, so there is room for it everywhere.
   */
  function watched(headSeconds: number): { made: Activities; seen: Watched } {
    const seen: Watched = {
      ...{ ranked: [], samples: [], decided: [], planned: [], trained: [] },
      ...{ searched: [], rates: [], tried: [], evaluated: [] },
    };
    const base = activities(1);
    const made: Activities = {
      ...base,
      planRanking: ({ request, only }) => {
        const all = [candidate('large', 60), candidate('probe', 10), candidate('middle', 16)];
        const plan: RankingPlan = {
          sample: { datasetVersion: digest('d'), spec: request.spec, size: request.sample },
          pictures: 50,
          candidates: only === 'probe' ? all.slice(1, 2) : all,
          skipped: [],
          leftOut: [],
        };
        seen.samples.push(request.sample);
        return Promise.resolve({
          ...plan,
          sample: { ...plan.sample, spec: { dataset: request.spec.dataset, seed: 0 } },
        });
      },
      preprocessSample: () => Promise.resolve({ cache: { hits: 0, misses: 1, reason: '' }, seconds: 0 }),
      rankSource: async ({ candidate: { name } }) => {
        seen.ranked.push(name);
        await environment.sleep(seconds(10));
        return { key: digest(String(seen.ranked.length)), reused: false };
      },
      weighRanking: ({ request, dataset, pictures }) =>
        Promise.resolve({
          format: 1,
          dataset: { version: dataset.version, uri: request.spec.dataset.uri, classes: 2, counts: dataset.counts },
          sample: pictures,
          ...{ sources: [], skipped: [], leftOut: [], similarTasks: [], choice: null },
          calibration: { records: 0, tasks: 0, used: false, reason: '' },
          cache: { hits: 0, misses: 3 },
        }),
      decideRun: (input) => {
        seen.decided.push(input);
        return base.decideRun(input);
      },
      planRun: (input) => {
        seen.planned.push(`${input.spec.backbone.name} ${input.spec.head.learningRate}`);
        return base.planRun(input);
      },
      searchHeads: ({ seconds: limit, elsewhere }) => {
        seen.searched.push(limit);
        const settings = { learningRate: 0.006, weightDecay: 0.3, labelSmoothing: 0 };
        if (elsewhere === true && seen.tried.length === 0) {
          return Promise.resolve({ missing: Array.from({ length: 5 }, () => ({ settings, epochs: 4 })) });
        }
        return Promise.resolve({
          chosen: settings,
          ...{ changed: true, reason: 'the lowest loss', images: 10, seconds: 0 },
          trials: Array.from({ length: 7 }, () => ({ settings, epochs: 4, top1: 1, loss: 0.1 })),
          cache: { hits: 7, misses: 0, reason: '' },
        });
      },
      tryHeads: ({ trials }) => {
        seen.tried.push(trials.length);
        return Promise.resolve();
      },
      searchFineTunes: ({ seconds: limit, stage, previous }) => {
        assert.deepEqual([stage, previous], [1, [digest('0')]]);
        seen.rates.push(limit);
        return Promise.resolve({
          found: {
            chosen: { learningRate: 0.001 },
            ...{ changed: true, reason: 'the lowest loss of rates', trials: [], images: 10, seconds: 1 },
            cache: { hits: 0, misses: 3, reason: '' },
          },
          plan: digest('9'),
        });
      },
      evaluateModel: (input) => {
        seen.evaluated.push(input.plan);
        return base.evaluateModel(input);
      },
      trainStage: async (input) => {
        seen.trained.push(input);
        if (input.stage === 0) await environment.sleep(seconds(headSeconds));
        return base.trainStage(input);
      },
    };
    return { made, seen };
  }

  async function run(
    workflowId: string,
    user: UserSpec,
    headSeconds = 1,
  ): Promise<{ result: RunResult; seen: Watched }> {
    const { made, seen } = watched(headSeconds);
    const result: unknown = await withWorkers(environment, made, () =>
      environment.client.workflow.execute(workflowTypes.train, {
        workflowId,
        taskQueue: taskQueues.workflow,
        args: [resolveSpec({ name: 'tested', dataset: { uri: 's3://bucket/images' }, refit: false, ...user })],
      }),
    );
    return { result: runResultSchema.parse(result), seen };
  }

  test('without a budget all sources are ranked, and a head is searched for', async () => {
    const { result, seen } = await run('chosen', { backbone: 'auto' });
    assert.deepEqual(seen.ranked.toSorted(), ['large', 'middle', 'probe', 'probe']);
    assert.deepEqual(seen.samples, [1000, 1000]);
    assert.deepEqual(seen.decided[0]?.passedOver, []);
    assert.equal(seen.decided[0]?.secondsLeft, null);
    assert.deepEqual(seen.planned, ['efficientnet_lite1 0.002', 'efficientnet_lite1 0.006']);
    assert.deepEqual(seen.searched, [null, null]);
    // Five trials are missing: four activities at most make them. Two of seven were there before.
    assert.deepEqual(seen.tried.toSorted(), [1, 2, 2]);
    assert.deepEqual(result.choices?.heads?.cache.misses, 5);
    assert.match(result.choices.heads.cache.reason, /^2 of 7 heads were tried before/);
    assert.equal(seen.trained[1]?.endAt, undefined);
    assert.equal(result.backbone, 'efficientnet_lite1');
    assert.equal(result.augmentation?.chosen, 'crop');
    assert.equal(result.choices?.made.at(-2)?.chosen, 'rate 0.006, weight decay 0.3, label smoothing 0');
    assert.deepEqual(result.choices.made.at(-1), { what: 'rate', chosen: '0.001', why: 'the lowest loss of rates' });
    assert.deepEqual(seen.rates, [null]);
    // From the search on it is the plan with the rate that was found.
    const plans = [...seen.trained.map(({ plan }) => plan), ...seen.evaluated];
    assert.deepEqual(plans, [digest('f'), digest('9'), digest('9')]);
    assert.equal(result.status, 'completed');
  });

  test('with a budget the cheapest come first, until their share of the time is used', async () => {
    const { result, seen } = await run('budget', { backbone: 'auto', budget: '5m' });
    assert.deepEqual(seen.ranked, ['probe', 'middle']);
    assert.equal(seen.samples[0], 300);
    assert.deepEqual(seen.decided[0]?.passedOver, ['large']);
    assert.notEqual(seen.decided[0].report, null);
    assert.ok((seen.decided[0].secondsLeft ?? 0) > 200 && (seen.decided[0].secondsLeft ?? 0) <= 280);
    assert.deepEqual([seen.searched[0], seen.rates[0]], [45, 45]);
    // The head gets all the time it needs.
    assert.ok((seen.trained[1]?.endAt ?? 0) > 0);
    assert.equal(seen.trained[0]?.endAt, undefined);
    assert.equal(result.status, 'completed');
    assert.ok(result.seconds < 300);
  });

  test('of a backbone with a name only the ways to pool its features are ranked', async () => {
    const { result, seen } = await run('pooled', { backbone: { name: 'vit_small_patch14_dinov2', pooling: 'auto' } });
    // What was ranked is the test's own; no probe was asked for.
    assert.deepEqual(seen.samples, [1000]);
    assert.deepEqual(seen.ranked.toSorted(), ['large', 'middle', 'probe']);
    assert.equal(seen.decided[0]?.spec.backbone.pooling, undefined);
    assert.deepEqual(seen.decided[0]?.spec.undecided, ['pooling']);
    assert.deepEqual([seen.searched, seen.rates, result.augmentation], [[], [], undefined]);
    assert.equal(result.status, 'completed');
  });

  test('with a small budget nothing is ranked or searched, and fine-tuning is not begun when the time is up', async () => {
    const { result, seen } = await run('small', { backbone: 'auto', budget: '26s', refit: true }, 19);
    assert.deepEqual(seen.ranked, []);
    assert.deepEqual([seen.searched, seen.rates], [[], []]);
    assert.equal(result.augmentation, undefined);
    assert.equal(seen.decided[0]?.report, null);
    assert.deepEqual(
      seen.trained.map(({ stage }) => stage),
      [0],
    );
    assert.deepEqual(result.choices?.cut, [
      'fine-tune-1 was not begun: the time was up',
      'refit was not begun: the time was nearly up',
    ]);
    const next = ['refit on the training and the validation pictures', 'fine-tune-1: 3 epochs', 'a ranking'];
    assert.deepEqual(result.choices.next, next);
    assert.notEqual(result.model, null);
  });
});
