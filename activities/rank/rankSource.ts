/** One source on a sample: every stage's features from one forward pass each, and what they say of the classes. */
import { setImmediate } from 'node:timers/promises';
import type { RankSourceInput, RankSourceOutput } from '../../contracts/activities/choosingActivities.js';
import type { Candidate, SourceScores } from '../../contracts/models/ranking.js';
import { FoldedNetwork, getBackbone, isPooling, scoredNames } from '../../learning/backbones/index.js';
import { secondsPerImage, stageActivations, type StageActivations } from '../../learning/features/index.js';
import { taskEmbedding } from '../../learning/transferability/index.js';
import { scoreFeatures } from '../../learning/transferability/scoreFeatures.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import type { Caller, WorkCallbacks } from '../shared/engine.js';
import type { ListedImage } from '../plan/imageList.js';
import { imagesAtOnce, usualBatch } from '../shared/imagesAtOnce.js';
import { backboneParameters } from '../backbone/networkParameters.js';
import { rankingKey, readSample, readSampleShard, sampleShards, type Sample } from './rankingSample.js';
import { ShardProgress } from '../shared/shardProgress.js';
import { isProbe, scoresPlace } from './sourceScores.js';
import { findResult, keepResult, reuseResult } from '../shared/storedResults.js';

/** @throws GraftworkError GW_WEIGHTS_…, GW_S3_…, and as `makePixelShard` */
export async function rankSource(
  dependencies: ActivityDependencies,
  { sample: sampleOf, candidate, halvings }: RankSourceInput,
  _caller: Caller,
  callbacks: WorkCallbacks,
): Promise<RankSourceOutput> {
  const sample = await readSample(dependencies, sampleOf, callbacks.signal);
  const stages = scoredNames(getBackbone(candidate.name));
  const key = rankingKey({ ...sample, backbone: candidate, input: candidate.input, stages });
  const place = scoresPlace(key);
  const earlier = await findResult(dependencies, place);
  if (earlier !== undefined) {
    await reuseResult(dependencies, place, earlier);
    return { key, reused: true };
  }
  const activations = await forward(
    dependencies,
    candidate,
    sample.images,
    imagesAtOnce(usualBatch, halvings),
    callbacks,
  );
  const scores = await score(activations, sample, isProbe(candidate), callbacks.signal);
  await keepResult(dependencies, place, scores);
  return { key, reused: false };
}

async function forward(
  dependencies: ActivityDependencies,
  candidate: Candidate,
  sample: ListedImage[],
  batchSize: number,
  { progress, signal }: WorkCallbacks,
): Promise<StageActivations[][]> {
  using network = new FoldedNetwork(
    getBackbone(candidate.name),
    await backboneParameters(dependencies, candidate, signal),
    { images: sample.length },
  );
  const report = new ShardProgress('rank', sample.length, progress, dependencies.measure);
  const found: StageActivations[][] = [];
  for (const shard of sampleShards(sample, candidate.input)) {
    const pixels = await readSampleShard(dependencies, candidate.input, shard, sample, signal);
    const onProgress = (done: number): void => report.at(done);
    found.push(await stageActivations(network, pixels, { input: candidate.input, batchSize, onProgress, signal }));
    report.finished(shard.count);
  }
  return found;
}

async function score(
  shards: readonly StageActivations[][],
  { images: sample, sets }: Sample,
  embedded: boolean,
  signal: AbortSignal,
): Promise<SourceScores> {
  const labels = Int32Array.from(sample, ({ label }) => label);
  // Heartbeats are sent meanwhile.
  const pause = async (): Promise<void> => {
    await setImmediate();
    signal.throwIfAborted();
  };
  const stages: SourceScores['stages'] = [];
  const poolings: NonNullable<SourceScores['poolings']> = [];
  let embedding: SourceScores['embedding'] = null;
  const [first = []] = shards;
  for (const [index, { stage, dimensions }] of first.entries()) {
    await pause();
    const features = new Float32Array(sample.length * dimensions);
    let offset = 0;
    for (const shard of shards) {
      features.set(shard[index]!.pooled, offset);
      offset += shard[index]!.pooled.length;
    }
    const passes = shards.flatMap((shard) => shard[index]!.passes);
    const labelled = { features, dimensions, labels, ...(sets === undefined ? {} : { sets }) };
    const found = await scoreFeatures(labelled, pause);
    const last = stages.at(-1);
    if (isPooling(stage) && last !== undefined) {
      poolings.push({ pooling: stage, scores: { ...last, ...found } });
      continue;
    }
    stages.push({ stage, ...found, secondsPerImage: secondsPerImage({ passes }) });
    if (embedded && index === first.length - 1) embedding = taskEmbedding(labelled);
  }
  return {
    ...{ format: 1, images: sample.length, stages, embedding },
    ...(poolings.length === 0 ? {} : { poolings }),
  };
}
