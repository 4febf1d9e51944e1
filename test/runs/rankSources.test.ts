/** Relation transfer on real photos: sources are ranked, runs leave records, and a registered model is a source too. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { checkSpec } from '../../activities/plan/checkSpec.js';
import { planRanking } from '../../activities/rank/planRanking.js';
import { preprocessSample } from '../../activities/rank/preprocessSample.js';
import { rankSource } from '../../activities/rank/rankSource.js';
import { weighRanking } from '../../activities/rank/weighRanking.js';
import type { RankingPlan, WeighRankingInput } from '../../contracts/activities/choosingActivities.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import type { RankReport, RankRequest } from '../../contracts/models/ranking.js';
import { resolveSpec } from '../../contracts/spec/recipes.js';
import type { RunSpec, UserSpec } from '../../contracts/spec/runSpec.js';
import { backboneNames, featureParameters, getBackbone } from '../../learning/backbones/index.js';
import { formulaParameters, readSafetensors, writeSafetensors } from '../../learning/weights/index.js';
import { TransferRecords } from '../../storage/registry/transferRecords.js';
import { dependenciesFor, type TestDependencies } from '../fixtures/dependencies.js';
import { file, sha256, startHub } from '../fixtures/hubForTests.js';
import { packagedBackbones } from '../fixtures/packagedBackbones.js';
import { callbacks, Pipeline, uploadTree } from '../fixtures/pipeline.js';
import { tinySpec } from '../fixtures/quickSpecs.js';
import { serving, timmConfig } from '../fixtures/repositoriesForTests.js';
import { s3Unavailable, startS3Server, type S3Server } from '../s3/s3Server.js';
import { sharedData, sharedDataMissing } from '../fixtures/sharedData.js';

describe('ranking sources', { skip: s3Unavailable || sharedDataMissing }, () => {
  let server: S3Server;
  let dependencies: TestDependencies;
  let run: Pipeline;
  let repositories: Parameters<typeof serving>[0] = {};
  let isDown = false;
  const hub = startHub('', (request, response) => {
    if (isDown) return void response.writeHead(503).end();
    serving(repositories)(request, response);
  });

  before(async () => {
    server = await startS3Server();
    dependencies = dependenciesFor(server.store, join(server.folder, 'cache'));
    await uploadTree(server.store, sharedData('datasets/tiny'), 'tiny');
    run = await Pipeline.begin(dependencies, {
      ...tinySpec,
      name: 'tiny',
      fineTune: [],
      dataset: { uri: server.store.uri('tiny') },
    });
    await run.preprocess();
    await run.features();
    await run.register(await run.evaluate(await run.trainAll()));
  });
  after(() => server.stop());

  async function rankAll({ sample, candidates }: RankingPlan): Promise<WeighRankingInput['ranked']> {
    const ranked: WeighRankingInput['ranked'] = [];
    for (const candidate of candidates) {
      await preprocessSample(dependencies, { sample, input: candidate.input }, callbacks());
      const input = { sample, candidate, halvings: 0 };
      ranked.push({ candidate, ...(await rankSource(dependencies, input, run.caller, callbacks())) });
    }
    return ranked;
  }

  /** As the workflow does it. */
  async function rank(change: Partial<RankRequest> = {}): Promise<RankReport> {
    const request = { spec: run.spec, sources: [], only: false, sample: 1_000, budget: null, ...change };
    const { dataset } = run;
    const first = await planRanking(dependencies, { request, dataset, only: 'probe', embeddedBy: null }, callbacks());
    const embeddedBy = (await rankAll(first))[0]?.key ?? null;
    const plan = await planRanking(dependencies, { request, dataset, only: 'all', embeddedBy }, callbacks());
    const { pictures, skipped, leftOut } = plan;
    const ranked = await rankAll(plan);
    return weighRanking(dependencies, { request, dataset, pictures, ranked, skipped, leftOut, embeddedBy });
  }

  test('a run leaves a record: how its source looked, and what came true', async () => {
    const records = await new TransferRecords(server.store).list(() => assert.fail('unreadable'));
    const [record] = records;
    assert.equal(records.length, 1);
    assert.equal(record?.plan, run.planDigest);
    assert.deepEqual(record.model, { name: 'tiny', version: 1 });
    assert.equal(record.source.name, 'efficientnet_lite0');
    assert.equal(record.fineTuned, false);
    assert.equal(record.scores?.stage, 'conv_head');
    assert.equal(record.embedding?.classes.length, 2);
    assert.equal(record.outcome.count, 12);
  });

  test('every source that is here is scored at every stage, and one is chosen with its reasons', async () => {
    const report = await rank({ sources: packagedBackbones.map((name) => ({ name })) });
    assert.equal(report.sample, 20);
    const ranked = report.sources.map(({ name }) => name);
    for (const name of packagedBackbones) assert.ok(ranked.includes(name), name);
    for (const { name, stages, cost } of report.sources) {
      assert.deepEqual(
        stages.map(({ stage }) => stage),
        getBackbone(name).stages.map((stage) => stage.name),
      );
      assert.ok(stages.every(({ knn, logme }) => knn >= 0 && knn <= 1 && Number.isFinite(logme)));
      assert.ok(cost.head > 0);
    }
    assert.ok(report.choice && ranked.includes(report.choice.source));
    assert.ok(report.choice.reasons.length > 0);
    assert.equal(report.calibration.used, false);
    assert.match(report.calibration.reason, /there are 1 on 1/);
    // Its own training pictures would flatter it.
    assert.match(report.skipped.find(({ source }) => source === 'model:tiny@1')?.reason ?? '', /100 %/);
    assert.match(report.skipped.find(({ source }) => source === 'googlenet')?.remedy ?? '', /--sources googlenet=/);
  });

  test('the scores of the run itself are those of the ranking', async () => {
    const [record] = await new TransferRecords(server.store).list(() => assert.fail('unreadable'));
    const report = await rank();
    const own = report.sources.find(({ name }) => name === 'efficientnet_lite0');
    assert.equal(own?.stages.at(-1)?.knn, record?.scores?.knn);
    assert.ok(Math.abs((own?.stages.at(-1)?.gain ?? 0) - (record?.scores?.gain ?? 1)) < 1e-4);
  });

  test('the same question again computes nothing', async () => {
    const report = await rank();
    assert.equal(report.cache.misses, 0);
    assert.equal(report.cache.hits, report.sources.length);
  });

  test('a source whose weights are not there is skipped; a name that names nothing is a mistake', async () => {
    const sources = [{ name: 'squeezenet1_1', weights: '/nowhere/at-all.safetensors' }, { name: 'model:tiny@1' }];
    const report = await rank({ sources, only: true });
    assert.deepEqual(
      report.sources.map(({ source }) => source),
      ['model:tiny@1'],
    );
    assert.deepEqual(
      report.skipped.map(({ source }) => source),
      ['squeezenet1_1=/nowhere/at-all.safetensors'],
    );
    await assert.rejects(rank({ sources: [{ name: 'efficientnet_lite9' }] }), { code: 'GW_BACKBONE_UNKNOWN' });
    await assert.rejects(rank({ sources: [{ name: 'model:tiny@7' }] }), { code: 'GW_MODEL_NOT_FOUND' });
  });

  test('a run starts from a registered model: its parameters, its preprocessing, without its head', async () => {
    const user = { ...tinySpec, name: 'second', fineTune: [], dataset: { uri: server.store.uri('tiny') } };
    const card = await dependencies.store.get(objectKeys.modelCard('tiny', 1));
    const { parameters } = JSON.parse(card.toString('utf8')) as { parameters: { sha256: string } };
    const second = await Pipeline.begin(dependencies, { ...user, backbone: 'model:tiny' }, 'second');
    assert.equal(second.plan.backbone.name, 'efficientnet_lite0');
    assert.equal(second.plan.backbone.weights, 'model:tiny@1');
    assert.equal(second.plan.backbone.sha256, parameters.sha256);
    assert.deepEqual(second.plan.input, run.plan.input);
    await second.preprocess();
    await second.features();
    const evaluated = await second.evaluate(await second.trainAll());
    const read = async (sha256: string) => readSafetensors(await server.store.get(objectKeys.modelParameters(sha256)));
    const [source, made] = [await read(parameters.sha256), await read(evaluated.parameters.sha256)];
    for (const { name } of featureParameters(getBackbone('efficientnet_lite0'))) {
      assert.deepEqual(made.tensors.get(name)?.bytes, source.tensors.get(name)?.bytes, name);
    }
    await assert.rejects(Pipeline.begin(dependencies, { ...user, backbone: 'model:tyni' }), /Did you mean “tiny”/);
    await assert.rejects(
      Pipeline.begin(dependencies, { ...user, backbone: { name: 'resnet50', weights: 'model:tiny@1' } }),
      { code: 'GW_WEIGHTS_MISMATCH' },
    );
  });

  test('a run starts from a checkpoint of the hub, at the commit that its name stood for', async () => {
    const name = 'timm/tf_efficientnet_lite0.own';
    const commit = 'c0ffee'.padEnd(40, '0');
    const { model_args: _, ...config } = { ...timmConfig, architecture: 'tf_efficientnet_lite0', num_classes: 5 };
    repositories = { [name]: { commit, files: { 'config.json': config, 'model.safetensors': file } } };
    process.env['HF_ENDPOINT'] = hub.endpoint;
    try {
      const here = { ...dependencies, home: hub.home };
      const user = {
        ...tinySpec,
        preprocess: {},
        name: 'hub',
        backbone: name,
        dataset: { uri: server.store.uri('tiny') },
      };
      const { backbone } = await checkSpec(here, { spec: resolveSpec(user) });
      assert.deepEqual(backbone, { name: `${name}@${commit}` });
      repositories = { [name]: { ...repositories[name]!, commit: 'beef'.padEnd(40, '0') } };
      const { plan } = await Pipeline.begin(here, { ...user, backbone }, 'hub');
      const source = `hf:${name}@${commit}:model.safetensors`;
      const { weights, ...planned } = plan.backbone;
      assert.deepEqual([planned.name, weights, planned.source], ['efficientnet_lite0', source, source]);
      assert.deepEqual([planned.sha256, planned.license], [sha256, 'CC0-1.0'], 'the file itself is asked first');
      assert.deepEqual([plan.input.crop, plan.input.resize, plan.input.mean], [224, 235, [0.5, 0.5, 0.5]]);
      assert.deepEqual(plan.spec.backbone, backbone);
      const request = {
        spec: run.spec,
        sources: [{ name: `${name}@${commit}` }],
        only: true,
        sample: 20,
        budget: null,
      };
      const ranking = { request, dataset: run.dataset, only: 'all', embeddedBy: null } as const;
      const { candidates } = await planRanking(here, ranking, callbacks());
      assert.deepEqual(
        candidates.map(({ name: network, checkpoint }) => [network, checkpoint]),
        [['efficientnet_lite0', `${name}@${commit}`]],
      );
    } finally {
      delete process.env['HF_ENDPOINT'];
    }
  });

  test('what the hub offers is ranked where that is allowed, and what is left out is said', async () => {
    const here = { ...dependencies, home: hub.home };
    const plan = async (backbone: RunSpec['backbone']): Promise<RankingPlan> => {
      const request = { spec: { ...run.spec, backbone }, sources: [], only: false, sample: 20, budget: null };
      const asked = { request, dataset: run.dataset, only: 'all', embeddedBy: null } as const;
      const found = await planRanking(here, asked, callbacks());
      return { ...found, candidates: found.candidates.filter(({ model }) => model === null) };
    };
    const names = ({ candidates }: RankingPlan): string[] => candidates.map(({ name }) => name);
    const reasonsFor = ({ skipped }: RankingPlan, one: string) =>
      skipped.filter(({ source }) => source === one).map(({ reason }) => reason);
    const [offline, online] = [run.spec.backbone, { ...run.spec.backbone, online: true }];
    const commit = 'c0ffee'.padEnd(40, '0');
    const repositoryOf = (name: string) => /^hf:(.*)$/.exec(getBackbone(name).weights ?? '')?.[1];
    const every = Object.fromEntries(
      backboneNames().flatMap((name) => {
        const repository = repositoryOf(name);
        return repository === undefined ? [] : [[repository, { commit, files: { 'model.safetensors': file } }]];
      }),
    );
    process.env['HF_ENDPOINT'] = hub.endpoint;
    try {
      repositories = every;
      assert.deepEqual(names(await plan(offline)), []);
      assert.equal(hub.requests.length, 0, 'no network unless it is allowed');
      const first = await plan(online);
      const [cheapest = '', second = ''] = names(first);
      assert.equal(first.candidates.length, 6);
      assert.ok(first.candidates.every((one) => one.sha256 === sha256));
      assert.equal(hub.requests.length, 6);
      assert.ok(hub.requests.every((request) => request.startsWith('HEAD ')));
      assert.match(reasonsFor(first, 'resnet50').join(), /a cheaper network is as accurate/);
      assert.match(reasonsFor(first, 'googlenet').join(), /nobody publishes/);

      // Its file is fetched when it is ranked, and is there from then on.
      const weights = Buffer.from(writeSafetensors(formulaParameters(getBackbone(cheapest))));
      repositories = {
        ...every,
        [repositoryOf(cheapest)!]: { commit, files: { 'model.safetensors': weights } },
        [repositoryOf(second)!]: {
          ...every[repositoryOf(second)!]!,
          gated: { gated: 'auto', cardData: { license: 'x' } },
        },
      };
      delete process.env['HF_TOKEN'];
      const { sample, ...planned } = await plan(online);
      assert.match(reasonsFor({ sample, ...planned }, second).join(), /gated/);
      const candidate = planned.candidates.find(({ name }) => name === cheapest)!;
      await preprocessSample(here, { sample, input: candidate.input }, callbacks());
      hub.requests = [];
      await rankSource(here, { sample, candidate, halvings: 0 }, run.caller, callbacks());
      assert.equal(hub.requests.filter((request) => request.startsWith('GET ')).length, 1);
      assert.deepEqual(names(await plan(offline)), [cheapest]);

      isDown = true;
      hub.requests = [];
      const down = await plan(online);
      assert.deepEqual(names(down), [cheapest]);
      assert.equal(hub.requests.length, 1, 'asked once');
      assert.ok(down.skipped.filter(({ reason }) => /^the hub cannot be reached/.test(reason)).length >= 5);
    } finally {
      isDown = false;
      delete process.env['HF_ENDPOINT'];
    }
  });

  test('a network that ends early is trained, tested and registered, and is a source itself', async () => {
    const user = {
      ...tinySpec,
      dataset: { uri: server.store.uri('tiny') },
      fineTune: [{ unfreeze: 'last', epochs: 1 }],
    };
    const begin = (name: string, backbone: UserSpec['backbone']) =>
      Pipeline.begin(dependencies, { ...user, name, backbone }, name);
    const short = await begin('short', 'efficientnet_lite0:blocks.4');
    assert.equal(short.plan.backbone.featureSize, 112);
    assert.deepEqual(
      short.plan.stages.map((stage) => stage.kind === 'fineTune' && stage.trainable),
      [false, ['blocks.4']],
    );
    await short.preprocess();
    await short.features();
    const evaluated = await short.evaluate(await short.trainAll());
    await short.register(evaluated);
    const { tensors } = readSafetensors(
      await server.store.get(objectKeys.modelParameters(evaluated.parameters.sha256)),
    );
    assert.ok(![...tensors.keys()].some((name) => /^(blocks\.[56]|conv_head|classifier)\./.test(name)));
    assert.equal((await begin('next', 'model:short')).plan.backbone.name, 'efficientnet_lite0:blocks.4');
    // Of a whole model the beginning can be taken as well; what a part lacks cannot.
    const part = await begin('part', { name: 'efficientnet_lite0:blocks.5', weights: 'model:tiny@1' });
    assert.equal(part.plan.backbone.featureSize, 192);
    await assert.rejects(begin('more', { name: 'efficientnet_lite0', weights: 'model:short@1' }), {
      code: 'GW_WEIGHTS_MISMATCH',
    });
  });
});
