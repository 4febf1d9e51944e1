/**
 * The engine as the activities see it: something that runs a job in a process of its own, reports on it, and stops it on
 * demand. worker/ provides it; the jobs themselves are the functions of engineJobs.ts.
 */
import type { InputOf, NamesWith, OutputOf } from '../../contracts/activities/activities.js';
import type { Progress } from '../../contracts/spec/stages/training.js';
import type { EpochsSignal } from '../../contracts/run/workflowMessages.js';

/** The activities of the gpu pool, each a job of an engine process. */
export type EngineJobs = { [Name in NamesWith<'engine'>]: { input: InputOf<Name>; output: OutputOf<Name> } };
export type EngineJobName = keyof EngineJobs;

/** Who asks: becomes part of a checkpoint's fencing token and of every log line. */
export interface Caller {
  run: string;
  attempt: number;
}

/** What a piece of work reports while it runs, and how it is stopped. */
export interface WorkCallbacks {
  progress: (progress: Progress) => void;
  epochs: (signal: EpochsSignal) => void;
  /** Aborted: write a checkpoint if there is something to save, then throw GW_PREEMPTED. */
  signal: AbortSignal;
}

export interface Engine {
  /** @throws GraftworkError as the job threw it, or GW_ENGINE_DIED, GW_OUT_OF_MEMORY when the process ended. */
  run<Name extends EngineJobName>(
    job: Name,
    input: EngineJobs[Name]['input'],
    caller: Caller,
    callbacks: WorkCallbacks,
  ): Promise<EngineJobs[Name]['output']>;
}
