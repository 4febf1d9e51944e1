/** A process that is started again when it ends by itself, each time after a longer pause. */
import { setTimeout as delay } from 'node:timers/promises';
import type { OwnedProcess } from './ownedProcess.js';

/** Milliseconds before the nth start in a row (n from 0): 0.25 s, doubled each time, 15 s at most. */
export function pauseBefore(failures: number): number {
  return Math.min(15_000, 250 * 2 ** failures);
}

/** A process that ran this long was healthy: what follows is a first failure again. */
const healthyAfterMs = 60_000;

export class KeptAlive {
  restarts = 0;
  private readonly start: () => Promise<OwnedProcess>;
  private readonly onChange: () => void;
  private readonly stopping = new AbortController();
  private running: OwnedProcess;
  private readonly watching: Promise<void>;

  /**
   * @param first the process as it was started first
   * @param start starts it again
   * @param onChange called after each restart
   * @param say where a line goes about each end and each start that fails; must not throw
   */
  constructor(
    first: OwnedProcess,
    start: () => Promise<OwnedProcess>,
    onChange: () => void,
    private readonly say: (line: string) => void = () => undefined,
  ) {
    this.running = first;
    this.start = start;
    this.onChange = onChange;
    this.watching = this.watch();
  }

  get current(): OwnedProcess {
    return this.running;
  }

  async stop(graceMs: number): Promise<void> {
    this.stopping.abort();
    await this.running.stop(graceMs);
    await this.watching;
    // It may have been on the way up when we said stop.
    await this.running.stop(graceMs);
  }

  private async watch(): Promise<void> {
    const { signal } = this.stopping;
    let failures = 0;
    for (;;) {
      const { code, signal: by } = await this.running.exited;
      if (signal.aborted) return;
      this.say(`${this.running.launch.name} ended (${by ?? `exit code ${code}`})and is started again`);
      if (Date.now() - this.running.startedAt.getTime() > healthyAfterMs) failures = 0;
      await delay(pauseBefore(failures), undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      failures += 1;
      try {
        this.running = await this.start();
        this.restarts += 1;
        this.onChange();
      } catch (error) {
        this.say(`${this.running.launch.name}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }
}
