/** When a stage's training is saved. */
import type { NamedArrays } from '../backbones/index.js';
import { CheckpointWriter } from './checkpointWriter.js';
import type { CheckpointStore, TrainingState } from './stage/stageInput.js';

/**
 * Least time between the last checkpoint and one at an epoch's end, at most: packing and storing one costs some tenths of
 * a second of a core, too much for each of many short epochs (CheckFreq, Mohan et al., FAST 2021). Seconds.
 */
const leastApart = 7.5;

export class StageCheckpoints {
  private readonly writer: CheckpointWriter | null;
  private savedAt = performance.now();

  /**
   * @param store null: nothing is saved
   * @param everySeconds most time between checkpoints
   * @param stateNow a copy of everything the stage needs to go on; `parameters` where they have been copied already
   */
  constructor(
    store: CheckpointStore | null,
    private readonly everySeconds: number,
    private readonly stateNow: (parameters?: NamedArrays) => Promise<TrainingState>,
  ) {
    this.writer = store && new CheckpointWriter(store);
  }

  async save(parameters?: NamedArrays): Promise<void> {
    if (this.writer === null) return;
    this.savedAt = performance.now();
    this.writer.offer(await this.stateNow(parameters));
  }

  /** Saves if the last checkpoint is old, and none is on its way. */
  async afterStep(): Promise<void> {
    if (this.writer?.busy === false && this.isOlderThan(this.everySeconds)) await this.save();
  }

  /** Saves unless the last checkpoint is only some seconds old. After the last epoch little is left to be done again. */
  async afterEpoch(isLast: boolean, parameters?: NamedArrays): Promise<void> {
    const apart = isLast ? 2 * leastApart : Math.min(leastApart, 0.75 * this.everySeconds);
    if (this.isOlderThan(apart)) await this.save(parameters);
  }

  /** Resolves when everything is saved. @throws what a save was rejected with, unless the store was only away */
  async settle(): Promise<void> {
    await this.writer?.settle();
  }

  private isOlderThan(seconds: number): boolean {
    return performance.now() - this.savedAt >= seconds * 1000;
  }
}
