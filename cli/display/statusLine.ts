/** A run's status as one line. Pure, so that bars and plain lines agree. */
import type { Progress } from '../../contracts/spec/stages/training.js';
import type { StageReport } from '../../contracts/run/result.js';
import type { ActivityStatus, RunStatus } from '../../client/runs/runStatus.js';
import { count, counted, duration, percent } from '../../client/text/format.js';
import { picturesOfStep } from './stepPictures.js';

/** How long a task may wait for a worker before it is said, in seconds. */
const patience = 5;

/** What a bar shows: how much of the step is done, and what is said beside it. */
export interface StatusLine {
  stage: string;
  /** 0 to 1 */
  share: number;
  /** Left out where there is no room for them, the last one first. */
  details: readonly string[];
  /** How much of how much. */
  amount: string;
  /** Of a step that is made of shards: pictures that are done. */
  pictures?: number;
  /** Rate, time left, and what keeps the run waiting: never left out. */
  rest: readonly string[];
}

/** All of it, as a line. */
export function lineText({ details, amount, rest }: Pick<StatusLine, 'details' | 'amount' | 'rest'>): string {
  return [...details, amount, ...rest].filter((part) => part !== '').join(' · ');
}

/** @param least pictures of the same step that were done when it was last looked at */
export function statusLine(seen: RunStatus, least = 0): StatusLine {
  const { status, result, workflowAttempt, activities } = seen;
  const stage = result?.stage ?? 'starting';
  const nothing = { stage, share: 0, details: [], amount: '' };
  if (status === 'paused') return { ...nothing, rest: ['paused until it is resumed'] };
  if (result === null) {
    const failing = `the workflow worker cannot process this run (attempt ${workflowAttempt}); its log says why`;
    return { ...nothing, rest: [workflowAttempt > 1 ? failing : 'no workflow worker answers yet'] };
  }
  // What a waiting activity last said is of an attempt that is over.
  const progress = activities.flatMap(({ state, progress }) => (state === 'running' && progress ? [progress] : []));
  const waiting = waitingText(activities);
  const [first] = progress;
  if (first === undefined && seen.picturesDone === undefined) return { ...nothing, rest: waiting };
  if (first?.stage === 'search')
    return { ...nothing, amount: `trying settings: ${count(first.done)} so far`, rest: waiting };
  if (first?.stage === 'review' && first.unit === 'steps') {
    return { ...nothing, amount: `looking for wrong labels${shareText(first)}`, rest: waiting };
  }
  if (first?.unit === 'shards') {
    return { ...nothing, amount: `reading features${shareText(first)}`, rest: waiting };
  }
  const { done, total, ...amount } = amountOf(seen, progress, least);
  return {
    ...{ stage, ...amount, share: total > 0 ? Math.min(1, done / total) : 0 },
    details: first === undefined ? [] : trainingDetails(first, result.stages),
    rest: [...rateText(progress, total - done), ...waiting],
  };
}

function shareText({ done, total }: { done: number; total: number }): string {
  return total === 0 ? '' : `, ${Math.round((100 * done) / total)} %`;
}

interface Amount extends Pick<StatusLine, 'amount' | 'pictures'> {
  /** Units of work. */
  done: number;
  total: number;
}

function amountOf({ result, picturesDone = 0 }: RunStatus, progress: readonly Progress[], least: number): Amount {
  const [first] = progress;
  const [said, ofSaid] = [sum(progress.map((one) => one.done)), sum(progress.map((one) => one.total))];
  const { counts } = result?.dataset ?? {};
  if (counts !== undefined && first?.unit === 'steps' && first.epochs !== undefined) {
    // Steps are batches of pictures: every epoch goes through all of them.
    const all = first.epochs * counts.train;
    return { done: said, total: ofSaid, amount: ofPictures(Math.round((said / Math.max(1, ofSaid)) * all), all) };
  }
  const all = counts && picturesOfStep(result?.stage ?? '', counts);
  if (all === undefined) return { done: said, total: ofSaid, amount: ofPictures(said, ofSaid) };
  // Shards that are still in the queue say nothing of themselves.
  const done = Math.min(all, Math.max(least, picturesDone + said));
  return { done, total: all, amount: ofPictures(done, all), pictures: done };
}

function ofPictures(done: number, total: number): string {
  return total === 0 ? '' : `${count(done)} of ${counted(total, 'picture')}`;
}

function trainingDetails({ stage, epoch, epochs, loss, top1 }: Progress, stages: readonly StageReport[]): string[] {
  const mAP = averagePrecision(stage, stages);
  const figure = mAP === undefined ? (['validation accuracy', top1] as const) : (['validation mAP', mAP] as const);
  return [
    ...(epoch === undefined ? [] : [`epoch ${epoch}${epochs === undefined ? '' : ` of ${epochs}`}`]),
    ...(figure[1] === undefined ? [] : [`${figure[0]} ${percent(figure[1])}`]),
    ...(loss === undefined ? [] : [`loss ${loss.toFixed(3)}`]),
  ];
}

/** Of a multi-label task: of the last epoch that the trainer has announced. */
function averagePrecision(name: string, stages: readonly StageReport[]): number | undefined {
  return stages.find((stage) => stage.name === name)?.epochs.at(-1)?.validation?.mAP;
}

/** @param left units of work that are not done, of all activities; those of this moment go on at the same rate */
function rateText(progress: readonly Progress[], left: number): string[] {
  const rate = sum(progress.flatMap((one) => one.imagesPerSecond ?? []));
  const slowest = Math.max(...progress.map((one) => one.secondsLeft ?? -1));
  const isOfPictures = progress.every(({ unit }) => unit === 'images');
  const seconds = Math.max(slowest, isOfPictures && rate > 0 ? left / rate : -1);
  return [...(rate > 0 ? [`${rateOf(rate)}/s`] : []), ...(seconds >= 0 ? [leftText(seconds)] : [])];
}

/** `2 min 5 s left`. An estimate: tenths of a second would be a lie. */
export function leftText(seconds: number): string {
  return `${seconds < 10 ? `${Math.round(seconds)} s` : duration(seconds)} left`;
}

/** Below ten a second with a decimal: 0 would be a lie. */
function rateOf(rate: number): string {
  return rate < 9.95 ? rate.toFixed(1) : count(rate);
}

/** Tasks always stand in the queue for a moment; only a longer wait with nobody at work is worth a word. */
function waitingText(activities: readonly ActivityStatus[]): string[] {
  if (activities.some(({ state }) => state === 'running')) return [];
  const [failed] = activities.filter(({ lastFailure }) => lastFailure !== null);
  if (failed !== undefined) return [`waiting for attempt ${failed.attempt} after: ${failed.lastFailure ?? ''}`];
  const long = activities.filter(({ secondsSinceScheduled }) => secondsSinceScheduled > patience);
  return long.length === 0 ? [] : [`${counted(long.length, 'task')} waiting for a worker`];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
