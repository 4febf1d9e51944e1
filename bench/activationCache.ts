/**
 * What each tier of the activation cache costs in training, on an ImageFolder: the head, and one epoch of fine-tuning, with
 * features from memory (the peer) and from local disk, from disk that has to be read anew, as float16, or recomputed.
 *
 *   npm run bench activationCache -- [<folder>] [--repetitions 3] [--json]
 */
import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { loadFeatures, type StageFeatures } from '../activities/features/loadFeatures.js';
import { backboneParameters } from '../activities/backbone/networkParameters.js';
import type { CacheDecision, FeatureKind } from '../contracts/spec/activationCache.js';
import type { Plan } from '../contracts/spec/plan.js';
import type { CacheDtype } from '../contracts/spec/runSpec.js';
import { getBackbone } from '../learning/backbones/index.js';
import { initialHead, trainStage } from '../learning/training/index.js';
import { dependenciesFor } from '../test/fixtures/dependencies.js';
import { Pipeline, uploadTree } from '../test/fixtures/pipeline.js';
import { startS3Server } from '../test/s3/s3Server.js';
import { sharedData } from '../test/fixtures/sharedData.js';
import { alternate, compare, print, type Measure } from './measures/measures.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { repetitions: { type: 'string', default: '3' }, json: { type: 'boolean', default: false } },
});

const server = await startS3Server();
try {
  await uploadTree(server.store, positionals[0] ?? sharedData('datasets/hymenoptera'), 'images');
  const folder = join(server.folder, 'cache');
  const dependencies = dependenciesFor(server.store, folder);
  const prepared = async (dtype: CacheDtype): Promise<Plan> => {
    const pipeline = await Pipeline.begin(dependencies, {
      name: 'activation-cache',
      dataset: { uri: server.store.uri('images') },
      ...{ head: { epochs: 100 }, fineTune: [{ epochs: 1 }], cache: { dtype } },
    });
    await pipeline.preprocess();
    await pipeline.features();
    return pipeline.plan;
  };
  const plans: Record<CacheDtype, Plan> = { float32: await prepared('float32'), float16: await prepared('float16') };

  const open = (kind: FeatureKind, tier: CacheDecision['tier'], dtype: CacheDtype): Promise<StageFeatures> => {
    const plan = plans[dtype];
    const { pooled, cut } = plan.cache ?? {};
    if (!pooled || !cut) throw new Error('the recipe ends without fine-tuning');
    const forced = { ...plan, cache: { pooled: { ...pooled, tier }, cut: { ...cut, tier } } };
    const signal = new AbortController().signal;
    return loadFeatures(dependencies, forced, kind, { stage: kind, progress: () => undefined, signal, halvings: 0 });
  };
  const backbone = getBackbone(plans.float32.backbone.name);
  const parameters = new Map([
    ...(await backboneParameters(dependencies, plans.float32.backbone)),
    ...initialHead(backbone, plans.float32.classes.length),
  ]);
  /** @returns seconds of a stage, without opening its features */
  const train = async (
    kind: FeatureKind,
    tier: CacheDecision['tier'],
    { dtype = 'float32', anew = false }: { dtype?: CacheDtype; anew?: boolean } = {},
  ): Promise<number> => {
    await using features = await open(kind, tier, dtype);
    if (anew) await forget(folder);
    const plan = plans[dtype];
    const stage = plan.stages[kind === 'pooled' ? 0 : 1];
    if (stage === undefined) throw new Error('the recipe ends without fine-tuning');
    const began = performance.now();
    await trainStage({
      ...{ stage, backbone, parameters, checkpoints: null, signal: new AbortController().signal },
      ...{ train: features.train, validation: features.validation },
      classes: plan.classes.length,
      featuresAfter: plan.cut,
      seed: plan.spec.seed,
      everySeconds: 3600,
      onProgress: () => undefined,
      onEpoch: () => undefined,
      finish: () => false,
    });
    return (performance.now() - began) / 1000;
  };

  const measures: Measure[] = [];
  const against = async (name: string, ours: () => Promise<number>, peer: () => Promise<number>): Promise<void> => {
    process.stderr.write(`${name}\n`);
    measures.push(compare(name, await alternate(Number(values.repetitions), { ours, peer }), 's', 'ours ÷ peer'));
  };
  await train('pooled', 'memory');
  await train('cut', 'memory');
  const [head, fineTuning] = [() => train('pooled', 'memory'), () => train('cut', 'memory')];
  await against('head, disk ÷ memory', () => train('pooled', 'disk'), head);
  await against('head, disk read anew ÷ memory', () => train('pooled', 'disk', { anew: true }), head);
  await against('fine-tuning, disk ÷ memory', () => train('cut', 'disk'), fineTuning);
  await against('fine-tuning, disk read anew ÷ memory', () => train('cut', 'disk', { anew: true }), fineTuning);
  await against('fine-tuning, disk as float16 ÷ memory', () => train('cut', 'disk', { dtype: 'float16' }), fineTuning);
  await against('fine-tuning, recomputed ÷ memory', () => train('cut', 'recompute'), fineTuning);
  print(measures, values.json);
} finally {
  await server.stop();
}

/** Lets the operating system forget what it holds of the cache's files. */
async function forget(folder: string): Promise<void> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const file of files.filter((entry) => entry.isFile())) {
    const path = join(file.parentPath, file.name);
    await promisify(execFile)('dd', [`of=${path}`, 'oflag=nocache', 'conv=notrunc,fdatasync', 'count=0']);
  }
}
