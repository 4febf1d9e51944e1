/** A person's hand on the run: pause, resume, finish. */
import {
  CancellationScope,
  condition,
  defineQuery,
  defineUpdate,
  isCancellation,
  setHandler,
} from '@temporalio/workflow';
import { messages, type Steering } from '../../contracts/run/workflowMessages.js';

export interface Control {
  /** True once a person asked to finish: the stage in training ends with its best so far, later stages are left out. */
  readonly finishing: boolean;
  /** Resolves at once, or when the run is resumed. Every step of the recipe passes here first. */
  ready(): Promise<void>;
  /**
   * Runs `start` so that `pause` and `finish` can interrupt it: the activity is cancelled, which makes it checkpoint and
   * give its device back; when the run goes on, `start` is called again with the next generation and whether to finish now.
   */
  interruptible<T>(start: (call: { finish: boolean; generation: number }) => Promise<T>): Promise<T>;
  /** As a person's `finish`, but a paused run stays paused: the time is up. */
  endTraining(): void;
  /** Refuses all further updates: the run's result stands. */
  close(): void;
}

/**
 * Registers the update handlers. `changed` is called after each, so that the run's visible state follows; for an update
 * that was sent before the run's first step that is while this function still runs.
 */
export function installControl(changed: (paused: boolean) => void, alreadyFinishing = false): Control {
  let paused = false;
  let finishing = alreadyFinishing;
  let training: CancellationScope | undefined;
  /** Between the start of a stage's training and its end, pauses included. */
  let inStage = false;
  let closed = false;
  const validator = (): void => {
    if (closed) throw new Error('The run is ending: there is nothing left to pause or resume.');
  };

  setHandler(
    defineUpdate<string>(messages.pause),
    () => {
      paused = true;
      training?.cancel();
      changed(paused);
      return 'paused';
    },
    { validator },
  );
  setHandler(
    defineUpdate<string>(messages.resume),
    () => {
      paused = false;
      changed(paused);
      return 'resumed';
    },
    { validator },
  );
  setHandler(
    defineUpdate<string>(messages.finish),
    () => {
      finishing = true;
      paused = false;
      training?.cancel();
      changed(paused);
      return 'finishing the stage with the best parameters so far';
    },
    {
      validator: () => {
        if (!inStage) throw new Error('No stage is training now: there is nothing to finish early.');
      },
    },
  );

  setHandler(defineQuery<Steering>(messages.steering), () => ({ paused, finishing }));

  const ready = (): Promise<void> => condition(() => !paused);

  const untilDone: Control['interruptible'] = async (start) => {
    for (let generation = 0; ; generation++) {
      await ready();
      const scope = new CancellationScope();
      training = scope;
      try {
        const finish = finishing;
        return await scope.run(() => start({ finish, generation }));
      } catch (error) {
        // Cancelled by us, not from outside: wait until the run may go on, then start the activity anew. An activity that
        // could not confirm the cancel, because its worker is gone, counts as cancelled as well (persistently.ts).
        const ours =
          isCancellation(error) && scope.consideredCancelled && !CancellationScope.current().consideredCancelled;
        if (!ours) throw error;
      } finally {
        training = undefined;
      }
    }
  };

  return {
    get finishing() {
      return finishing;
    },
    ready,
    endTraining() {
      finishing = true;
      training?.cancel();
    },
    close() {
      closed = true;
    },
    async interruptible(start) {
      inStage = true;
      try {
        return await untilDone(start);
      } finally {
        inStage = false;
      }
    },
  };
}
