/** What is known of the run so far, in the shape of its result: the answer to `progress` and the result itself. */
import type { EvaluateOutput, RegisterOutput, TrainStageOutput } from '../contracts/activities.js';
import type { DatasetReference } from '../contracts/dataset.js';
import type { CacheUse, RunResult, StageReport } from '../contracts/result.js';
import type { RunSpec } from '../contracts/runSpec.js';
import type { EpochsSignal } from '../contracts/workflowMessages.js';

export class RunState {
  readonly result: RunResult;

  constructor(
    run: string,
    private readonly spec: RunSpec,
    private readonly startedAt: number,
  ) {
    this.result = {
      run,
      status: 'running',
      model: null,
      dataset: null,
      backbone: spec.backbone.name,
      stages: [],
      test: null,
      artifacts: { model: null, card: null, report: null, exports: [] },
      seconds: 0,
      stage: 'ingest',
      failure: null,
    };
  }

  enter(stage: string): void {
    this.result.stage = stage;
  }

  /** `now` in ms since the epoch (workflow time). */
  tick(now: number): void {
    this.result.seconds = (now - this.startedAt) / 1000;
  }

  ingested(dataset: DatasetReference): void {
    const { version, classes, counts, quarantined, duplicates, reused } = dataset;
    this.result.dataset = { version, uri: this.spec.dataset.uri, classes, counts, quarantined, duplicates, reused };
  }

  /** A step without epochs: preprocessing, features. */
  prepared(name: string, cache: CacheUse, seconds: number): void {
    this.result.stages.push({ name, epochs: [], seconds, kept: true, reason: cache.reason, resumedFrom: null, cache });
  }

  /** Epochs the trainer announces while the stage is running. A retried attempt repeats some: the later word counts. */
  announced(signal: EpochsSignal): void {
    const report = this.stage(signal.stage);
    const byEpoch = new Map(report.epochs.map((epoch) => [epoch.epoch, epoch]));
    for (const epoch of signal.epochs) byEpoch.set(epoch.epoch, epoch);
    report.epochs = [...byEpoch.values()].sort((a, b) => a.epoch - b.epoch);
    report.resumedFrom = signal.resumedFrom ?? report.resumedFrom;
  }

  trained(output: TrainStageOutput): void {
    const { result, reused, resumedFrom } = output;
    const report = this.stage(result.name);
    report.epochs = result.epochs;
    report.seconds = result.seconds;
    report.kept = result.kept;
    report.reason = result.reason;
    report.resumedFrom = resumedFrom ?? report.resumedFrom;
    report.cache = reused
      ? { hits: 1, misses: 0, reason: 'the same data, weights and settings were trained before' }
      : { hits: 0, misses: 1, reason: 'no earlier run trained this' };
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
