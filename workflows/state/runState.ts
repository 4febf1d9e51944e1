/** What is known of the run so far, in the shape of its result: the answer to `progress` and the result itself. */
import type {
  EvaluateOutput,
  RegisterOutput,
  TrainStageOutput,
} from '../../contracts/activities/trainingActivities.js';
import type { FineTuneSearch, HeadSearch, RunChoices } from '../../contracts/run/choices.js';
import type { FoldsAccuracy } from '../../contracts/data/foldsAccuracy.js';
import type { ImbalanceChoice } from '../../contracts/spec/stages/imbalance.js';
import type { AugmentationChoice } from '../../contracts/spec/stages/augmentationChoice.js';
import type { DatasetReference } from '../../contracts/data/dataset.js';
import type { SuspectedLabels } from '../../contracts/data/labelReview.js';
import { mostRowsKept, thinned } from '../../contracts/spec/stages/epochTable.js';
import type { PlanReference } from '../../contracts/spec/plan.js';
import type { PromotionOutcome } from '../../contracts/spec/promotion.js';
import type { CacheUse, RunResult, StageReport } from '../../contracts/run/result.js';
import type { RunSpec } from '../../contracts/spec/runSpec.js';
import type { EpochsSignal } from '../../contracts/run/workflowMessages.js';
import type { Limits } from './limits.js';

/** What training begins with. */
export interface Prepared {
  dataset: DatasetReference;
  plan: PlanReference;
  /** Only of a run with a budget. */
  limits?: Limits;
  /** From the features on to the registered model, as far as that was estimated. */
  trainingSeconds?: number;
}

/** A run between two of its executions. */
export interface CarriedRun extends Prepared {
  /** Milliseconds since the epoch. */
  startedAt: number;
  result: RunResult;
  /** Content keys of the kept stages so far, in order. */
  kept: string[];
  /** Indices of the kept stages in the plan; missing in what earlier versions carried. */
  keptStages?: number[];
  /** Index of the plan's stage to go on with. */
  nextStage: number;
  finishing: boolean;
}

export class RunState {
  readonly result: RunResult;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;

  /** @param startTime of this execution, in milliseconds since the epoch */
  constructor(
    run: string,
    private readonly spec: RunSpec,
    startTime: number,
    carried?: CarriedRun,
  ) {
    this.startedAt = carried?.startedAt ?? startTime;
    this.result = carried?.result ?? {
      run,
      status: 'running',
      model: null,
      dataset: null,
      backbone: spec.backbone.name,
      cache: null,
      stages: [],
      test: null,
      artifacts: { model: null, card: null, report: null, exports: [] },
      seconds: 0,
      stage: 'check',
      failure: null,
    };
  }

  /** What the next execution goes on from. */
  carry(rest: Omit<CarriedRun, 'startedAt' | 'result'>): CarriedRun {
    return { startedAt: this.startedAt, result: this.result, ...rest };
  }

  enter(stage: string): void {
    this.result.stage = stage;
  }

  /** `now` in ms since the epoch (workflow time). */
  tick(now: number): void {
    this.result.seconds = (now - this.startedAt) / 1000;
  }

  ingested(dataset: DatasetReference): void {
    const { version, classes, counts, quarantined, duplicates, reused, remarks, unusualRange } = dataset;
    const { animated, transparent } = dataset;
    const { uri } = this.spec.dataset;
    const found = { version, uri, classes, counts, quarantined, duplicates, reused };
    this.result.dataset = remarks === undefined ? found : { ...found, remarks };
    if (animated !== undefined) this.result.dataset.animated = animated;
    if (transparent !== undefined) this.result.dataset.transparent = transparent;
    if (unusualRange !== undefined && this.spec.preprocess.range !== 'auto') {
      this.result.dataset.unusualRange = unusualRange;
    }
  }

  planned({ cache, range, partlySeen }: PlanReference): void {
    this.result.cache = cache ?? null;
    if (partlySeen !== undefined) this.result.partlySeen = partlySeen;
    // The source's own preprocessing may say so where the spec does not.
    if (range === 'auto') delete this.result.dataset?.unusualRange;
  }

  /** What `augmentation.policy: auto` found. */
  chose(choice: AugmentationChoice): void {
    this.result.augmentation = choice;
  }

  /** What `imbalance: auto` found. */
  balanced(choice: ImbalanceChoice): void {
    this.result.imbalance = choice;
  }

  /** What a run that chooses for itself has decided on. */
  decided(choices: RunChoices, backbone: string): void {
    this.result.choices = choices;
    this.result.backbone = backbone;
  }

  /** What measuring augmentations found for a run that chooses for itself. */
  measured(choice: AugmentationChoice): void {
    this.chose(choice);
    this.result.choices?.made.push({ what: 'augmentation', chosen: choice.chosen, why: choice.reason });
  }

  searched(heads: HeadSearch): void {
    const { choices } = this.result;
    if (choices === undefined) return;
    const { learningRate, weightDecay, labelSmoothing } = heads.chosen;
    const chosen = `rate ${learningRate}, weight decay ${weightDecay}, label smoothing ${labelSmoothing}`;
    choices.made.push({ what: 'head', chosen, why: heads.reason });
    choices.heads = heads;
  }

  /** What short fine-tunes found for a run that chooses for itself. */
  searchedFineTunes(fineTunes: FineTuneSearch): void {
    const { choices } = this.result;
    if (choices === undefined) return;
    choices.made.push({ what: 'rate', chosen: String(fineTunes.chosen.learningRate), why: fineTunes.reason });
    choices.fineTunes = fineTunes;
  }

  /** The budget's end has left something undone. */
  cutShort(what: string, next: string): void {
    this.result.choices?.cut.push(what);
    this.result.choices?.next.unshift(next);
  }

  /** A step without epochs: preprocessing, features. */
  prepared(name: string, cache: CacheUse, seconds: number): void {
    this.result.stages.push({ name, epochs: [], seconds, kept: true, reason: cache.reason, resumedFrom: null, cache });
  }

  /**
   * Epochs the trainer announces while the stage is running. A retried attempt repeats some: the later word counts. Those
   * of another stage come late, or once more after a reset: that stage's result has said all.
   */
  announced(signal: EpochsSignal): void {
    if (signal.stage !== this.result.stage) return;
    const report = this.stage(signal.stage);
    const byEpoch = new Map(report.epochs.map((epoch) => [epoch.epoch, epoch]));
    for (const epoch of signal.epochs) byEpoch.set(epoch.epoch, epoch);
    report.epochs = [...byEpoch.values()].sort((a, b) => a.epoch - b.epoch);
    report.resumedFrom = signal.resumedFrom ?? report.resumedFrom;
    this.thin();
  }

  trained(output: TrainStageOutput): void {
    const { result, reused, resumedFrom } = output;
    const report = this.stage(result.name);
    report.epochs = result.epochs;
    this.thin();
    report.seconds = result.seconds;
    report.kept = result.kept;
    report.reason = result.reason;
    if (result.rangeTest !== undefined) report.rangeTest = result.rangeTest;
    if (result.diverged !== undefined) report.diverged = result.diverged;
    report.resumedFrom = resumedFrom ?? report.resumedFrom;
    report.cache = reused
      ? { hits: 1, misses: 0, reason: 'the same data, weights and settings were trained before' }
      : { hits: 0, misses: 1, reason: 'no earlier run trained this' };
  }

  /** Stages that trained for nothing, because one after them was not done. */
  undone(names: readonly string[]): void {
    for (const report of this.result.stages.filter(({ name }) => names.includes(name))) report.kept = false;
  }

  suspected({ pictures, suspected, examples }: SuspectedLabels): void {
    this.result.labels = { pictures, suspected, examples };
  }

  testedInFolds(accuracy: FoldsAccuracy): void {
    this.result.folds = accuracy;
  }

  fineTunedInFolds(accuracy: FoldsAccuracy): void {
    this.result.fineTuneFolds = accuracy;
  }

  evaluated(output: EvaluateOutput): void {
    const { format: _format, ...test } = output.evaluation;
    this.result.test = test;
  }

  registered(output: RegisterOutput): void {
    this.result.model = output.model;
    this.result.artifacts.model = output.modelUri;
    this.result.artifacts.card = output.cardUri;
  }

  promoted(outcome: PromotionOutcome): void {
    this.result.promotion = outcome;
  }

  /** Keeps what is carried about small: every epoch is in the stage's own result in the bucket. */
  private thin(): void {
    const trained = this.result.stages.filter(({ epochs }) => epochs.length > 0);
    const rows = trained.reduce((sum, { epochs }) => sum + epochs.length, 0);
    if (rows <= mostRowsKept) return;
    const each = Math.max(2, Math.floor(mostRowsKept / trained.length));
    for (const report of trained) report.epochs = thinned(report.epochs, each);
  }

  private stage(name: string): StageReport {
    const known = this.result.stages.find((stage) => stage.name === name);
    if (known !== undefined) return known;
    const report: StageReport = {
      name,
      epochs: [],
      seconds: 0,
      kept: false,
      reason: 'running',
      resumedFrom: null,
      cache: { hits: 0, misses: 0, reason: 'running' },
    };
    this.result.stages.push(report);
    return report;
  }
}
