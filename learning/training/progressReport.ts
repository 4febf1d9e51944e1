import type { Epoch, Progress } from '../../contracts/spec/stages/training.js';
import type { StageInput, TrainingState, Validation } from './stage/stageInput.js';

/** Least time between two reports. Milliseconds. */
const reportEvery = 250;

/** Keeps a stage's time and reports how far it is. */
export class ProgressReport {
  private readonly startedAt = performance.now();
  private readonly secondsBefore: number;
  private readonly resumedFrom: Progress['resumedFrom'];
  private reportedAt = 0;
  /** Of this attempt, validation left out. */
  private trainedImages = 0;
  private trainingSeconds = 0;
  private stepsDone = 0;

  constructor(
    private readonly input: StageInput,
    private readonly totalSteps: number,
    resumed: TrainingState | undefined,
  ) {
    this.secondsBefore = resumed?.seconds ?? 0;
    if (resumed) this.resumedFrom = { epoch: resumed.position.epoch, step: resumed.position.step };
  }

  /** Spent on the stage, over all attempts. */
  get seconds(): number {
    return this.secondsBefore + (performance.now() - this.startedAt) / 1000;
  }

  /** Mean of this attempt; 0 when it trained nothing. */
  get imagesPerSecond(): number {
    return this.trainingSeconds === 0 ? 0 : this.trainedImages / this.trainingSeconds;
  }

  /** The stage is being prepared: nothing is done yet, but it lives. */
  preparing(): void {
    const now = performance.now();
    if (now - this.reportedAt < reportEvery) return;
    this.reportedAt = now;
    this.input.onProgress({ stage: this.input.stage.name, done: 0, total: this.totalSteps, unit: 'steps' });
  }

  /** A step is done: count it, and report if the last report is old enough. */
  step(
    { position, running, epochs }: Pick<TrainingState, 'position' | 'running' | 'epochs'>,
    images: number,
    seconds: number,
  ): void {
    this.trainedImages += images;
    this.trainingSeconds += seconds;
    this.stepsDone++;
    this.input.onStep?.(images, seconds);
    const now = performance.now();
    if (now - this.reportedAt < reportEvery) return;
    this.reportedAt = now;
    const top1 = epochs.at(-1)?.validation?.top1;
    this.input.onProgress({
      stage: this.input.stage.name,
      done: position.globalStep,
      total: this.totalSteps,
      unit: 'steps',
      epoch: position.epoch,
      epochs: this.input.stage.training.epochs,
      loss: running.lossSum / running.images,
      ...(top1 === undefined ? {} : { top1 }),
      imagesPerSecond: this.imagesPerSecond,
      secondsLeft: ((this.totalSteps - position.globalStep) * (now - this.startedAt)) / 1000 / this.stepsDone,
      ...(this.resumedFrom ? { resumedFrom: this.resumedFrom } : {}),
    });
  }

  /** Row of the epoch that has just ended. Its time includes what an earlier attempt spent on it. */
  row(
    { position, running, epochs }: Pick<TrainingState, 'position' | 'running' | 'epochs'>,
    validation: Validation | null,
    rate: number,
  ): Epoch {
    return {
      epoch: position.epoch,
      loss: running.lossSum / running.images,
      validation,
      learningRate: rate,
      seconds: Math.max(0, this.seconds - epochs.reduce((sum, { seconds }) => sum + seconds, 0)),
    };
  }
}
