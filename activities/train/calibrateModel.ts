/** A model's calibration by its validation pictures, from pixels, as it will answer. */
import type { Calibrated } from '../../contracts/activities/trainingActivities.js';
import type { FittedCalibration } from '../../contracts/data/fittedCalibration.js';
import type { PixelShard, Plan } from '../../contracts/spec/plan.js';
import { getBackbone, type NamedArrays } from '../../learning/backbones/index.js';
import { Classifier } from '../../learning/inference/predict.js';
import { fitCalibration } from '../../learning/metrics/trust/fitCalibration.js';
import { readPixelShard } from '../features/pixelShards.js';
import { readSplits } from '../plan/splitImages.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import type { WorkCallbacks } from '../shared/engine.js';
import { imagesAtOnce, usualBatch } from '../shared/imagesAtOnce.js';
import { ShardProgress } from '../shared/shardProgress.js';
import { readTrainedNetwork, type Retrain } from './stageResults.js';

/**
 * Pictures that are looked at: of more, evenly spaced ones. One number is fitted; 2,000 pictures say it to a few percent, and the
 * limits of prediction sets to half a point.
 */
const most = 2000;
/** Logits that are held at once: 32 MB. */
const mostLogits = 4 * 1024 * 1024;

/** What the calibration of a plan's stages depends on besides their keys; undefined where no picture validates them. */
export function calibrationInputs({ pixels }: Plan, { kept }: Calibrated): object | undefined {
  const validation = validationShards(pixels);
  return validation.length === 0 ? undefined : { revision: 1, kept, pixels: validation.map(({ key }) => key) };
}

/** @param plan of `calibrated`, which has validation pictures */
export async function calibrateModel(
  dependencies: ActivityDependencies,
  plan: Plan,
  { kept }: Calibrated,
  retrain: Retrain,
  options: Pick<WorkCallbacks, 'progress' | 'signal'> & { halvings: number },
): Promise<FittedCalibration> {
  const parameters = await readTrainedNetwork(dependencies, plan, kept, retrain);
  const { probabilities, labels } = await validationAnswers(dependencies, plan, parameters, options);
  // Logits but for a constant of each picture, which changes nothing. What has underflowed is very unlikely.
  const logits = Float64Array.from(probabilities, (probability) => Math.log(Math.max(leastProbability, probability)));
  return fitCalibration({ logits, labels }, plan.classes.length);
}

/** The least positive number of single precision, nearly. */
const leastProbability = 1e-44;

/** Of the centre crops. */
async function validationAnswers(
  dependencies: ActivityDependencies,
  plan: Plan,
  parameters: NamedArrays,
  { progress, signal, halvings }: Pick<WorkCallbacks, 'progress' | 'signal'> & { halvings: number },
): Promise<{ probabilities: number[]; labels: number[] }> {
  const { classes, input } = plan;
  const { validation: images } = await readSplits(dependencies, plan, signal);
  const wanted = evenlySpaced(images.length, Math.min(most, Math.floor(mostLogits / classes.length)));
  const report = new ShardProgress('evaluate', wanted.size, progress, dependencies.measure);
  using classifier = new Classifier({
    ...{ backbone: getBackbone(plan.backbone.name), parameters, input, classes },
    batchSize: imagesAtOnce(usualBatch, halvings),
    images: wanted.size,
  });
  const found = { probabilities: [] as number[], labels: [] as number[] };
  const size = input.store ** 2 * 3;
  for (const shard of validationShards(plan.pixels)) {
    signal.throwIfAborted();
    const places = Array.from({ length: shard.count }, (_, place) => place).filter((place) =>
      wanted.has(shard.start + place),
    );
    if (places.length === 0) continue;
    const { pixels } = await readPixelShard(dependencies, plan, shard, signal);
    const shown = Buffer.concat(places.map((place) => pixels.subarray(place * size, (place + 1) * size)));
    const answers = await classifier.classify(shown, (done) => report.at(done));
    for (const probability of answers) found.probabilities.push(probability);
    found.labels.push(...places.map((place) => images.at(shard.start + place).label));
    report.finished(places.length);
  }
  return found;
}

function validationShards(pixels: readonly PixelShard[]): PixelShard[] {
  return pixels.filter(({ split }) => split === 'validation');
}

/** At most so many of the first `count` numbers from 0 on. */
function evenlySpaced(count: number, atMost: number): Set<number> {
  const length = Math.min(count, atMost);
  return new Set(Array.from({ length }, (_, index) => Math.floor((index * count) / length)));
}
