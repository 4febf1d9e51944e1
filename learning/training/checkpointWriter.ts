import { setTimeout as delay } from 'node:timers/promises';
import { pauseAfter } from '../../contracts/backoff.js';
import { isStoreAway } from '../../contracts/errors.js';
import type { CheckpointStore, TrainingState } from './stage/stageInput.js';

export interface WriterOptions {
  /** Before the first new try while the store is away; doubled for each further one. @default 500 ms */
  firstDelay?: number;
}

/** Most milliseconds between two tries while the store is away. */
const mostDelay = 10_000;

/**
 * Saves states one after another while training goes on. When states come faster than they are saved, the ones between
 * are left out: only the newest matters. For the same reason a store that is away is no reason to stop: what is tried
 * again, until the store is back, is the state that is newest then.
 */
export class CheckpointWriter {
  private readonly firstDelay: number;
  private waiting: TrainingState | undefined;
  private writing: Promise<void> | undefined;
  private saving = false;
  private failure: { readonly error: unknown } | undefined;
  private settling = false;
  private wake: AbortController | undefined;

  constructor(
    private readonly store: CheckpointStore,
    { firstDelay = 500 }: WriterOptions = {},
  ) {
    this.firstDelay = firstDelay;
  }

  /** Whether a state is on its way to the store. */
  get busy(): boolean {
    return this.saving;
  }

  /** Save soon. @throws what an earlier save was rejected with, unless the store was only away */
  offer(state: TrainingState): void {
    if (this.failure) throw this.failure.error;
    this.waiting = state;
    this.writing ??= this.write();
  }

  /**
   * Resolves when everything offered is saved, or was tried once more and the store is still away.
   * @throws what a save was rejected with, unless the store was only away
   */
  async settle(): Promise<void> {
    this.settling = true;
    this.wake?.abort();
    await this.writing;
    if (this.failure) throw this.failure.error;
  }

  private async write(): Promise<void> {
    for (let failures = 0; this.waiting && !this.failure;) {
      const state = this.waiting;
      this.waiting = undefined;
      const lastTry = this.settling;
      const away = await this.save(state);
      failures = away ? failures + 1 : 0;
      if (!away) continue;
      if (lastTry) break;
      this.waiting ??= state;
      await this.rest(pauseAfter(failures, { first: this.firstDelay, most: mostDelay }) * (0.5 + Math.random() / 2));
    }
    this.writing = undefined;
  }

  /** @returns whether the store is away */
  private async save(state: TrainingState): Promise<boolean> {
    this.saving = true;
    try {
      await this.store.save(state);
      return false;
    } catch (error) {
      if (isStoreAway(error)) return true;
      this.failure = { error };
      return false;
    } finally {
      this.saving = false;
    }
  }

  private async rest(milliseconds: number): Promise<void> {
    if (this.settling) return;
    const wake = new AbortController();
    this.wake = wake;
    await delay(milliseconds, undefined, { signal: wake.signal }).catch(() => undefined);
    this.wake = undefined;
  }
}
