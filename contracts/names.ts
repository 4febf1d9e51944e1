/** The one place for names that more than one process must agree on. */
import { z } from 'zod';

/** Worker pools. A pool is a task queue with one kind of hardware behind it. */
export const pools = ['workflow', 'cpu', 'gpu'] as const;
export type Pool = (typeof pools)[number];

/**
 * Version of the activity contract. It is part of the activity queues' names, so that workers of an older
 * build never take a task whose input they cannot read. Raise it when an activity's input or output changes shape.
 */
export const activityContractVersion = 6;

/** Workflow code is versioned by Temporal's own means (patches), so its queue name is stable. */
export const taskQueues: Record<Pool, string> = {
  workflow: 'graftwork-workflow',
  cpu: `graftwork-cpu-v${activityContractVersion}`,
  gpu: `graftwork-gpu-v${activityContractVersion}`,
};

/** Search attributes shown in Temporal's list of runs; created when the embedded server boots. */
export const searchAttributes = {
  dataset: { name: 'GraftworkDataset', type: 'Keyword' },
  model: { name: 'GraftworkModel', type: 'Keyword' },
  backbone: { name: 'GraftworkBackbone', type: 'Keyword' },
  stage: { name: 'GraftworkStage', type: 'Keyword' },
  top1: { name: 'GraftworkTop1', type: 'Double' },
} as const;

export const workflowTypes = {
  train: 'transferLearning',
  predict: 'predictImages',
  evaluate: 'evaluateOnSource',
  review: 'reviewSource',
  rank: 'rankSources',
  approve: 'awaitApproval',
  retrain: 'retrain',
} as const;

/** `train-<model>-<suffix>`: sorts by model in the UI, unless its name is not for Temporal to read; the suffix keeps runs apart. */
export function trainWorkflowId(model: string | undefined, suffix: string): string {
  return model === undefined ? `train-${suffix}` : `train-${model}-${suffix}`;
}

export function predictWorkflowId(suffix: string): string {
  return `predict-${suffix}`;
}

export function evaluateWorkflowId(suffix: string): string {
  return `evaluate-${suffix}`;
}

export function reviewWorkflowId(suffix: string): string {
  return `review-${suffix}`;
}

export function rankWorkflowId(suffix: string): string {
  return `rank-${suffix}`;
}

/** The wait for a person's word on a run's model. */
export function approvalWorkflowId(run: string): string {
  return `${run}-approval`;
}

/**
 * The training run of a retraining. Ticks may share their id (a backfill of a moment that has had its tick), runs may not: what
 * a run has made lies under its id.
 *
 * @param random some hexadecimal digits that no other execution of the retraining has
 */
export function retrainedRunId(retraining: string, random: string): string {
  return `${retraining}-run-${random.slice(0, 6)}`;
}

/** Of a model's schedule; Temporal appends the time of each tick to the id of its workflow. */
export function scheduleId(model: string): string {
  return `retrain-${model}`;
}

/** Model and run names: they become parts of object keys, workflow ids and file names. */
export const nameSchema = z
  .string()
  .regex(
    /^[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?$/,
    'use 1 to 63 of a-z, 0-9, dot, dash, underscore; start and end with a letter or digit',
  );

/** Letters that are no accented ones of a to z, as they are written without. */
const latin: Record<string, string> = { ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', ł: 'l', đ: 'd', ð: 'd', þ: 'th', ı: 'i' };

/**
 * Any text as a valid name, for defaults: `Ants & Bees/` becomes `ants-bees`, `Vögel` becomes `vogel`.
 * @returns undefined where nothing is left of its letters: 花1 and 鳥1 would both become `1`
 */
export function nameFrom(text: string): string | undefined {
  const cleaned = text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{M}+/gu, '')
    .replace(/[ßæœøłđðþı]/g, (letter) => latin[letter] ?? letter)
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[^a-z0-9]+/, '')
    .slice(0, 63)
    .replace(/[^a-z0-9]+$/, '');
  const isLost = /\p{L}/u.test(text) && !/[a-z]/.test(cleaned);
  return cleaned === '' || isLost ? undefined : cleaned;
}
