/** A run's status as one line, and what has happened between two looks. Pure, so that bars and plain lines agree. */
import { bestEpoch } from '../../learning/metrics/bestEpoch.js';
import { wasTrained, type StageReport } from '../../contracts/result.js';
import type { Progress } from '../../contracts/training.js';
import type { ActivityStatus, RunStatus } from '../runStatus.js';
import { count, counted, duration, percent } from './format.js';

/** How long a task may wait for a worker before it is said, in seconds. */
const patience = 5;

/** What a bar shows: a share done, and the line beside it. */
export interface StatusLine {
  stage: string;
  done: number;
  total: number;
  text: string;
}

export function statusLine({ status, result, workflowAttempt, activities }: RunStatus): StatusLine {
  const stage = result?.stage ?? 'starting';
  // What a waiting activity last said is of an attempt that is over.
  const progress = activities.flatMap(({ state, progress }) => (state === 'running' && progress ? [progress] : []));
  const done = sum(progress.map((one) => one.done));
  const total = sum(progress.map((one) => one.total));
  const text =
    status === 'paused'
      ? 'paused; graftwork resume goes on'
      : result === null
        ? workflowAttempt > 1
          ? `the workflow worker fails at this run (attempt ${workflowAttempt}); its log says why`
          : 'no workflow worker answers yet'
        : [...progress.slice(0, 1).map(trainingText), ...progressText(progress), ...waitingText(activities)]
            .filter((part) => part !== '')
            .join(' · ');
  return { stage, done, total, text };
}

function trainingText({ epoch, epochs, loss, top1 }: Progress): string {
  return [
    epoch === undefined ? '' : `epoch ${epoch}${epochs === undefined ? '' : `/${epochs}`}`,
    loss === undefined ? '' : `loss ${loss.toFixed(3)}`,
    top1 === undefined ? '' : `accuracy ${percent(top1)}`,
  ]
    .filter((part) => part !== '')
    .join(' · ');
}

function progressText(progress: readonly Progress[]): string[] {
  const [first] = progress;
  if (first === undefined) return [];
  const rate = sum(progress.flatMap((one) => one.imagesPerSecond ?? []));
  const left = Math.max(...progress.map((one) => one.secondsLeft ?? -1));
  return [
    `${count(sum(progress.map((one) => one.done)))}/${count(sum(progress.map((one) => one.total)))} ${first.unit}`,
    ...(rate > 0 ? [`${count(rate)} images/s`] : []),
    ...(left >= 0 ? [`${duration(left)} left`] : []),
  ];
}

/** Tasks always stand in the queue for a moment; only a longer wait with nobody at work is worth a word. */
function waitingText(activities: readonly ActivityStatus[]): string[] {
  if (activities.some(({ state }) => state === 'running')) return [];
  const [failed] = activities.filter(({ lastFailure }) => lastFailure !== null);
  if (failed !== undefined) return [`attempt ${failed.attempt} comes next, after: ${failed.lastFailure ?? ''}`];
  const long = activities.filter(({ secondsSinceScheduled }) => secondsSinceScheduled > patience);
  return long.length === 0 ? [] : [`${counted(long.length, 'task')} waiting for a worker`];
}

/** Lines worth keeping on the screen: stages that ended, attempts that began anew, resumed positions. */
export function newsBetween(before: RunStatus | undefined, now: RunStatus): string[] {
  const ended = (now.result?.stages ?? [])
    .filter((stage) => stage.reason !== 'running')
    .filter((stage) => !before?.result?.stages.some(({ name, reason }) => name === stage.name && reason !== 'running'))
    .map((stage) => stageNews(stage, now.result?.dataset?.counts.validation ?? 0));
  const retried = now.activities
    .filter(({ attempt, lastFailure }) => attempt > 1 && lastFailure !== null)
    .filter(({ type, attempt }) => !before?.activities.some((other) => other.type === type && other.attempt >= attempt))
    .map(({ type, attempt, lastFailure }) => `${type}: attempt ${attempt}, after: ${lastFailure ?? ''}`);
  const resumed = now.activities.flatMap(({ type, attempt, progress }) => {
    const from = progress?.resumedFrom;
    if (from === undefined) return [];
    const known = before?.activities.some(
      (other) => other.type === type && other.attempt === attempt && other.progress?.resumedFrom !== undefined,
    );
    return known === true ? [] : [`${progress?.stage ?? type}: goes on from epoch ${from.epoch}, step ${from.step}`];
  });
  return [...ended, ...retried, ...resumed];
}

function stageNews(stage: StageReport, validated: number): string {
  const { name, epochs, seconds, kept, reason, cache } = stage;
  const isTrained = wasTrained(stage);
  const best = bestEpoch(epochs, validated)?.validation;
  const parts = [
    isTrained ? counted(epochs.length, 'epoch') : `${cache.hits} reused, ${cache.misses} made`,
    cache.hits > 0 && isTrained ? 'reused from an earlier run' : duration(seconds),
    best ? `validation ${percent(best.top1)}` : '',
    isTrained ? `${kept ? 'kept' : 'dropped'}: ${reason}` : '',
  ];
  return `${name}: ${parts.filter((part) => part !== '').join(', ')}`;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
