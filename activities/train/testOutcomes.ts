/**
 * What a model says of each test picture, in parts: each lies in the bucket before the next is begun. An evaluation that is
 * preempted goes on with the part it was at, and nothing is ever as large as pictures times classes.
 */
import {
  evaluationPartSchema,
  type Answer,
  type EvaluationPart,
  type TestOutcome,
} from '../../contracts/data/evaluation.js';
import type { FittedCalibration } from '../../contracts/data/fittedCalibration.js';
import { labelsOf, type LabelSets } from '../../contracts/data/labelSets.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import { taskOf, type PixelShard, type Plan } from '../../contracts/spec/plan.js';
import { testTimeView } from '../../learning/augmentation/index.js';
import { getBackbone } from '../../learning/backbones/index.js';
import { answerOf } from '../../learning/metrics/evaluate.js';
import { labelsAnswer } from '../../learning/metrics/multiLabel/evaluateLabels.js';
import { calibratedAnswer } from '../../learning/metrics/trust/calibratedAnswer.js';
import { Classifier } from '../../learning/inference/predict.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import type { WorkCallbacks } from '../shared/engine.js';
import { imagesAtOnce, usualBatch } from '../shared/imagesAtOnce.js';
import { readParameters } from '../backbone/parameterObjects.js';
import { readPixelShard } from '../features/pixelShards.js';
import { ShardProgress } from '../shared/shardProgress.js';
import { readSplits } from '../plan/splitImages.js';
import { findResult } from '../shared/storedResults.js';

/** Pictures in a part, at least: some seconds to half a minute of work, and some 30 kB. */
const leastInPart = 256;

export interface Evaluated {
  /** Content key of the evaluation. */
  key: string;
  /** Digest of the complete model. */
  parameters: string;
  /** Left out: the model is not calibrated. */
  fitted?: FittedCalibration;
  halvings: number;
}

/** Outcomes in the order of the test split, and the place of each part's first picture. */
export async function testOutcomes(
  dependencies: ActivityDependencies,
  plan: Plan,
  evaluated: Evaluated,
  callbacks: WorkCallbacks,
): Promise<{ parts: number[]; outcomes: TestOutcome[] }> {
  const parts = partsOf(plan.pixels.filter(({ split }) => split === 'test'));
  const total = parts.reduce((sum, { count }) => sum + count, 0);
  const report = new ShardProgress('evaluate', total, callbacks.progress, dependencies.measure);
  const outcomes = new Map<number, TestOutcome[]>();
  for (const part of parts) {
    callbacks.signal.throwIfAborted();
    const earlier = await earlierPart(dependencies, evaluated, part);
    if (earlier === undefined) continue;
    outcomes.set(part.start, earlier);
    report.found(part.count);
  }
  const missing = parts.filter(({ start }) => !outcomes.has(start));
  if (missing.length > 0) {
    for await (const [start, made] of makeParts(dependencies, plan, evaluated, missing, report, callbacks.signal)) {
      outcomes.set(start, made);
    }
  }
  return { parts: parts.map(({ start }) => start), outcomes: parts.flatMap(({ start }) => outcomes.get(start) ?? []) };
}

interface Part {
  /** Place of the first picture in the test split. */
  start: number;
  count: number;
  shards: PixelShard[];
}

/** Consecutive shards, `leastInPart` pictures or a few more together. */
function partsOf(shards: readonly PixelShard[]): Part[] {
  const parts: Part[] = [];
  for (const shard of shards) {
    const last = parts.at(-1);
    if (last === undefined || last.count >= leastInPart) {
      parts.push({ start: shard.start, count: shard.count, shards: [shard] });
    } else {
      last.count += shard.count;
      last.shards.push(shard);
    }
  }
  return parts;
}

/**
 * What an earlier attempt left of a part. It is written again, so that a collection of garbage that is under way sees that it
 * is in use. A part of other parameters, or one that is not whole, is none.
 */
async function earlierPart(
  dependencies: ActivityDependencies,
  { key, parameters }: Evaluated,
  { start, count }: Part,
): Promise<TestOutcome[] | undefined> {
  const place = {
    object: objectKeys.evaluationPart(key, start),
    schema: evaluationPartSchema,
    what: 'a part of an evaluation',
  };
  const part = await findResult(dependencies, place);
  if (part?.parameters !== parameters || part.outcomes.length !== count) return undefined;
  await dependencies.store.putJson(place.object, part);
  return part.outcomes;
}

async function* makeParts(
  dependencies: ActivityDependencies,
  plan: Plan,
  { key, parameters, fitted, halvings }: Evaluated,
  parts: readonly Part[],
  report: ShardProgress,
  signal: AbortSignal,
): AsyncGenerator<[start: number, outcomes: TestOutcome[]]> {
  const { store, cache } = dependencies;
  const { test: images } = await readSplits(dependencies, plan, signal);
  const { classes, input, augmentation, spec } = plan;
  const { views } = spec.evaluation.testTimeAugmentation;
  using classifier = new Classifier({
    backbone: getBackbone(plan.backbone.name),
    parameters: await readParameters(cache, objectKeys.modelParameters(parameters), parameters),
    input,
    classes,
    task: taskOf(plan),
    batchSize: imagesAtOnce(usualBatch, halvings),
    images: images.length,
  });
  for (const { start, shards } of parts) {
    const outcomes: TestOutcome[] = [];
    for (const shard of shards) {
      signal.throwIfAborted();
      const { pixels } = await readPixelShard(dependencies, plan, shard, signal);
      const shown = images.slice(shard.start, shard.start + shard.count);
      const probabilities = await classifier.classify(pixels, (done) => report.at(done), {
        views,
        view: (index, view) => testTimeView(augmentation, spec.seed, shown[index]?.sha256 ?? index, view),
      });
      if (!probabilities.every(Number.isFinite)) throw new RangeError('a probability is not finite');
      for (const [index, { path, label }] of shown.entries()) {
        const row = probabilities.subarray(index * classes.length, (index + 1) * classes.length);
        outcomes.push({ path, ...testAnswer(row, label, plan.labelSets, fitted) });
      }
      report.finished(shard.count);
    }
    const part: EvaluationPart = { format: 1, parameters, outcomes };
    await store.putJson(objectKeys.evaluationPart(key, start), part);
    yield [start, outcomes];
  }
}

function testAnswer(
  row: Float32Array,
  label: number,
  sets: LabelSets | undefined,
  fitted: FittedCalibration | undefined,
): Answer {
  if (sets !== undefined) return labelsAnswer(row, label, labelsOf(label, sets));
  const answer = answerOf(row, label);
  return fitted === undefined ? answer : calibratedAnswer(answer, row, fitted);
}
