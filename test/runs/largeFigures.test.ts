/** Figures as large as pictures times classes are kept nowhere, and what takes long goes on where it was when it was interrupted. */
import assert from 'node:assert/strict';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { runEngineJob } from '../../activities/engineJobs.js';
import { evaluateOnPictures } from '../../activities/evaluate/evaluateOnPictures.js';
import { labelPictures } from '../../activities/evaluate/labelPictures.js';
import { compareToProduction } from '../../activities/production/compareToProduction.js';
import type { EngineJobs } from '../../activities/shared/engine.js';
import { predictImages } from '../../activities/predict/predictImages.js';
import { figuresOf } from '../../client/report/facts/figures.js';
import type { FullOutcome } from '../../contracts/data/evaluation.js';
import { picturesToTestSchema, pictureTestSchema } from '../../contracts/models/pictureTest.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import { promotionPolicySchema } from '../../contracts/spec/promotion.js';
import type { ModelReference } from '../../contracts/models/modelCard.js';
import type { EvaluateOutput } from '../../contracts/activities/trainingActivities.js';
import { evaluate } from '../../learning/metrics/evaluate.js';
import { checkout } from '../../infra/stack/checkout.js';
import { readEvaluation } from '../../storage/registry/evaluations.js';
import { findEvaluation } from '../../storage/registry/findEvaluation.js';
import { ModelRegistry } from '../../storage/registry/modelRegistry.js';
import { ObjectStore } from '../../storage/objects/objectStore.js';
import { readPredictions } from '../../storage/registry/predictions.js';
import { openS3Connection } from '../../storage/s3/s3Connection.js';
import { EngineProcess } from '../../worker/engine/engineProcess.js';
import { dependenciesFor, type TestDependencies } from '../fixtures/dependencies.js';
import { FaultProxy } from '../s3/faultProxy.js';
import { callbacks, Pipeline } from '../fixtures/pipeline.js';
import { s3Unavailable, startS3Server, type S3Server } from '../s3/s3Server.js';
import { sharedDataMissing } from '../fixtures/sharedData.js';
import { putSyntheticPictures } from '../fixtures/syntheticPictures.js';

/** More than have their confusion written out as a matrix. */
const classes = 110;
/** More than two parts. One of an evaluation holds 256 pictures and what its last shard has beyond them, up to 95: of 550 it makes two. */
const tested = 6 * classes;

describe('many classes and pictures', { skip: s3Unavailable || sharedDataMissing }, () => {
  let server: S3Server;
  let store: ObjectStore;
  let dependencies: TestDependencies;
  let run: Pipeline;
  let kept: string[];
  let evaluated: EvaluateOutput;
  let model: ModelReference;
  /** What the head's training did, in order: its epochs, and the ranking of its source. */
  const course: string[] = [];

  before(async () => {
    server = await startS3Server();
    store = server.store;
    dependencies = dependenciesFor(store, join(server.folder, 'cache'));
    await putSyntheticPictures(store, 'many', classes, { train: 2, val: 1, test: 6 });
    run = await Pipeline.begin(dependencies, {
      name: 'many',
      dataset: { uri: store.uri('many') },
      preprocess: { resize: 36, crop: 32 },
      augmentation: { views: 1 },
      head: { epochs: 2 },
      fineTune: [],
    });
    await run.preprocess();
    await run.features();
    const put = store.put.bind(store);
    store.put = (key, ...rest) => {
      if (key.startsWith('rankings/')) course.push('ranking');
      return put(key, ...rest);
    };
    const head = await run.train(0, [], { epochs: () => void course.push('epoch') });
    store.put = put;
    kept = [head.key];
    evaluated = await run.evaluate(kept);
    ({ model } = await run.register(evaluated));
  });
  after(() => server.stop());

  async function listed(prefix: string): Promise<string[]> {
    const keys: string[] = [];
    for await (const { key } of store.list(prefix)) keys.push(key);
    return keys;
  }

  /**
   * Runs a job that is interrupted when one part is stored, and again when two are: in engine processes, which are killed on their
   * way to the store, or in this process, which is cut off from the store for good.
   */
  async function interruptedTwice<Name extends 'evaluateModel' | 'predictImages' | 'compareToProduction'>(
    how: 'killed' | 'cut off',
    job: Name,
    input: EngineJobs[Name]['input'],
  ): Promise<{ output: EngineJobs[Name]['output']; resumedAt: number }> {
    const home = join(server.folder, `home-${job}`);
    await mkdir(home, { recursive: true });
    await symlink(join(checkout, '.graftwork', 'weights'), join(home, 'weights'));
    const proxy = await FaultProxy.start(server.variables['AWS_ENDPOINT_URL_S3'] ?? '');
    const variables = {
      ...server.variables,
      ...{ GRAFTWORK_BUCKET: store.bucket, GRAFTWORK_HOME: home, GRAFTWORK_LOG_LEVEL: 'silent' },
      AWS_ENDPOINT_URL_S3: proxy.endpoint,
    };
    const engine = new EngineProcess({ environment: { ...process.env, ...variables } });
    const connection = openS3Connection(variables, 1);
    const here = dependenciesFor(new ObjectStore(store.bucket, connection), join(home, 'cache'), home);
    try {
      const parts = new Set<string>();
      for (const allowed of [1, 2]) {
        let isOver = false;
        const over = new Promise<void>((resolve) => {
          proxy.decide = ({ method, url = '' }) => {
            const [part] = /\/[0-9]+\.json|\/trials\/[0-9a-f]+\.json/.exec(url) ?? [];
            isOver ||= method === 'PUT' && part !== undefined && parts.add(part).size > allowed;
            if (!isOver) return 'none';
            resolve();
            return how === 'killed' ? 'hang' : 'cut-request';
          };
        });
        if (how === 'killed') {
          const attempt = engine.run(job, input, run.caller, callbacks());
          const killed = assert.rejects(attempt, { code: 'GW_ENGINE_DIED', message: /SIGKILL/ });
          await Promise.race([over, attempt]);
          process.kill(engine.pid!, 'SIGKILL');
          await killed;
        } else {
          await assert.rejects(runEngineJob(here, job, input, run.caller, callbacks()), { code: 'GW_S3_UNREACHABLE' });
          await over;
        }
      }
      proxy.decide = () => 'none';
      let resumedAt: number | undefined;
      const progress = ({ done }: { done: number }): void => void (resumedAt ??= done);
      const output = await runEngineJob(here, job, input, run.caller, callbacks({ progress }));
      return { output, resumedAt: resumedAt ?? -1 };
    } finally {
      await engine.close();
      connection.client.destroy();
      await proxy.stop();
    }
  }

  test('an evaluation that is killed twice goes on with the part it was at, and comes to the same figures', async () => {
    const whole = await readEvaluation(store, evaluated.key);
    assert.equal(whole.outcomes.length, tested);
    for (const key of await listed('evaluations/')) await store.delete(key);
    const input = { plan: run.planDigest, kept, halvings: 0 };
    const { output, resumedAt } = await interruptedTwice('killed', 'evaluateModel', input);
    assert.deepEqual([output.key, output.reused], [evaluated.key, false]);
    assert.deepEqual(output.evaluation, evaluated.evaluation);
    assert.ok(resumedAt >= 512, `it went on at picture ${resumedAt}`);
    assert.deepEqual(await readEvaluation(store, evaluated.key), whole);
  });

  test('a prediction that is cut off twice goes on with the part it was at, and answers for every image once', async () => {
    const { outcomes } = await readEvaluation(store, evaluated.key);
    const images = outcomes.map(({ path }) => ({ name: path, bucket: store.bucket, key: `many/${path}` }));
    const key = objectKeys.predictionImages('killed');
    await store.putJson(key, { format: 1, images });
    const input = { model, images: key, topK: 3, views: 1, id: 'killed', halvings: 0 };
    const { output, resumedAt } = await interruptedTwice('cut off', 'predictImages', input);
    assert.deepEqual([output.count, output.failed], [tested, 0]);
    assert.ok(resumedAt >= 512, `it went on at picture ${resumedAt}`);
    const { predictions } = await readPredictions(store, 'killed');
    assert.deepEqual(
      predictions.map(({ path }) => path),
      images.map(({ name }) => name),
    );
    assert.ok(predictions.every(({ top }) => top.length === 3));
  });

  test('a second test leaves out what training had, and comes to the outcomes of the first on the same pictures', async () => {
    const card = await new ModelRegistry(store).card(model.name, model.version);
    const { outcomes } = await readEvaluation(store, evaluated.key);
    const again = outcomes.flatMap((one, index) => (index % 12 === 0 && 'rank' in one ? [one] : []));
    const seen = (await listed('many/train/')).slice(0, 4);
    const copied = (key: string): string => key.replace(/^(?:many\/)?(\w+)\/(.*)\//, 'copies/$2/$1-');
    for (const key of seen) await store.put(copied(key), await store.get(key));
    for (const { path } of again) await store.put(copied(path), await store.get(`many/${path}`));
    const uri = store.uri('copies');
    const label = (keepSeen: boolean) =>
      labelPictures(dependencies, { model, dataset: { ...card.spec.dataset, uri }, keepSeen }, callbacks(), run.caller);
    const { pictures, leaks } = await store.getJson(objectKeys.trial((await label(true)).key), picturesToTestSchema);
    assert.deepEqual([pictures.length, leaks.counts, leaks.leftOut], [59, { identical: 4, alike: 0, group: 0 }, false]);

    const { key } = await label(false);
    const tested = await evaluateOnPictures(
      dependencies,
      { model, pictures: key, halvings: 0 },
      run.caller,
      callbacks(),
    );
    const test = await store.getJson(objectKeys.trial(tested.key), pictureTestSchema);
    const first = evaluate(again, card.classes, card.spec.evaluation.topK);
    // Probabilities differ by float rounding: other pictures share their batches.
    const figures = ({ loss: _loss, calibration: _calibration, ...others }: typeof first) => others;
    assert.deepEqual([figures(test.evaluation), test.gone], [figures(first), 0]);
    assert.ok(Math.abs(test.evaluation.loss - first.loss) < 1e-6);
    assert.ok(test.mistakes.every((mistake, index, rest) => mistake.confidence <= (rest[index - 1]?.confidence ?? 1)));

    for (const { path } of again) await store.delete(copied(path));
    await assert.rejects(label(false), { code: 'GW_DATASET_EMPTY', message: /trained on all 4/ });
    await store.put('copies/unknown/1.png', await store.get(seen[0] as string));
    await assert.rejects(label(false), {
      code: 'GW_DATASET_INVALID',
      message: /does not know the class "unknown" of .* \(1 of 5 files\)/,
    });
  });

  test('an image list that has changed since is answered for anew', async () => {
    const key = objectKeys.predictionImages('changed');
    const asked = (await readPredictions(store, 'killed')).predictions.slice(0, 4).map(({ path }) => path);
    const input = { model, images: key, topK: 1, views: 1, id: 'changed', halvings: 0 };
    for (const names of [asked.slice(0, 3), asked.slice(1)]) {
      const images = names.map((name) => ({ name, bucket: store.bucket, key: `many/${name}` }));
      await store.putJson(key, { format: 1, images });
      await predictImages(dependencies, input, run.caller, callbacks());
      const { predictions } = await readPredictions(store, 'changed');
      assert.deepEqual(
        predictions.map(({ path }) => path),
        names,
      );
    }
  });

  test('the head is trained before its source is scored, on no more pictures than a ranking takes', async () => {
    assert.equal(course.at(-1), 'ranking');
    assert.deepEqual([...new Set(course)], ['epoch', 'ranking']);
    assert.equal((await listed('rankings/')).length, 1);
  });

  test('the card has the figures of each class; the confusion is in the evaluation, as the cells that are not zero', async () => {
    const card = await new ModelRegistry(store).card(model.name, model.version);
    assert.deepEqual([card.evaluation.perClass.length, card.evaluation.confusion], [classes, []]);
    assert.equal(card.evaluation.confusionCells, undefined);
    const stored = await readEvaluation(store, evaluated.key);
    const counted = stored.evaluation.confusionCells?.reduce((sum, [, , count]) => sum + count, 0);
    assert.equal(counted, tested);
    assert.deepEqual(evaluated.evaluation.perClass, []);
    assert.deepEqual(await findEvaluation(store, card), stored);
    assert.deepEqual(figuresOf(stored, card.classes, { 'the model card': card.evaluation }).mismatches, []);
  });

  test('the gate takes the answers of the stored evaluation, of this form and of the one before', async () => {
    const registry = new ModelRegistry(store);
    const card = await registry.card(model.name, model.version);
    const second = await registry.register({ ...card, run: 'another run' });
    await registry.production.promote(card, { by: 'a test', why: 'to be compared with' });
    const policy = promotionPolicySchema.parse({ leastRecall: 0 });
    const ask = () =>
      compareToProduction(
        dependencies,
        { model: { name: second.name, version: second.version }, policy, halvings: 0 },
        run.caller,
        callbacks(),
      );
    const report = await ask();
    assert.equal(report.comparison?.pictures, tested);
    for (const key of await listed('trials/')) await store.delete(key);
    const again = await interruptedTwice('cut off', 'compareToProduction', {
      model: { name: second.name, version: second.version },
      policy,
      halvings: 0,
    });
    assert.deepEqual(again.output, report);
    assert.ok(again.resumedAt >= 512, `it went on at picture ${again.resumedAt}`);
    assert.equal(report.comparison.challenger, card.evaluation.top1);

    const { evaluation, parameters, outcomes } = await readEvaluation(store, evaluated.key);
    const full = outcomes.map(({ path, label, predicted }): FullOutcome => {
      const probabilities = new Array<number>(classes).fill(0);
      probabilities[predicted] = 1;
      return { path, label, predicted, probabilities };
    });
    for (const key of await listed('evaluations/')) await store.delete(key);
    await store.putJson(objectKeys.evaluation(evaluated.key), { format: 1, evaluation, parameters, outcomes: full });
    assert.deepEqual((await ask()).comparison, report.comparison);
    assert.equal((await findEvaluation(store, card))?.outcomes.length, tested);
  });
});
