/** A model's calibration by its validation pictures, from pixels, as it will answer. */
import type { Calibrated } from '../../contracts/activities/trainingActivities.js';
import type { FittedCalibration } from '../../contracts/data/fittedCalibration.js';
import type { Plan } from '../../contracts/spec/plan.js';
import type { ScoredPicture } from '../../learning/metrics/multiLabel/averages.js';
import { fitLabels } from '../../learning/metrics/multiLabel/fitLabels.js';
import { fitCalibration } from '../../learning/metrics/trust/fitCalibration.js';
import { usualTemperature } from '../../learning/metrics/trust/usualTemperature.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import { evenlySpaced } from './pickPictures.js';
import { classifySplit, shardsOf, type SplitOptions } from './classifySplit.js';
import { readTrainedNetwork, type Retrain } from './stageResults.js';

/**
 * Pictures that are looked at: of more, evenly spaced ones. One number is fitted; 2,000 pictures say it to a few percent, and the
 * limits of prediction sets to half a point.
 */
const most = 2000;
/** Logits that are held at once: 32 MB. */
const mostLogits = 4 * 1024 * 1024;

/** Each label of a multi-label task is a row of its own. */
const mostLabels = 512 * 1024;

function mostOf({ labelSets }: Plan): number {
  return labelSets === undefined ? mostLogits : mostLabels;
}

/** The least positive number of single precision, nearly. */
const leastProbability = 1e-44;

/** What the calibration of a plan's stages depends on besides their keys; undefined where no picture validates them. */
export function calibrationInputs(plan: Plan, calibrated: Calibrated): object | undefined {
  const validation = shardsOf(plan, 'validation');
  if (validation.length === 0) return undefined;
  // The keys of the stages depend on their label smoothing.
  const revision = usualOf(plan, calibrated) === undefined ? 1 : 2;
  return { revision, kept: calibrated.kept, pixels: validation.map(({ key }) => key) };
}

/** The temperature that such a model usually needs; undefined in runs that began with an earlier version. */
function usualOf({ classes, stages }: Plan, { last }: Calibrated): number | undefined {
  const stage = last === undefined ? undefined : stages[last];
  return stage && usualTemperature(classes.length, stage.training.labelSmoothing);
}

export interface Calibration {
  fitted: FittedCalibration;
  /** Pooled features of the pictures that were looked at. */
  features: Float32Array[];
}

/** @param plan of `calibrated`, which has validation pictures */
export async function calibrateModel(
  dependencies: ActivityDependencies,
  plan: Plan,
  calibrated: Calibrated,
  retrain: Retrain,
  options: SplitOptions,
): Promise<Calibration> {
  const parameters = await readTrainedNetwork(dependencies, plan, calibrated.kept, retrain);
  const scored: ScoredPicture[] = [];
  const logits: number[] = [];
  const labels: number[] = [];
  const features: Float32Array[] = [];
  const pictures = {
    split: 'validation',
    pick: evenlySpaced(Math.min(most, Math.floor(mostOf(plan) / plan.classes.length))),
  } as const;
  await classifySplit(dependencies, { ...plan, parameters }, pictures, options, (picture) => {
    labels.push(picture.label);
    features.push(picture.features);
    if (plan.labelSets !== undefined) {
      scored.push({ scores: picture.probabilities.slice(), truth: picture.truth });
      return;
    }
    // Logits but for a constant of each picture, which changes nothing. What has underflowed is very unlikely.
    for (const probability of picture.probabilities) logits.push(Math.log(Math.max(leastProbability, probability)));
  });
  const classes = plan.classes.length;
  const fitted =
    plan.labelSets === undefined
      ? fitCalibration({ logits, labels }, classes, usualOf(plan, calibrated))
      : fitLabels(scored, classes);
  return { fitted, features };
}
