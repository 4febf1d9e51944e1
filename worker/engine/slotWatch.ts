/** What the slots of a worker are doing, for its metrics: how many are busy, and how old each one's checkpoint is. */
import type { Measure } from '../../contracts/metrics.js';

/** Age is no event: it is looked at. Milliseconds. */
const lookEvery = 5_000;

export class SlotWatch implements Disposable {
  /** When a training slot last had nothing to lose, by `performance.now()`; null where nothing is trained. */
  private readonly safeAt: (number | null)[];
  private busy = 0;
  private readonly timer: NodeJS.Timeout | undefined;

  constructor(
    slots: number,
    private readonly measure: Measure,
  ) {
    this.safeAt = Array.from({ length: slots }, () => null);
    // A worker of other pools has no slots, and nothing to say of them.
    if (slots === 0) return;
    this.measure('slots', slots, {});
    this.look();
    this.timer = setInterval(() => this.look(), lookEvery).unref();
  }

  began(slot: number, trains: boolean): void {
    this.busy += 1;
    this.safeAt[slot] = trains ? performance.now() : null;
    this.look();
  }

  /** A checkpoint of what the slot trains is stored. */
  saved(slot: number): void {
    if (this.safeAt[slot] !== null) this.safeAt[slot] = performance.now();
  }

  ended(slot: number): void {
    this.busy -= 1;
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
