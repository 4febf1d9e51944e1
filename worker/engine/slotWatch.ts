/** What the slots of a worker are doing, for its metrics: how many are busy, and how old each one's checkpoint is. */
import type { Measure } from '../../contracts/metrics.js';

/** Age is no event: it is looked at. Milliseconds. */
const lookEvery = 5_000;

export class SlotWatch implements Disposable {
  /** Whether what the slot does leaves checkpoints. */
  private readonly trains: boolean[];
  /** When a training slot last had nothing to lose, by `performance.now()`; null while it has not trained a step. */
  private readonly safeAt: (number | null)[];
  private busy = 0;
  private readonly timer: NodeJS.Timeout | undefined;

  constructor(
    slots: number,
    private readonly measure: Measure,
  ) {
    this.trains = Array.from({ length: slots }, () => false);
    this.safeAt = Array.from({ length: slots }, () => null);
    // A worker of other pools has no slots, and nothing to say of them.
    if (slots === 0) return;
    this.measure('slots', slots, {});
    this.look();
    this.timer = setInterval(() => this.look(), lookEvery).unref();
  }

  began(slot: number, trains: boolean): void {
    this.busy += 1;
    this.trains[slot] = trains;
    this.look();
  }

  /** A step is done, so there is something to lose: not while the slot waits for its turn at the stage, or reads features. */
  stepped(slot: number): void {
    if (this.trains[slot] === true) this.safeAt[slot] ??= performance.now();
  }

  /** A checkpoint of what the slot trains is stored. */
  saved(slot: number): void {
    if (this.safeAt[slot] !== null) this.safeAt[slot] = performance.now();
  }

  ended(slot: number): void {
    this.busy -= 1;
    this.trains[slot] = false;
    this.safeAt[slot] = null;
    this.look();
  }

  private look(): void {
    this.measure('busySlots', this.busy, {});
    const now = performance.now();
    for (const [slot, since] of this.safeAt.entries()) {
      this.measure('checkpointAge', since === null ? 0 : (now - since) / 1000, { slot: String(slot) });
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.timer);
  }
}
