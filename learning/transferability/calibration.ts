/**
 * From scores to the accuracy that training will reach, learnt from what earlier runs reached: ridge regression on the
 * logit scale, with a spread measured on tasks the regression has not seen.
 */
import type { CalibrationReport, Predicted } from '../../contracts/models/ranking.js';
import { ridge, type LinearModel } from './algebra/ridge.js';

/** What the accuracy is predicted from. */
export interface ScoredSource {
  gain: number;
  knn: number;
  linear?: number | undefined;
  fineTuned: boolean;
}

/** An earlier run. */
export interface Experience extends ScoredSource {
  /** Runs on the same data are no independent witnesses. */
  task: string;
  top1: number;
  /** Test pictures. */
  count: number;
}

export interface Calibration {
  report: CalibrationReport;
  /** undefined while there is too little to go by. */
  predict: ((source: ScoredSource) => Predicted) | undefined;
}

/** Fewer say nothing about the spread. */
const leastRecords = 8;
/** With fewer there is no task left to be wrong about. */
const leastTasks = 3;
/** Shrinks the slopes as if so many further runs had shown no relation. */
const penalty = 1;
/** Share of cases in which the truth is to lie in the interval that is reported. */
const coverage = 0.8;
/** Pictures as good as infinitely many, where a share is to become a logit. */
const finest = 1_000;

/**
 * @param experience earlier runs whose scores are known; the latest counts no more than the first
 */
export function calibrate(experience: readonly Experience[]): Calibration {
  const tasks = [...new Set(experience.map(({ task }) => task))];
  const known = { records: experience.length, tasks: tasks.length };
  if (experience.length < leastRecords || tasks.length < leastTasks) {
    const reason = `predictions need ${leastRecords} finished runs on ${leastTasks} data sets, but there are ${experience.length} on ${tasks.length}`;
    return { report: { ...known, used: false, reason }, predict: undefined };
  }
  // Records from before there was a linear classifier's accuracy count as long as there are any: they are all of one measure.
  const variables = experience.every(({ linear }) => linear !== undefined) ? byLinear : byNeighbours;
  const fit = (some: readonly Experience[]): LinearModel => ridge(some.map(variables), some.map(target), penalty);
  const model = fit(experience);
  const misses = tasks
    .flatMap((left) => {
      const rest = fit(experience.filter(({ task }) => task !== left));
      return experience
        .filter(({ task }) => task === left)
        .map((one) => Math.abs(target(one) - rest.predict(variables(one))));
    })
    .sort((a, b) => a - b);
  // The interval that would have held in so many of the cases, and one more (split-conformal rank; Vovk et al. 2005).
  const rank = Math.min(misses.length, Math.ceil(coverage * (misses.length + 1)));
  const spread = misses[rank - 1]!;
  const reason = `of ${experience.length} finished runs on ${tasks.length} data sets, each predicted from the other data sets`;
  return {
    report: { ...known, used: true, reason },
    predict(source) {
      const centre = model.predict(variables(source));
      return { top1: share(centre), low: share(centre - spread), high: share(centre + spread) };
    },
  };
}

/** LogME has no upper end where there are fewer pictures than features; sound gains are rarely much above 1. */
function byNeighbours({ gain, knn, fineTuned }: ScoredSource): number[] {
  return [logit(knn, finest), Math.tanh(gain), Number(fineTuned)];
}

function byLinear({ linear, knn, fineTuned }: ScoredSource): number[] {
  return [logit(linear ?? knn, finest), Number(fineTuned)];
}

function target({ top1, count }: Experience): number {
  return logit(top1, count);
}

/** Half a picture is added on either side, so that none and all stay finite. */
function logit(accuracy: number, count: number): number {
  const right = accuracy * count + 0.5;
  return Math.log(right / (count + 1 - right));
}

function share(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}
