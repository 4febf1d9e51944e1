/** What a worker and its engine process say to each other over the IPC channel. */
import type { Caller, EngineJobName, EngineJobs } from '../../activities/shared/engine.js';
import type { SerializedError } from '../../contracts/errors.js';
import type { Sample } from '../../contracts/metrics.js';
import type { Progress } from '../../contracts/spec/stages/training.js';
import type { EpochsSignal } from '../../contracts/run/workflowMessages.js';
import type { Carrier } from '../../telemetry/traced.js';

export type ToEngine =
  | {
      [Name in EngineJobName]: {
        type: 'run';
        job: Name;
        input: EngineJobs[Name]['input'];
        caller: Caller;
        /** The activity's trace, which the job is a part of. */
        trace: Carrier;
      };
    }[EngineJobName]
  /** Write a checkpoint and give up the job. */
  | { type: 'stop' };

export type FromEngine =
  /** `gpu`: whether TensorFlow computes on one. */
  | { type: 'ready'; gpu: boolean }
  /** The event loop turns; sent by a timer, so that a hung process can be distinguished from a busy one. */
  | { type: 'alive' }
  | { type: 'progress'; progress: Progress }
  | { type: 'epochs'; signal: EpochsSignal }
  | { type: 'measured'; samples: Sample[] }
  | { type: 'done'; output: EngineJobs[EngineJobName]['output'] }
  | { type: 'failed'; error: SerializedError; stack: string | undefined };
