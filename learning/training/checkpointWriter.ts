import { setTimeout } from 'node:timers/promises';
import type { CheckpointStore, TrainingState } from './stageInput.js';

/**
 * Saves states one after another while training goes on. When states come faster than they are saved, the ones between
 * are left out: only the newest matters.
 */
export class CheckpointWriter {
  private waiting: TrainingState | undefined;
  private writing: Promise<void> | undefined;
  private failure: { readonly error: unknown } | undefined;

  constructor(private readonly store: CheckpointStore) {}

  /** Whether a state is being saved. */
  get busy(): boolean {
    return this.writing !== undefined;
  }

  /** Save soon. @throws what an earlier save was rejected with */
  offer(state: TrainingState): void {
    if (this.failure) throw this.failure.error;
    this.waiting = state;
    this.writing ??= this.write();
  }

  /**
   * Leaves the event loop to the save in progress, if there is one, until it is done or the time is over. Training blocks
   * the loop for a whole step at a time, in which a save cannot move.
   */
  async giveTime(milliseconds: number): Promise<void> {
    if (this.writing) await Promise.race([this.writing, setTimeout(milliseconds)]);
  }

  /** Resolves when everything offered is saved. @throws what a save was rejected with */
  async settle(): Promise<void> {
    await this.writing;
    if (this.failure) throw this.failure.error;
  }

  private async write(): Promise<void> {
    try {
      while (this.waiting) {
        const state = this.waiting;
        this.waiting = undefined;
        await this.store.save(state);
      }
    } catch (error) {
      this.failure = { error };
    } finally {
      this.writing = undefined;
    }
  }
}
