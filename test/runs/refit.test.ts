/** A run whose stages train once more on the validation pictures, too: what the workflow asks for, and what is trained. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { loadFeatures } from '../../activities/features/loadFeatures.js';
import { planFolds } from '../../activities/plan/planFolds.js';
import { planRefit } from '../../activities/plan/planRefit.js';
import { evaluateInFolds } from '../../activities/search/evaluateInFolds.js';
import { trainFold } from '../../activities/search/foldedNetworks.js';
import { readSplits } from '../../activities/plan/splitImages.js';
import type { EvaluateOutput, TrainStageInput } from '../../contracts/activities/trainingActivities.js';
import { taskQueues, workflowTypes } from '../../contracts/names.js';
import { runResultSchema, type RunResult } from '../../contracts/run/result.js';
import { messages } from '../../contracts/run/workflowMessages.js';
import { isRefitStage } from '../../contracts/spec/plan.js';
import type { RunSpec } from '../../contracts/spec/runSpec.js';
import type { ModelCard } from '../../contracts/models/modelCard.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import { meansTensor } from '../../learning/metrics/trust/likeness.js';
import { asFloat32, readSafetensors } from '../../learning/weights/index.js';
import { ModelRegistry } from '../../storage/registry/modelRegistry.js';
import { toFailure } from '../../activities/shared/failureInterceptor.js';
import { GraftworkError } from '../../contracts/errors.js';
import { dependenciesFor } from '../fixtures/dependencies.js';
import { callbacks, Pipeline, uploadTree } from '../fixtures/pipeline.js';
import { tinySpec } from '../fixtures/quickSpecs.js';
import { sharedData, sharedDataMissing } from '../fixtures/sharedData.js';
import { s3Unavailable, startS3Server, type S3Server } from '../s3/s3Server.js';
import { developmentServer, toolMissing, withWorkers, type Activities } from '../stacks/temporalForTests.js';
import { activities, digest, spec } from '../stacks/workflowsForTests.js';

const plans = { first: digest('f'), refit: digest('9') };
const names: Record<string, string> = { [plans.first]: 'first', [plans.refit]: 'refit' };

describe('training once more', { skip: toolMissing('temporal') }, () => {
  let environment: TestWorkflowEnvironment;
  before(async () => {
    environment = await developmentServer();
  });
  after(() => environment.teardown());

  let runs = 0;

  interface Seen {
    /** `first 0`, `refit 1`: the plan and the index of each stage that was trained. */
    trained: string[];
    evaluated: { plan: string | undefined; kept: number; calibratedBy: string | undefined }[];
    result: RunResult;
  }

  /** @param train what becomes of a stage */
  async function run(
    change: Partial<RunSpec>,
    train: (
      made: Activities,
      input: TrainStageInput,
      handle: WorkflowHandle,
    ) => ReturnType<Activities['trainStage']> = (made, input) => made.trainStage(input),
  ): Promise<Seen> {
    const made = activities(1);
    const trained: string[] = [];
    const evaluated: Seen['evaluated'] = [];
    let handle: WorkflowHandle | undefined;
    const watching: Activities = {
      ...made,
      trainStage: (input) => {
        trained.push(`${names[input.plan]} ${input.stage}`);
        assert.ok(handle);
        return train(made, input, handle);
      },
      evaluateModel: (input) => {
        const { calibrated } = input;
        const calibratedBy = calibrated && `${calibrated.kept.length} of ${names[calibrated.plan]}`;
        evaluated.push({ plan: names[input.plan], kept: input.kept.length, calibratedBy });
        return made.evaluateModel(input);
      },
    };
    const result = await withWorkers(environment, watching, async () => {
      handle = await environment.client.workflow.start(workflowTypes.train, {
        workflowId: `train-refit-${runs++}`,
        taskQueue: taskQueues.workflow,
        args: [{ ...spec, ...change }],
      });
      return runResultSchema.parse(await handle.result());
    });
    return { trained, evaluated, result };
  }

  test('of a small set, the stages that were kept train again, and the model is what they make', async () => {
    const { trained, evaluated, result } = await run({ refit: 'auto' });
    assert.deepEqual(trained, ['first 0', 'first 1', 'refit 0', 'refit 1']);
    // No picture validates what trained on all of them.
    assert.deepEqual(evaluated, [{ plan: 'refit', kept: 2, calibratedBy: '2 of first' }]);
    const again = result.stages.filter(isRefitStage);
    assert.deepEqual(
      again.map(({ kept, reason }) => [kept, reason]),
      again.map(() => [true, 'trained again, on the training and the validation pictures']),
    );
    assert.equal(again.length, 2);
  });

  test('a stage that was dropped does not train again', async () => {
    const { trained, evaluated } = await run({ refit: true }, async (made, input) => {
      const output = await made.trainStage(input);
      const kept = input.stage === 0;
      return { ...output, result: { ...output.result, kept } };
    });
    assert.deepEqual(trained, ['first 0', 'first 1', 'refit 0']);
    assert.deepEqual(evaluated, [{ plan: 'refit', kept: 1, calibratedBy: '1 of first' }]);
  });

  test('nothing trains again where the spec says no, or is of an earlier version', async () => {
    const { refit: _refit, ...earlier } = spec;
    for (const change of [{ refit: false }, earlier]) {
      assert.deepEqual((await run(change)).trained, ['first 0', 'first 1']);
    }
  });

  test('a person who finishes the run meanwhile gets the model that is there', async () => {
    const { evaluated, result } = await run({ refit: true }, async (made, input, handle) => {
      const output = await made.trainStage(input);
      if (input.plan !== plans.refit || input.stage === 0 || input.finish) {
        return { ...output, result: { ...output.result, ended: input.finish ? 'finished' : 'completed' } };
      }
      await handle.executeUpdate(messages.finish);
      throw new GraftworkError('GW_PREEMPTED', 'stopped', { retryable: true });
    });
    assert.deepEqual(evaluated, [{ plan: 'first', kept: 2, calibratedBy: '2 of first' }]);
    const again = result.stages.filter(isRefitStage);
    assert.deepEqual(
      again.map(({ kept }) => kept),
      [false, false],
    );
    assert.equal(again.at(-1)?.reason, 'ended early: the stages before stay');
    assert.equal(result.status, 'completed');
  });

  test('a loss that becomes no number leaves the model that is there', async () => {
    const { evaluated, result } = await run({ refit: true }, (made, input) => {
      if (input.plan === plans.refit) throw toFailure(new GraftworkError('GW_NOT_FINITE', 'the loss became NaN'));
      return made.trainStage(input);
    });
    assert.deepEqual(evaluated, [{ plan: 'first', kept: 2, calibratedBy: '2 of first' }]);
    assert.equal(result.status, 'completed');
  });
});

describe('what trains once more', { skip: s3Unavailable || sharedDataMissing }, () => {
  let server: S3Server;
  let run: Pipeline;
  before(async () => {
    server = await startS3Server();
    await uploadTree(server.store, sharedData('datasets/tiny'), 'tiny');
    run = await Pipeline.begin(dependenciesFor(server.store, join(server.folder, 'machine')), {
      ...tinySpec,
      refit: true,
      fineTune: tinySpec.fineTune.map((step) => ({ ...step, epochs: 'auto' })),
      name: 'tiny',
      dataset: { uri: server.store.uri('tiny') },
    });
    await run.preprocess();
    await run.features();
  });
  after(() => server.stop());

  test('the pictures of validation follow those of the training split, in as many views; nothing validates', async () => {
    const kept = await run.trainAll();
    const { result: tried } = await run.train(1, kept.slice(0, 1));
    assert.match(tried.reason, /on 4 validation pictures and \d+ training pictures held out in folds/);
    const reference = await planRefit(run.dependencies, { plan: run.planDigest });
    const again = await run.withPlan(reference.digest);
    const { plan } = again;
    assert.deepEqual(
      plan.features.filter(({ split }) => split === 'train'),
      run.plan.features.filter(({ split }) => split === 'train'),
      'the shards of the training split are found',
    );
    await again.features();
    const { signal } = new AbortController();
    const options = { stage: 'refit-head', progress: () => undefined, signal, halvings: 0 };
    await using features = await loadFeatures(run.dependencies, plan, 'pooled', options);
    assert.equal(features.validation, null);
    const splits = await readSplits(run.dependencies, plan, signal);
    const labels = [...splits.train, ...splits.validation].map(({ label }) => label);
    assert.deepEqual(Array.from(features.train.labels), labels);
    assert.equal(features.train.features.views, plan.augmentation.views);
    // Its last picture is validation's last one: the centre crop is what validation saw.
    await using before = await loadFeatures(run.dependencies, run.plan, 'pooled', options);
    const last = await features.train.features.batch([labels.length - 1], [0]);
    const seen = await before.validation?.features.batch([splits.validation.length - 1], [0]);
    assert.deepEqual(last.dataSync(), seen?.dataSync());

    const lengths = (one: Pipeline) => one.plan.stages.map(({ training }) => training.epochs);
    assert.deepEqual(lengths(run), [lengths(again)[0], 11], 'fine-tuning was tried');
    assert.equal(lengths(again)[1], 32);

    const refitted = await again.trainAll();
    assert.equal(refitted.length, plan.stages.length);
    assert.ok(refitted.every((key) => !kept.includes(key)));
    const plain = await again.evaluate(refitted);
    const evaluated = await again.evaluate(refitted, { plan: run.planDigest, kept, last: kept.length - 1 });
    assert.notEqual(evaluated.key, plain.key);
    const { model } = await again.register(evaluated);
    const card = await new ModelRegistry(server.store).card('tiny', model.version);
    assert.equal(card.keys?.plan, reference.digest);
    await calibratedAs(card, plain, evaluated);
  });

  test('fine-tuning in folds holds each picture out once, those of the test too; stored folds are found', async () => {
    let images = 0;
    const dependencies = {
      ...run.dependencies,
      measure: (metric: string, value: number) => void (metric === 'images' && (images += value)),
    };
    const folded = await run.withPlan((await planFolds(dependencies, { plan: run.planDigest })).digest);
    await folded.features();
    const input = { plan: folded.planDigest, folds: 2, steps: [1], halvings: 0 };
    await trainFold(dependencies, { ...input, fold: 1 }, run.caller, callbacks());
    const ofOne = images;
    const found = await evaluateInFolds(dependencies, input, run.caller, callbacks());
    assert.deepEqual([found.folds, found.count, found.tested], [2, 36, 12]);
    assert.ok(found.top1 > 0.5, String(found.top1));
    assert.ok(ofOne > 0 && images < 2.5 * ofOne, `${ofOne} and ${images}`);
    const trained = images;
    assert.deepEqual(await evaluateInFolds(dependencies, input, run.caller, callbacks()), found);
    assert.equal(images, trained);
  });

  /** The model of a card, by the stages that its validation pictures judged, against the same model as it was trained. */
  async function calibratedAs(card: ModelCard, plain: EvaluateOutput, calibrated: EvaluateOutput): Promise<void> {
    const { temperature = 1, count } = card.calibration ?? {};
    assert.equal(count, 4);
    assert.notEqual(temperature, 1);
    assert.equal(calibrated.evaluation.top1, plain.evaluation.top1);
    const before = calibrated.evaluation.uncalibrated;
    assert.ok(
      before && Math.abs(before.loss - plain.evaluation.loss) < 1e-5,
      `${before?.loss} ${plain.evaluation.loss}`,
    );
    assert.notEqual(calibrated.evaluation.loss, plain.evaluation.loss);
    const { means = '', limit = 0 } = card.calibration?.unlike ?? {};
    const { tensors } = readSafetensors(await server.store.get(objectKeys.modelParameters(means)));
    assert.deepEqual(tensors.get(meansTensor)?.shape, [2, card.backbone.featureSize]);
    assert.ok(limit > 0 && limit < 4, String(limit));
    // Four pictures promise nothing at 90 %: every class is in the set.
    assert.equal(calibrated.evaluation.sets?.lac.coverage, 1);
    const [was, is] = await Promise.all(
      [plain, calibrated].map(async ({ parameters: { sha256 } }) =>
        asFloat32(
          readSafetensors(await server.store.get(objectKeys.modelParameters(sha256))).tensors.get('classifier.weight')!,
        ),
      ),
    );
    for (const [index, value] of was!.entries()) assert.ok(Math.abs(value / temperature - is![index]!) < 1e-6);
  }
});
