/** SIGTERM and Ctrl-C: the first one lets activities checkpoint and hand over, the second one ends the process now. */
import type { Worker } from '@temporalio/worker';
import type { Logger } from 'pino';

const signals = ['SIGTERM', 'SIGINT'] as const;

export function stopOnSignals(workers: readonly Worker[], log: Logger): void {
  let stopping = false;
  for (const signal of signals) {
    process.on(signal, () => {
      if (stopping) {
        log.warn({ signal }, 'second signal: ending without waiting');
        process.exit(1);
      }
      stopping = true;
      log.info({ signal }, 'stopping: running activities write their checkpoint and hand over');
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
    });
  }
}
