/** Who may train a stage, from where, and what becomes of its checkpoints. */
import { asGraftworkError } from '../../contracts/errors.js';
import { positionText } from '../../contracts/spec/position.js';
import type { StageInput } from '../../learning/training/index.js';
import { CheckpointStore } from '../../storage/checkpoints/checkpointStore.js';
import { checkpointOfAnother, type StoredCheckpoint } from '../../storage/checkpoints/storedCheckpoints.js';
import { traced } from '../../telemetry/traced.js';
import { decodeCheckpoint, encodeCheckpoint, readFacts } from './checkpointCodec.js';
import type { ActivityDependencies, Log } from '../shared/dependencies.js';

export interface StageTraining extends AsyncDisposable {
  /** Undefined when another run has the lease and there is no time to wait for it: then nothing is written to the stage. */
  held: CheckpointStore | undefined;
  /** What to go on from; undefined: from the beginning. */
  resume: StoredCheckpoint | undefined;
}

export interface StageTrainingOptions {
  run: string;
  stage: string;
  signal: AbortSignal;
  /** Whether the stage has ended: nobody waits for its lease any more. */
  ended: () => Promise<boolean>;
  /** Whether this run's time for the stage is up: another run's lease is not waited for, however long that lives. */
  isToFinish: () => boolean;
}

/**
 * Takes the stage's lease, as {@link CheckpointStore.acquire}. A run whose time is up while another trains the stage goes on from
 * the other's last checkpoint, without touching it: what it comes to is its own.
 */
export async function beginTraining(
  { store, log, leaseTimes }: Pick<ActivityDependencies, 'store' | 'log' | 'leaseTimes'>,
  key: string,
  { run, stage, signal, ended, isToFinish }: StageTrainingOptions,
): Promise<StageTraining> {
  const warn = (message: string): void => log.warn({ run, stage }, message);
  const isOver = async (): Promise<boolean> => isToFinish() || (await ended());
  const held = await CheckpointStore.acquire(store, key, run, isOver, { times: leaseTimes, signal, warn, readFacts });
  const resume = held === undefined ? await checkpointOfAnother(store, key, { warn }) : held.resume;
  return { held, resume, [Symbol.asyncDispose]: async () => held?.[Symbol.asyncDispose]() };
}

/** As the training loop takes them. */
export function checkpointsOf(
  { held, resume }: Pick<StageTraining, 'held' | 'resume'>,
  { log, measure }: Pick<ActivityDependencies, 'log' | 'measure'>,
  fields: { run: string; stage: string },
): NonNullable<StageInput['checkpoints']> {
  return {
    load: () => Promise.resolve(resume && decodeCheckpoint(resume.checkpoint, resume.data)),
    save: async (state) => {
      if (held === undefined) return;
      const began = performance.now();
      const { facts, data } = encodeCheckpoint(state);
      const bytes = data.byteLength;
      try {
        await traced('checkpoint', { 'graftwork.bytes': bytes }, () => held.save(facts, data));
        measure('checkpointSeconds', (performance.now() - began) / 1000, {});
        measure('checkpointBytes', bytes, {});
      } catch (thrown) {
        measure('checkpointFailures', 1, {});
        const [at, reason] = [positionText(state.position), asGraftworkError(thrown).message];
        log.warn({ ...fields, at, reason }, 'a checkpoint was not stored');
        throw thrown;
      }
    },
  };
}

/**
 * Whatever ended the training, nobody needs to wait for this attempt. A lease that cannot be given back is waited for a minute
 * by others; that must not hide why training stopped.
 *
 * @throws GraftworkError GW_CONFLICT (retryable) when another attempt has taken over
 */
export async function giveBack(held: CheckpointStore | undefined, log: Log): Promise<void> {
  await held?.release().catch((thrown: unknown) => {
    const { code, message: reason } = asGraftworkError(thrown);
    if (code === 'GW_CONFLICT') throw thrown;
    log.warn({ reason }, 'the lease was not released');
  });
}
