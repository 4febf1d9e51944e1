/** Pictures with several labels each, from a list or folders to a registered model, a prediction and a gate; in a real bucket. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import sharp from 'sharp';
import { evaluateInFolds } from '../../activities/search/evaluateInFolds.js';
import { computeFeatures } from '../../activities/features/computeFeatures.js';
import { reviewLabels } from '../../activities/review/reviewLabels.js';
import { decidedLabel } from '../../client/report/review/labelNames.js';
import { labelIssuesSchema } from '../../contracts/data/labelReview.js';
import { labelText } from '../../contracts/data/labelSets.js';
import { evaluateOnPictures } from '../../activities/evaluate/evaluateOnPictures.js';
import { labelPictures } from '../../activities/evaluate/labelPictures.js';
import { decideRun } from '../../activities/plan/decideRun.js';
import { planFolds } from '../../activities/plan/planFolds.js';
import { predictImages } from '../../activities/predict/predictImages.js';
import { planRanking } from '../../activities/rank/planRanking.js';
import { preprocessSample } from '../../activities/rank/preprocessSample.js';
import { rankSource } from '../../activities/rank/rankSource.js';
import { weighRanking } from '../../activities/rank/weighRanking.js';
import { chooseImbalance } from '../../activities/search/chooseImbalance.js';
import { compareToProduction } from '../../activities/production/compareToProduction.js';
import { pictureTestSchema } from '../../contracts/models/pictureTest.js';
import { predictionPartSchema } from '../../contracts/models/predictions.js';
import { rankReportSchema } from '../../contracts/models/ranking.js';
import type { ModelCard } from '../../contracts/models/modelCard.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import { datasetSpecSchema } from '../../contracts/spec/sources/datasetSpec.js';
import { resolveSpec } from '../../contracts/spec/recipes.js';
import { promotionPolicySchema } from '../../contracts/spec/promotion.js';
import type { UserSpec } from '../../contracts/spec/runSpec.js';
import { Datasets } from '../../storage/datasets/datasets.js';
import { ModelRegistry } from '../../storage/registry/modelRegistry.js';
import { dependenciesFor, type TestDependencies } from '../fixtures/dependencies.js';
import { ingestAt } from '../fixtures/ingestForTests.js';
import { callbacks, Pipeline } from '../fixtures/pipeline.js';
import { tinySpec } from '../fixtures/quickSpecs.js';
import { sharedDataMissing } from '../fixtures/sharedData.js';
import { s3Unavailable, startS3Server, type S3Server } from '../s3/s3Server.js';

const colours = { red: '#d02020', blue: '#2040d0', green: '#20b040' } as const;
type Label = keyof typeof colours;
const labels = Object.keys(colours) as Label[];

/** The labels of a picture are the stripes in it. */
function labelsOf(index: number): Label[] {
  return labels.filter((_label, at) => ((index >> at) & 1) === 1);
}

function picture(index: number): Promise<Buffer> {
  const stripes = labelsOf(index).map((label) => {
    const top = 4 + 20 * labels.indexOf(label) + (index % 5);
    return `<rect x="${index % 7}" y="${top}" width="${50 + (index % 11)}" height="16" fill="${colours[label]}"/>`;
  });
  const shade = 200 + (index % 50);
  const background = `rgb(${shade},${shade},${255 - (index % 40)})`;
  const drawing = `<svg xmlns="http://www.w3.org/2000/svg" width="72" height="72"><rect width="72" height="72" fill="${background}"/>${stripes.join('')}</svg>`;
  return sharp(Buffer.from(drawing)).png().toBuffer();
}

const quick = { preprocess: tinySpec.preprocess, refit: false } as const;

describe('a multi-label task', { skip: s3Unavailable || sharedDataMissing }, () => {
  let server: S3Server;
  let dependencies: TestDependencies;
  let card: ModelCard;
  const count = 64;

  before(async () => {
    server = await startS3Server();
    dependencies = dependenciesFor(server.store, join(server.folder, 'cache'));
    const lines = ['path,labels'];
    for (let index = 0; index < count; index += 1) {
      await server.store.put(`stripes/${index}.png`, await picture(index));
      lines.push(`${index}.png,${labelsOf(index).join('|')}`);
      for (const label of labelsOf(index))
        await server.store.put(`folders/${label}/${index}.png`, await picture(index));
    }
    await server.store.put('stripes/list.csv', lines.join('\n'));
    card = await trained({ name: 'stripes', dataset: { uri: server.store.uri('stripes/list.csv') } });
  });
  after(() => server.stop());

  /** Of all pictures, with features. */
  async function foldedPlan(digest: string): Promise<string> {
    const { digest: plan, featureShards } = await planFolds(dependencies, { plan: digest });
    const caller = { run: 'folds', attempt: 1 };
    await computeFeatures(dependencies, { plan, from: 0, to: featureShards, halvings: 0 }, caller, callbacks());
    return plan;
  }

  async function trained(spec: UserSpec): Promise<ModelCard> {
    const run = await Pipeline.begin(
      dependencies,
      {
        ...quick,
        augmentation: { views: 2, mixup: 0.2 },
        head: { epochs: 12, batchSize: 8 },
        fineTune: [{ ...tinySpec.fineTune[0], epochs: 1, loss: 'asymmetric' }],
        ...spec,
      },
      spec.name ?? 'run',
    );
    await run.preprocess();
    await run.features();
    const kept = await run.trainAll();
    const { model } = await run.register(await run.evaluate(kept, { plan: run.planDigest, kept }));
    return new ModelRegistry(server.store).card(model.name, model.version);
  }

  test('a list with a column `labels` is one, pictures without labels among them, and each label has its share', async () => {
    const { manifest, classes, task } = await ingestAt(server, 'stripes/list.csv');
    assert.deepEqual([task, classes], ['multi-label', ['blue', 'green', 'red']]);
    assert.deepEqual(manifest.labelSets?.[0], []);
    assert.equal(manifest.labelSets?.length, 8);
    assert.deepEqual(manifest.counts.train + manifest.counts.validation + manifest.counts.test, count);
    for (const tested of manifest.classCounts.test) assert.ok(Math.abs(tested - 6.4) <= 1.4, `${tested}`);
    const remarks = (await ingestAt(server, 'stripes/list.csv')).remarks ?? [];
    assert.ok(
      remarks.every((remark) => !/label set|undefined/.test(remark)),
      remarks.join('\n'),
    );
  });

  test('one folder for each label is the same set, where the task says so', async () => {
    const { manifest } = await ingestAt(server, 'folders', { task: 'multi-label' });
    assert.equal(manifest.counts.train + manifest.counts.validation + manifest.counts.test, count - 8);
    const shown = await new Datasets(server.store).images(manifest.version);
    for (const { path, label } of shown) {
      const names = manifest.labelSets?.[label]?.map((index) => manifest.classes[index]);
      assert.deepEqual(names, labelsOf(Number(/\d+/.exec(path)?.[0])).toSorted(), path);
    }
    const single = await ingestAt(server, 'folders');
    assert.equal(single.task, undefined);
    assert.notEqual(single.version, manifest.version);
  });

  test('the model is evaluated by labels, calibrated, and says so on its card', () => {
    assert.equal(card.task, 'multi-label');
    const { multiLabel, perClass, uncalibrated } = card.evaluation;
    assert.ok((multiLabel?.mAP ?? 0) > 0.8, JSON.stringify(multiLabel));
    assert.equal(perClass.length, 3);
    assert.ok(
      perClass.every(({ threshold, averagePrecision }) => threshold !== undefined && averagePrecision !== null),
    );
    assert.ok(uncalibrated !== undefined);
    assert.equal(card.calibration?.multiLabel?.thresholds.length, 3);
    assert.deepEqual(card.stages, []);
  });

  test('a prediction has all labels over their thresholds, and sets; what a single-label model has is refused', async () => {
    const key = 'predict/list';
    const images = [5, 2].map((index) => ({
      ...{ name: `${index}.png`, bucket: server.store.bucket, key: `stripes/${index}.png` },
    }));
    await server.store.putJson(key, { format: 1, images });
    const input = { model: { name: 'stripes', version: 1 }, images: key, topK: 3, views: 1, id: 'p', halvings: 0 };
    const ask = (sets?: object) =>
      predictImages(dependencies, { ...input, ...sets }, { run: 'p', attempt: 1 }, callbacks());
    const coverage = { coverage: 0.5, method: 'lac', perClass: false } as const;
    await ask({ sets: coverage });
    const { predictions } = await server.store.getJson(objectKeys.predictionPart('p', 0), predictionPartSchema);
    for (const { top, labels: given, set } of predictions) {
      const thresholds = new Map(card.evaluation.perClass.map((one) => [one.class, one.threshold ?? 1]));
      const wanted = top.filter((one) => one.probability >= (thresholds.get(one.class) ?? 1));
      assert.deepEqual(given, wanted);
      assert.ok(set !== undefined);
    }
    await assert.rejects(ask({ sets: { ...coverage, perClass: true } }), { code: 'GW_USAGE', message: /one limit/ });
  });

  test('it is tested on other pictures with labels, and not on pictures of one class', async () => {
    for (let index = 64; index < 76; index += 1) {
      for (const label of labelsOf(index % 8)) {
        await server.store.put(`others/${label}/${index}.png`, await picture(index * 8 + (index % 8)));
      }
    }
    const model = { name: 'stripes', version: 1 };
    const label = (uri: string, task?: 'multi-label') =>
      labelPictures(
        dependencies,
        {
          model,
          dataset: datasetSpecSchema.parse({ uri, splits: { validation: 0, test: 0.2 }, ...(task ? { task } : {}) }),
          keepSeen: true,
        },
        callbacks(),
        { run: 'test', attempt: 1 },
      );
    const { key } = await label(server.store.uri('others'), 'multi-label');
    const tested = await evaluateOnPictures(
      dependencies,
      { model, pictures: key, halvings: 0 },
      { run: 'test', attempt: 1 },
      callbacks(),
    );
    const { evaluation } = await server.store.getJson(objectKeys.trial(tested.key), pictureTestSchema);
    assert.ok(evaluation.multiLabel !== undefined && evaluation.multiLabel.mAP > 0.5);
    await assert.rejects(label(server.store.uri('others')), {
      code: 'GW_DATASET_INVALID',
      message: /any number of labels/,
    });
  });

  test('the gate compares by mean average precision', async () => {
    const registry = new ModelRegistry(server.store);
    await registry.production.promote(card, { by: 'a test', why: '' });
    const challenger = { ...card, version: 2, run: 'stripes-2' };
    await server.store.putJson(objectKeys.modelCard('stripes', 2), challenger);
    const input = { model: { name: 'stripes', version: 2 }, policy: promotionPolicySchema.parse({}), halvings: 0 };
    const report = await compareToProduction(dependencies, input, { run: 'stripes', attempt: 1 }, callbacks());
    assert.deepEqual([report.comparison?.by, report.comparison?.difference.mean], ['mAP', 0]);
    assert.equal(report.verdict, 'no-worse');
    assert.match(report.reason, /points of mAP on/);
  });

  test('its recipe is tested in folds of all pictures, by labels', async () => {
    const plan = await foldedPlan(card.keys?.plan ?? '');
    const input = { plan, folds: 4, halvings: 0 };
    const test = () => evaluateInFolds(dependencies, input, { run: 'stripes', attempt: 1 }, callbacks());
    const found = await test();
    assert.deepEqual([found.folds, found.count, found.tested], [4, count, card.evaluation.count]);
    const { mAP, interval, microF1, macroF1 } = found.multiLabel ?? assert.fail();
    assert.ok(mAP > 0.8 && interval[0] < mAP && mAP < interval[1], JSON.stringify(found));
    assert.ok(microF1 > 0.6 && macroF1 > 0.6, JSON.stringify(found));
    assert.deepEqual(await test(), found);

    const whole = { ...input, folds: 2, steps: [1] };
    const caller = { run: 'stripes', attempt: 1 };
    const tuned = await evaluateInFolds(dependencies, whole, caller, callbacks());
    assert.deepEqual([tuned.folds, tuned.count], [2, count]);
    assert.ok((tuned.multiLabel?.mAP ?? 0) > 0.7, JSON.stringify(tuned));
    const heads = await evaluateInFolds(dependencies, { ...whole, steps: [] }, caller, callbacks());
    assert.ok((heads.multiLabel?.mAP ?? 0) > 0.7, JSON.stringify(heads));
  });

  test('a review finds a label that is missing and one that is too many, and its decisions change the set', async () => {
    const wrong = new Map([
      [7, ['red', 'blue']], // lacks green
      [17, ['red', 'green']], // has no green
    ]);
    const lines = Array.from({ length: count }, (_, index) =>
      [`${index}.png`, (wrong.get(index) ?? labelsOf(index)).join('|')].join(','),
    );
    await server.store.put('stripes/wrong.csv', ['path,labels', ...lines].join('\n'));
    const uri = server.store.uri('stripes/wrong.csv');
    const run = await Pipeline.begin(dependencies, { ...quick, dataset: { uri } }, 'review');
    await run.preprocess();
    const plan = await foldedPlan(run.planDigest);
    const reviewed = await reviewLabels(
      dependencies,
      { plan, halvings: 0 },
      { run: 'review', attempt: 1 },
      callbacks(),
    );
    const found = await server.store.getJson(objectKeys.trial(reviewed?.key ?? ''), labelIssuesSchema);
    const of = (index: number) => found.issues.find(({ picture: { path } }) => path === `${index}.png`);
    for (const index of wrong.keys()) {
      assert.equal(decidedLabel(found, of(index)?.suggested ?? -1), labelsOf(index).sort().join('|'), `${index}`);
      const [doubted] = of(index)?.doubt?.labels ?? [];
      assert.deepEqual([found.classes[doubted?.label ?? -1], doubted?.has], ['green', index === 17]);
    }
    assert.ok(found.counts.mislabelled < count / 2, JSON.stringify(found.counts));
    assert.ok(found.examples.every(({ length }) => length > 0));

    const decided = [
      [17, 'red'],
      [7, '|'],
    ] as const;
    const decisions = decided.map(([index, label]) => `${index}.png,relabel,${label},${of(index)?.picture.sha256}`);
    await server.store.put('stripes/decided.csv', ['path,decision,label,sha256', ...decisions].join('\n'));
    const labels = server.store.uri('stripes/decided.csv');
    const { manifest } = await ingestAt(server, 'stripes/wrong.csv', { labels });
    assert.deepEqual([manifest.decisions?.relabelled, manifest.decisions?.kept], [2, 0]);
    const images = await new Datasets(server.store).images(manifest.version);
    const labelOf = (index: number) => {
      const entry = images.find(({ path }) => path === `${index}.png`);
      return labelText(manifest, entry?.label ?? -1);
    };
    assert.deepEqual([labelOf(17), labelOf(7)], ['red', '']);
  });

  test('sources are ranked on its pictures by mAP, and a run chooses among them', async () => {
    const spec = resolveSpec({ ...quick, backbone: 'auto', dataset: { uri: server.store.uri('stripes/list.csv') } });
    const { dataset } = await Pipeline.begin(dependencies, { ...quick, dataset: spec.dataset }, 'rank');
    const sources = [{ name: 'efficientnet_lite0' }];
    const request = { spec, sources, only: true, sample: 20, budget: null };
    const plan = await planRanking(dependencies, { request, dataset, only: 'all', embeddedBy: null }, callbacks());
    const [candidate] = plan.candidates;
    assert.ok(candidate !== undefined && plan.pictures === 20);
    const { sample } = plan;
    await preprocessSample(dependencies, { sample, input: candidate.input }, callbacks());
    const caller = { run: 'rank', attempt: 1 };
    const source = await rankSource(dependencies, { sample, candidate, halvings: 0 }, caller, callbacks());
    const ranked = [{ candidate, ...source }];
    const weighed = { request, dataset, pictures: 20, ranked, skipped: [], leftOut: [], embeddedBy: source.key };
    const report = rankReportSchema.parse(await weighRanking(dependencies, weighed));
    const [first] = report.sources;
    assert.ok(first?.stages.every(({ measure }) => measure === 'mAP'));
    assert.ok((first?.stages.at(-1)?.linear ?? 0) > 0.7, JSON.stringify(first?.stages.at(-1)));
    assert.match(report.choice?.reasons[0] ?? '', /mAP: a linear classifier \d/);
    assert.deepEqual([first?.predicted, report.calibration.used], [null, false]);
    const decided = await decideRun(dependencies, { spec, dataset, report, passedOver: [], secondsLeft: null });
    assert.equal(decided.choices.sources[0]?.measure, 'mAP');
  });

  test('labels of about the same size need no other loss', async () => {
    const input = { plan: card.keys?.plan ?? '', halvings: 0 };
    const chosen = await chooseImbalance(dependencies, input, { run: 'stripes', attempt: 1 }, callbacks());
    assert.deepEqual([chosen.chosen, chosen.rows.length], ['plain', 0]);
    assert.match(chosen.reason, /no class has more than three times/);
  });

  test('what such a task has no use for is refused before anything is computed', async () => {
    const uri = server.store.uri('stripes/list.csv');
    const wrong: [UserSpec, RegExp][] = [
      [{ head: { imbalance: 'focal' } }, /head\.imbalance: .*head\.loss: asymmetric/],
    ];
    for (const [spec, message] of wrong) {
      await assert.rejects(Pipeline.begin(dependencies, { ...spec, dataset: { uri } }), {
        code: 'GW_SPEC_INVALID',
        message,
      });
    }
  });
});
