/**
 * What checkpoints cost: the fine-tuning of an ImageFolder with them, as a run makes them, and without any, in turn.
 *
 *   npm run bench checkpointing -- [<folder>] [--repetitions 5] [--json]
 */
import { parseArgs } from 'node:util';
import { decodeCheckpoint, encodeCheckpoint, readFacts } from '../activities/train/checkpointCodec.js';
import { loadFeatures } from '../activities/features/loadFeatures.js';
import { backboneParameters } from '../activities/backbone/networkParameters.js';
import { getBackbone } from '../learning/backbones/index.js';
import { initialHead, trainStage, type StageInput } from '../learning/training/index.js';
import { CheckpointStore } from '../storage/checkpoints/checkpointStore.js';
import { dependenciesFor } from '../test/fixtures/dependencies.js';
import { Pipeline, uploadTree } from '../test/fixtures/pipeline.js';
import { startS3Server } from '../test/s3/s3Server.js';
import { sharedData } from '../test/fixtures/sharedData.js';
import { alternate, compare, print } from './measures/measures.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { repetitions: { type: 'string', default: '5' }, json: { type: 'boolean', default: false } },
});

const server = await startS3Server();
try {
  await uploadTree(server.store, positionals[0] ?? sharedData('datasets/hymenoptera'), 'images');
  const dependencies = dependenciesFor(server.store, server.folder);
  const pipeline = await Pipeline.begin(dependencies, {
    name: 'checkpointing',
    dataset: { uri: server.store.uri('images') },
  });
  await pipeline.preprocess();
  await pipeline.features();
  const { plan } = pipeline;
  const stage = plan.stages.at(-1);
  if (stage?.kind !== 'fineTune') throw new Error('the recipe ends without fine-tuning');
  const backbone = getBackbone(plan.backbone.name);
  const signal = new AbortController().signal;
  await using features = await loadFeatures(dependencies, plan, 'cut', {
    stage: stage.name,
    progress: () => undefined,
    signal,
    halvings: 0,
  });
  const parameters = new Map([
    ...(await backboneParameters(dependencies, plan.backbone)),
    ...initialHead(backbone, plan.classes.length),
  ]);
  let saved = 0;
  const train = async (checkpoints: StageInput['checkpoints']): Promise<number> => {
    const began = performance.now();
    await trainStage({
      ...{ stage, backbone, parameters, checkpoints, signal },
      train: features.train,
      validation: features.validation,
      classes: plan.classes.length,
      featuresAfter: plan.cut,
      seed: plan.spec.seed,
      everySeconds: plan.spec.checkpoint.everySeconds,
      onProgress: () => undefined,
      onEpoch: () => undefined,
      finish: () => false,
    });
    return (performance.now() - began) / 1000;
  };
  const withThem = async (round: number): Promise<number> => {
    const key = round.toString(16).padStart(64, '0');
    await using store = await CheckpointStore.acquire(server.store, key, `run-${round}`, () => Promise.resolve(false), {
      readFacts,
    });
    if (store === undefined) throw new Error('somebody else trains the stage');
    const { resume } = store;
    return await train({
      load: () => Promise.resolve(resume && decodeCheckpoint(resume.checkpoint, resume.data)),
      save: async (state) => {
        const { facts, data } = encodeCheckpoint(state);
        await store.save(facts, data);
        saved += 1;
      },
    });
  };
  const seconds = await alternate(Number(values.repetitions), { ours: withThem, peer: () => train(null) });
  print([compare('fine-tuning, with checkpoints ÷ without', seconds, 's', 'ours ÷ peer')], values.json);
  process.stderr.write(`${saved} checkpoints were stored\n`);
} finally {
  await server.stop();
}
