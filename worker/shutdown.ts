/**
 * SIGTERM and Ctrl-C: the first one lets activities checkpoint and hand over, within the grace time; the second one, or
 * the end of that time, ends what still runs.
 */
import type { Worker } from '@temporalio/worker';
import type { Logger } from 'pino';

const signals = ['SIGTERM', 'SIGINT'] as const;

/** Time to report to Temporal once the engines are gone. Milliseconds. */
const farewell = 4_000;

export interface Stoppable {
  workers: readonly Pick<Worker, 'getState' | 'shutdown'>[];
  engine: {
    /** Milliseconds a job has from being stopped to being killed. */
    stopGrace: number;
    kill(): Promise<void>;
  };
  /** Milliseconds from the first signal until this process has ended. */
  grace: number;
  log: Pick<Logger, 'info' | 'warn'>;
}

export function stopOnSignals({ workers, engine, grace, log }: Stoppable): void {
  const end = (why: string): void => {
    log.warn({ grace }, `${why}: ending without waiting`);
    // The processes are killed at once; that this process waits for their end is bounded by the kernel, not by them.
    void engine.kill().finally(() => process.exit(1));
  };
  let stopping = false;
  for (const signal of signals) {
    process.on(signal, () => {
      if (stopping) return end(`second signal (${signal})`);
      stopping = true;
      log.info({ signal, grace }, 'stopping: running activities write their checkpoint and hand over');
      // A job that does not make it in time is killed and reported as preempted; only if that fails, too, nobody learns of it.
      engine.stopGrace = Math.max(0, grace - farewell);
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
      setTimeout(() => end('the grace time is over'), grace).unref();
    });
  }
}
