/** Which piece of work the code is in: what each of its log lines carries, however deep it is called. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { activityTable } from '../../contracts/activities/activities.js';
import { describeSpan } from '../../telemetry/traced.js';
import type { Caller } from './engine.js';

export interface WorkContext {
  /** Workflow id. */
  readonly run: string;
  readonly activity: string;
  /** `ingest`, `features`, `head`, `fine-tune-1`, … */
  stage: string;
  /** Temporal's, counted from 1. */
  readonly attempt: number;
}

const contexts = new AsyncLocalStorage<WorkContext>();

/** Runs `work`, and all that it starts, as that activity of that run. */
export function inWorkContext<T>(activity: string, { run, attempt }: Caller, work: () => T): T {
  // An activity of a newer build has no place in our table; its name says enough.
  const stage = (activityTable as Record<string, { stage: string } | undefined>)[activity]?.stage ?? activity;
  return contexts.run({ run, activity, stage, attempt }, work);
}

/** The work's stage is known more exactly now. */
export function enterStage(stage: string): void {
  const context = contexts.getStore();
  if (context !== undefined) context.stage = stage;
  describeSpan({ 'graftwork.stage': stage });
}

/** A copy; empty outside of any work. */
export function workContext(): Partial<WorkContext> {
  return { ...contexts.getStore() };
}
