/** Where a stage's training stands: what a checkpoint holds of it, and what has gone wrong. */
import type { Divergence, Epoch } from '../../../contracts/spec/stages/training.js';
import type { BestEpoch, TrainingState, Validation } from './stageInput.js';

const nothingYet = { lossSum: 0, images: 0 };

export class StageState {
  position: TrainingState['position'];
  running: TrainingState['running'];
  epochs: readonly Epoch[];
  best: BestEpoch | null;
  incoming: Validation | null;
  /** The step after which the loss was no number; null while all is well. */
  divergence: Divergence | null = null;

  constructor(resumed: TrainingState | undefined) {
    this.position = resumed?.position ?? { epoch: 1, step: 0, globalStep: 0 };
    this.running = resumed?.running ?? nothingYet;
    this.epochs = resumed?.epochs ?? [];
    // Checkpoints of earlier versions may hold the incoming parameters as epoch 0.
    this.best = resumed?.best?.epoch === 0 ? null : (resumed?.best ?? null);
    this.incoming = resumed?.incoming ?? null;
  }

  /** What decides about a `plateau` schedule: of each epoch validation's loss, or training's where there is none. */
  get losses(): number[] {
    return this.epochs.map(({ validation, loss }) => validation?.loss ?? loss);
  }

  /** A step was done. @param loss the mean of the batch, finite */
  stepped(loss: number, images: number): void {
    const { epoch, step, globalStep } = this.position;
    this.position = { epoch, step: step + 1, globalStep: globalStep + 1 };
    this.running = { lossSum: this.running.lossSum + loss * images, images: this.running.images + images };
  }

  /** The loss is no number where the training stands. */
  diverged(learningRate: number, { epoch, step } = this.position as { epoch: number; step: number }): void {
    this.divergence = { epoch, step, learningRate };
  }

  /** An epoch was done and validated. */
  epochEnded(row: Epoch): void {
    this.epochs = [...this.epochs, row];
    this.position = { epoch: row.epoch + 1, step: 0, globalStep: this.position.globalStep };
    this.running = nothingYet;
  }

  /** What a checkpoint holds of it. */
  snapshot(): Pick<TrainingState, 'position' | 'running' | 'epochs' | 'best' | 'incoming'> {
    const { position, running, epochs, best, incoming } = this;
    return { position, running, epochs, best, incoming };
  }
}
