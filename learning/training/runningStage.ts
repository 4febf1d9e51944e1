/** A stage in training: what its loop works with. */
import { setImmediate } from 'node:timers/promises';
import { GraftworkError } from '../../contracts/errors.js';
import { positionText } from '../../contracts/spec/position.js';
import { toArrays, type NamedArrays } from '../backbones/index.js';
import { Optimizer } from '../optimizers/optimizer.js';
import { parameterGroups } from '../optimizers/parameterGroups.js';
import { learningRate } from '../schedules/learningRate.js';
import { passesPerEpoch } from '../schedules/batches.js';
import { EpochBatches } from './stage/epochBatches.js';
import { prepareStage, type Prepared } from './prepareStage.js';
import { ProgressReport } from './progressReport.js';
import { StageCheckpoints } from './stageCheckpoints.js';
import { withInitialAdapters } from './stage/stageAdapters.js';
import type { StageInput, TrainingState, Validation } from './stage/stageInput.js';
import { clipNormOf, StageModel } from './stage/stageModel.js';
import { StageState } from './stage/stageState.js';
import { lossTerms } from './step/balancing.js';
import { TrainingSteps } from './step/trainingStep.js';
import { examplesInPass } from './stage/examplesInPass.js';
import { StageValidation } from './judging/stageValidation.js';

/** A stage before its first step: nothing of it is in TensorFlow's memory. */
export interface BegunStage {
  readonly input: StageInput;
  /** The checkpoint it goes on from. */
  readonly resumed: TrainingState | undefined;
  readonly state: StageState;
  readonly batches: EpochBatches;
  readonly report: ProgressReport;
  readonly prepared: Prepared;
  /** Images in one pass. */
  readonly atOnce: number;
  /** Lets messages in and checkpoints out; the only place where training stops. @throws GW_PREEMPTED */
  readonly pause: () => Promise<void>;
}

export async function beginStage(given: StageInput): Promise<BegunStage> {
  const input = withInitialAdapters(given);
  const { batchSize } = input.stage.training;
  const { stage, backbone, featuresAfter, train } = input;
  const pass = { stage, backbone, featuresAfter, shape: train.features.shape };
  const atOnce = Math.min(examplesInPass(pass, batchSize), input.atOnce ?? batchSize);
  const resumed = await input.checkpoints?.load();
  const state = new StageState(resumed);
  const batches = new EpochBatches(input);
  const report = new ProgressReport(input, batches.totalSteps, resumed);
  const pause = async (): Promise<void> => {
    await setImmediate();
    if (input.signal.aborted) throw preempted(input.stage.name, state);
  };
  const prepared = await prepareStage(input, resumed, atOnce, () => {
    report.preparing();
    return pause();
  });
  return { input, resumed, state, batches, report, prepared, atOnce, pause };
}

/** The caller disposes of it. */
export function openModel({ input, prepared }: BegunStage): StageModel {
  const { stage, backbone, classes, featuresAfter } = input;
  return new StageModel(stage, backbone, classes, prepared.parameters, featuresAfter);
}

/** The caller disposes of it. */
export function openOptimizer({ input, resumed, batches }: BegunStage, model: StageModel): Optimizer {
  const groups = parameterGroups(model.trainable, (spec) => model.rateFactor(spec));
  const parameters = resumed?.parameters ?? input.parameters;
  const options = { steps: batches.totalSteps, clipNorm: clipNormOf(input.stage) };
  return new Optimizer(input.stage.training.optimizer, groups, parameters, resumed?.optimizer, options);
}

/** The caller disposes of it. */
export function openSteps({ input, atOnce }: BegunStage, model: StageModel, optimizer: Optimizer): TrainingSteps {
  const { training } = input.stage;
  const { epochs } = training;
  const passes = passesPerEpoch(input.train.features.count, training, atOnce);
  const terms = lossTerms(training, input.train, input.classes);
  return new TrainingSteps(model, optimizer, (images) => epochs * (passes.get(images) ?? 0), input.dtype, terms);
}

export class RunningStage {
  readonly checkpoints: StageCheckpoints;
  readonly judge: StageValidation;
  /** Highest learning rate. */
  readonly peak: number;

  constructor(
    readonly begun: BegunStage,
    readonly model: StageModel,
    readonly optimizer: Optimizer,
    readonly steps: TrainingSteps,
  ) {
    const { input, prepared, atOnce, pause } = begun;
    this.judge = new StageValidation(input, { model, optimizer, adapted: prepared.adapted }, atOnce, pause);
    this.checkpoints = new StageCheckpoints(input.checkpoints, input.everySeconds, (current) => this.snapshot(current));
    this.peak = prepared.rangeTest?.learningRate ?? (input.stage.training.learningRate as number);
  }

  /** @param step of the whole stage, counted from 0; @param losses of the epochs before its own */
  rateAt(step: number, losses: readonly number[]): number {
    const { input, batches } = this.begun;
    const { schedule, warmupEpochs } = input.stage.training;
    const { stepsPerEpoch, totalSteps } = batches;
    const length = { peak: this.peak, warmupSteps: warmupEpochs * stepsPerEpoch, totalSteps, stepsPerEpoch };
    return learningRate(schedule, length, step, losses);
  }

  /** Copies of the parameters that train, as they are. */
  parameters(): Promise<NamedArrays> {
    return toArrays(this.model.trainable, this.optimizer.parameters);
  }

  /**
   * What validation says of the parameters as they are; null without a validation split. The step that spoils them may be an
   * epoch's last: no training loss has seen them yet.
   */
  async measure(rate: number): Promise<Validation | null> {
    const measured = await this.judge.now();
    if (measured !== null && !Number.isFinite(measured.loss)) this.begun.state.diverged(rate);
    return measured;
  }

  private async snapshot(current?: NamedArrays): Promise<TrainingState> {
    const { state, prepared, report } = this.begun;
    return {
      ...state.snapshot(),
      parameters: new Map([...(current ?? (await this.parameters())), ...prepared.adapted]),
      optimizer: await this.optimizer.state(),
      rangeTest: prepared.rangeTest,
      seconds: report.seconds,
    };
  }
}

function preempted(stage: string, { position }: StageState): GraftworkError {
  return new GraftworkError('GW_PREEMPTED', `Training of ${stage} was stopped ${positionText(position)}.`, {
    remedy: 'It goes on from its last checkpoint when it is started again.',
    retryable: true,
  });
}
