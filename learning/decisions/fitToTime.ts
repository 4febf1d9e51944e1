/** How much of a run fits the time it has. Pure. */
import type { Undecided } from '../../contracts/spec/undecided.js';
import type { StageScores } from '../../contracts/models/ranking.js';
import { trainingCost, type TrainingPlan } from '../transferability/index.js';

/** A forward pass of a source's stage, where nothing was measured: seconds a unit of `workOfStages` on two cores. */
const secondsPerUnit = 2e-11;

/**
 * What runs beside a pass and the last, smaller batches. Little: time that was expected to be too short only ends training a
 * little early, and what was expected to take too long is never tried.
 */
const slack = 1.1;
/** Fetching, decoding and resizing one picture. */
const secondsPerPicture = 0.008;
/** Starts of activities, reading and storing: with and without fine-tuning. */
const overhead = { head: 5, fineTune: 5 };
/** Storing the complete model, reading it back, and the registry. */
const endSeconds = 4;
/** Views of a picture in all policies together, and drawing one of them. */
const measuredViews = 11;
const drawingSeconds = 0.004;

export type TimedStage = Pick<StageScores, 'stage' | 'secondsPerImage'>;

/** Stages of a network nobody has timed. */
export function untimed(names: readonly string[], work: readonly number[]): TimedStage[] {
  return names.map((stage, index) => ({
    stage,
    secondsPerImage: (work[index] ?? 0) * secondsPerUnit,
  }));
}

export interface Wish {
  /** Of the source, first to last. */
  stages: readonly TimedStage[];
  /** Stages that would be unfrozen, at the end of the network. */
  trainable: number;
  /** As the spec has it. */
  plan: TrainingPlan;
  undecided: readonly Undecided[];
}

export interface Fit {
  views: number;
  /** Of the fine-tuning steps' epochs; 0: the head alone. */
  share: 1 | 0.5 | 0.25 | 0;
  trainable: number;
  /** All of training, from the first picture to the registered model. */
  seconds: number;
  /** Whether that is within the time; false: nothing smaller is possible. */
  fits: boolean;
}

/**
 * The most thorough run that fits: first fewer epochs are trained, then fewer stages unfrozen, then fewer views drawn, and last
 * only the head is trained. What the person has said stays.
 *
 * @param secondsLeft null: no limit
 */
export function fitToTime({ stages, trainable, plan, undecided }: Wish, secondsLeft: number | null): Fit {
  const open = new Set(undecided);
  const views = (most: number): number => (open.has('views') ? Math.min(most, plan.views) : plan.views);
  const options: Fit[] = [];
  const add = (count: number, share: Fit['share'], depth: number): void => {
    const whole = { views: count, share, trainable: depth };
    const seconds = runSeconds(stages, whole, plan);
    options.push({ ...whole, seconds, fits: secondsLeft === null || seconds <= secondsLeft });
  };
  if (trainable > 0 && plan.fineTuneEpochs > 0) {
    const depths = open.has('unfreeze')
      ? Array.from({ length: trainable }, (_, index) => trainable - index)
      : [trainable];
    add(plan.views, 1, trainable);
    const shares = open.has('steps') ? ([0.5, 0.25] as const) : ([1] as const);
    for (const most of [Infinity, 2, 1])
      for (const share of shares) for (const depth of depths) add(views(most), share, depth);
  }
  if (open.has('steps') || options.length === 0) for (const most of [Infinity, 2, 1]) add(views(most), 0, 0);
  return options.find(({ fits }) => fits) ?? options.at(-1)!;
}

/** Seconds from the first picture to the registered model. */
export function runSeconds(
  stages: readonly TimedStage[],
  { views, share, trainable }: Pick<Fit, 'views' | 'share' | 'trainable'>,
  plan: TrainingPlan,
): number {
  const { train, validation, test } = plan.counts;
  const { fineTune } = trainingCost(stages, trainable, {
    ...plan,
    views,
    fineTuneEpochs: Math.ceil(plan.fineTuneEpochs * share),
  });
  return (
    slack * fineTune +
    secondsPerPicture * (train + validation + test) +
    overhead.head +
    (trainable === 0 ? 0 : overhead.fineTune) +
    endSeconds
  );
}

/** Seconds of a run after its features. */
export function trainingSeconds(
  stages: readonly TimedStage[],
  { views, share, trainable }: Pick<Fit, 'views' | 'share' | 'trainable'>,
  plan: TrainingPlan,
): number {
  const all = runSeconds(stages, { views, share, trainable }, plan);
  const { train, validation, test } = plan.counts;
  const forward = stages.reduce((sum, { secondsPerImage }) => sum + (secondsPerImage ?? 0), 0);
  return all - slack * forward * (train * views + validation) - secondsPerPicture * (train + validation + test);
}

/**
 * Seconds that measuring the usual augmentations takes: their views of the training pictures of a sample, and validation.
 * @param trainPictures of the sample
 */
export function augmentationSeconds(stages: readonly TimedStage[], trainPictures: number, validation: number): number {
  const forward = stages.reduce((sum, { secondsPerImage }) => sum + (secondsPerImage ?? 0), 0);
  return (slack * forward + drawingSeconds) * (measuredViews * trainPictures + validation) + overhead.head;
}

/** Seconds between the end of training and the registered model; a stage that is ended early judges itself first. */
export function endingSeconds(stages: readonly TimedStage[], { validation, test }: TrainingPlan['counts']): number {
  const forward = stages.reduce((sum, { secondsPerImage }) => sum + (secondsPerImage ?? 0), 0);
  return slack * forward * (test + 2 * validation) + endSeconds + overhead.head;
}
