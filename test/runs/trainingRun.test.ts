/** A run from a folder of photos to a registered model, as a user of the library meets it: everything real. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Graftwork } from '../../client/index.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import { planSchema } from '../../contracts/spec/plan.js';
import { runResultSchema } from '../../contracts/run/result.js';
import type { RunResult } from '../../contracts/run/result.js';
import { retrainResultSchema, type RetrainResult } from '../../contracts/models/retraining.js';
import { declareParameters, getBackbone } from '../../learning/backbones/index.js';
import { asFloat32, readSafetensors, resolveWeights } from '../../learning/weights/index.js';
import { findEvaluation } from '../../storage/registry/findEvaluation.js';
import { quickSpec, tinySpec } from '../fixtures/quickSpecs.js';
import { sharedData, sharedDataMissing } from '../fixtures/sharedData.js';
import { StackForTests, stackUnavailable } from '../stacks/stackForTests.js';

const tiny = sharedData('datasets/tiny');
const skip = stackUnavailable || sharedDataMissing;

/** All that is unfrozen by default trains, on small pictures. */
const trainingSpec = { ...quickSpec, preprocess: tinySpec.preprocess };

let stack: StackForTests;
let graftwork: Graftwork;
let first: RunResult;

before(async () => {
  if (skip !== false) return;
  stack = await StackForTests.start();
  graftwork = stack.graftwork;
  first = await (await graftwork.train(tiny, { spec: trainingSpec })).result();
});
after(async () => {
  if (skip === false) await stack.stop();
});

test('a folder becomes a registered model with an honest test', { skip }, () => {
  assert.equal(first.status, 'completed');
  assert.deepEqual(first.dataset?.classes, ['daisy', 'roses']);
  assert.deepEqual(first.dataset?.counts, { train: 20, validation: 4, test: 12 });
  assert.deepEqual(first.model, { name: 'tiny', version: 1 });
  assert.deepEqual(
    first.stages.map((stage) => stage.name),
    ['preprocess', 'features', 'head', 'fine-tune-1'],
  );
  assert.equal(first.stages[2]?.epochs.length, 4);
  assert.equal(first.test?.count, 12);
  const [low, high] = first.test?.interval ?? [1, 0];
  assert.ok(low <= (first.test?.top1 ?? -1) && (first.test?.top1 ?? 2) <= high);
});

test('the test split is no part of training: its features are never computed', { skip }, async () => {
  const card = await graftwork.models.card('tiny', 1);
  const images = await graftwork.datasets.images(card.dataset.version);
  const splits = new Map(images.map((image) => [image.path, image.split]));
  assert.ok([...splits].every(([path, split]) => (split === 'test') === path.startsWith('val/')));
  const bytes = await graftwork.store.get(objectKeys.plan(card.keys?.plan ?? ''));
  const plan = planSchema.parse(JSON.parse(bytes.toString()));
  assert.deepEqual([...new Set(plan.features.map(({ split }) => split))].toSorted(), ['train', 'validation']);
  const stored = [];
  for await (const { key } of graftwork.store.list('features/')) stored.push(key);
  assert.deepEqual(stored.toSorted(), plan.features.map(({ key }) => objectKeys.features(key)).toSorted());
});

test('frozen parameters and statistics have the bytes they came with', { skip }, async () => {
  const card = await graftwork.models.card('tiny', 1);
  const backbone = getBackbone(card.backbone.name);
  const { parameters: source } = await resolveWeights({ backbone, home: stack.home });
  const stored = readSafetensors(await graftwork.store.get(objectKeys.modelParameters(card.parameters.sha256)));
  const kept = card.stages.find((stage) => stage.name === 'fine-tune-1')?.kept === true;
  const trained = new Set<string>(kept ? backbone.defaultUnfreeze : []);
  const specs = declareParameters(backbone).filter(({ stage }) => stage !== 'classifier');
  const frozen = specs.filter(({ stage, kind }) => !trained.has(stage) || kind.startsWith('bn.running'));
  assert.ok(frozen.length > 50);
  for (const { name } of frozen) {
    const tensor = stored.tensors.get(name);
    assert.ok(tensor, name);
    assert.deepEqual(asFloat32(tensor).slice(), source.get(name)?.data.slice(), name);
  }
});

test('the same again trains nothing: every step finds its result, and says so', { skip }, async () => {
  const again = await (await graftwork.train(tiny, { spec: trainingSpec })).result();
  assert.equal(again.dataset?.reused, true);
  for (const stage of again.stages) assert.equal(stage.cache.misses, 0, `${stage.name}: ${stage.cache.reason}`);
  assert.deepEqual(again.test, first.test);
  assert.deepEqual(again.model, { name: 'tiny', version: 2 });
});

test('what a run says is the same from the workflow, from the bucket and from `show`', { skip }, async () => {
  const shown = await graftwork.show(first.run);
  assert.deepEqual(shown, first);
  assert.deepEqual(await graftwork.store.getJson(objectKeys.runResult(first.run), runResultSchema), first);
});

test(
  'a report is one file that loads nothing, and its figures are those of the stored evaluation',
  { skip },
  async () => {
    const { html, mismatches, notFound } = await graftwork.report(first.run, { pricePerHour: { gpu: 2.5 } });
    assert.deepEqual([mismatches, notFound], [{ [first.run]: [] }, { [first.run]: [] }]);
    assert.match(html, /computed here from the outcomes of its 12 pictures, and equals the stored figure/);
    assert.doesNotMatch(html, /<script|<link|(?:src|href)="(?!data:|#)|url\((?!#)/);
    const { top1 = 0, macroF1 = 0, perClass = [] } = first.test ?? {};
    // No line ends between a number and its unit.
    const shown = (share: number): string => `<strong>${(share * 100).toFixed(1)}\u00A0%</strong>`;
    assert.ok(html.includes(`${shown(top1)}<span>test top-1`), 'top-1');
    assert.ok(html.includes(`${shown(macroF1)}<span>macro F1`), 'macro F1');
    assert.equal(perClass.length, 2);
    // Time per activity comes from Temporal's history; each mistake is there as a picture.
    assert.match(html, /evaluateModel<\/th>\s*<td class="">gpu/);
    const mistakes = Math.round((1 - top1) * 12);
    assert.equal(html.match(/<img src="data:image\/jpeg;base64,/g)?.length ?? 0, mistakes);
  },
);

test('when nobody remembers its key, the evaluation behind a card is found by its figures', { skip }, async () => {
  const card = await graftwork.models.card('tiny', 1);
  const stored = await findEvaluation(graftwork.store, card);
  assert.deepEqual(stored?.evaluation, card.evaluation);
  assert.equal(stored?.outcomes.length, 12);
  const other = { ...card, parameters: { ...card.parameters, sha256: '0'.repeat(64) } };
  assert.equal(await findEvaluation(graftwork.store, other), undefined);
});

test('two runs of the same data are compared picture by picture', { skip }, async () => {
  const { verdict } = await graftwork.report(first.run, { compareWith: first.run });
  assert.match(verdict, /12 test pictures show no clear difference between /);
  await assert.rejects(graftwork.report('no-such-run'), { code: 'GW_RUN_NOT_FOUND', exitCode: 2 });
});

test('a model classifies photos; what cannot be read is named', { skip }, async () => {
  const photo = join(tiny, 'val/roses/11233672494_d8bf0a3dbf_n.jpg');
  const bad = sharedData('bad-inputs/bad-text.png');
  // Four validation pictures promise 80 %.
  const sets = { coverage: 0.8, method: 'lac', perClass: false } as const;
  await assert.rejects(graftwork.predict('tiny', [photo], { sets: { ...sets, coverage: 0.9 } }), { code: 'GW_USAGE' });
  const answers = await graftwork.predict('tiny', [photo, bad], { topK: 1, sets });
  const { predictions, unreadable } = answers;
  assert.deepEqual(answers.sets, sets);
  assert.equal(predictions.length, 1);
  const { set = [], top, unlikeness = Number.NaN } = predictions[0]!;
  assert.ok(unlikeness > 0 && unlikeness < 4, String(unlikeness));
  assert.deepEqual(set.slice(0, 1), set.length === 0 ? [] : top);
  assert.equal(predictions[0]?.path, photo);
  assert.deepEqual(
    unreadable.map(({ path }) => path),
    [bad],
  );
});

test(
  'a schedule trains what has changed, once, from production; the gate decides, and says why',
  { skip },
  async () => {
    const uri = graftwork.store.uri('photos');
    await graftwork.sync(tiny, uri);
    const spec = { ...tinySpec, name: 'kept', promotion: { tie: 'promote' as const } };
    const schedule = { every: '1d', paused: true };
    const created = await graftwork.schedules.create(graftwork.recurringSpec(uri, spec), schedule);
    assert.equal(created.policies.overlap, 'skip');
    assert.equal(created.policies.timeoutSeconds, 0.9 * 86_400);
    await assert.rejects(graftwork.schedules.create(graftwork.recurringSpec(uri, spec), schedule), {
      code: 'GW_CONFLICT',
      exitCode: 2,
    });

    let workflow = '';
    /** Ticks once, and what came of it. */
    const tick = async (): Promise<RetrainResult> => {
      workflow = (await graftwork.schedules.trigger('kept')).workflow ?? '';
      assert.equal((await graftwork.schedules.show('kept')).recent[0]?.workflow, workflow);
      return retrainResultSchema.parse(await stack.resultOf(workflow));
    };
    const trained = await tick();
    assert.deepEqual(trained.model, { name: 'kept', version: 1 });
    const names = [workflow, 'kept', 'kept@1', trained.run ?? ''];
    assert.deepEqual(
      (await Promise.all(names.map((name) => graftwork.show(name)))).map(({ run }) => run),
      names.map(() => trained.run),
      'a tick and its model are names of its run',
    );
    assert.equal(await graftwork.resolveRun(workflow, { orRetraining: true }), workflow);
    assert.equal(trained.promotion?.gate.verdict, 'first');
    assert.equal((await graftwork.models.production.read('kept'))?.version, 1);
    const unchanged = await tick();
    assert.deepEqual([unchanged.status, unchanged.run], ['unchanged', null]);
    await graftwork.store.delete(objectKeys.retraining('kept'));
    const made = await tick();
    assert.deepEqual([made.status, made.run], ['unchanged', null], 'what is in production was made of just this');
    assert.match(made.reason, /^kept@1 is in production/);
    await assert.rejects(graftwork.report(workflow), {
      code: 'GW_RUN_NOT_FOUND',
      message: /trained nothing: kept@1 is in production/,
    });

    await graftwork.store.put('photos/train/daisy/new.jpg', await readFile(sharedData('bad-inputs/ok-plain.jpg')));
    const again = await tick();
    assert.deepEqual(again.warmStart?.model, { name: 'kept', version: 1 });
    assert.deepEqual(again.drift?.pictures, { added: 1, gone: 0, stayed: 36 });
    const { promotion } = again;
    assert.equal(promotion?.gate.comparison?.pictures, 12);
    assert.deepEqual(promotion.gate.champion, { name: 'kept', version: 1 });
    const isWorse = promotion.gate.verdict === 'worse';
    assert.equal(promotion.status, isWorse ? 'refused' : 'promoted', promotion.reason);
    const card = await graftwork.models.card('kept', 2);
    assert.equal(card.backbone.weights, 'model:kept@1');
    const compared = await graftwork.compare('kept@1', 'kept@2');
    assert.equal(compared.onSamePictures.pictures, 12);
    assert.deepEqual(compared.onSamePictures.difference, promotion.gate.comparison.difference);
    const ticks = await graftwork.schedules.ticks('kept');
    assert.deepEqual(
      ticks.map(({ status, model, promotion }) => [status, model?.version ?? null, promotion?.status ?? null]),
      [
        ['trained', 2, promotion.status],
        ['unchanged', null, null],
        ['unchanged', null, null],
        ['trained', 1, 'promoted'],
      ],
    );
    const [newest] = ticks;
    assert.ok(newest);
    const mistaken = graftwork.run(newest.workflow).show();
    await assert.rejects(mistaken, { code: 'GW_RUN_NOT_FOUND', remedy: new RegExp(`${newest.workflow}-run`) });
    // Whichever of the two ids is given, the report is of the run, and says what the gate said and the data did.
    const report = await graftwork.report(newest.workflow);
    assert.deepEqual([report.runs, report.notFound], [[again.run], { [again.run ?? '']: [] }]);
    assert.match(report.html, isWorse ? /The gate kept it out of production/ : /The gate put it into production/);
    assert.match(report.html, /Champion and challenger on the same 12 test pictures/);
    assert.match(report.html, /1 added, 0 removed, 36 in both/);
    assert.deepEqual((await graftwork.report(again.run ?? '')).verdict, report.verdict);
    await graftwork.schedules.delete('kept');
    await assert.rejects(graftwork.schedules.show('kept'), { code: 'GW_SCHEDULE_NOT_FOUND' });
  },
);

test(
  'a dataset that cannot be trained on fails with its code and the remedy, and leaves a record',
  { skip },
  async () => {
    const folder = sharedData('datasets/tiny/train');
    const run = await graftwork.train(folder, {
      spec: { ...trainingSpec, name: 'bad', dataset: { quarantine: { leastSide: 5_000 } } },
    });
    await assert.rejects(run.result(), { code: 'GW_DATASET_EMPTY', exitCode: 2 });
    const shown = await run.show();
    assert.equal(shown.status, 'failed');
    assert.equal(shown.failure?.code, 'GW_DATASET_EMPTY');
    assert.match(shown.failure?.remedy ?? '', /one folder per class/);
  },
);
