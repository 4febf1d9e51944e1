/** What the pictures that are not trained on say of a stage: before, during and after its training. */
import type { StageResult } from '../../../contracts/spec/stages/training.js';
import type { NamedArrays } from '../../backbones/index.js';
import type { FeatureSource } from '../../features/featureSource.js';
import type { Optimizer } from '../../optimizers/optimizer.js';
import type { Tensor, Tensor2D } from '../../tensorflow.js';
import { outcomes } from './outcomes.js';
import { compare, type Outcomes, type PairedOutcomes } from './pairedComparison.js';
import type { BestEpoch, LabelledFeatures, StageInput, Validation } from '../stage/stageInput.js';
import { StageModel } from '../stage/stageModel.js';
import type { StageState } from '../stage/stageState.js';
import { validate } from './validate.js';
import type { Contest } from './verdict.js';

export interface TrainedNetwork {
  readonly model: StageModel;
  readonly optimizer: Optimizer;
  /** Statistics that were adapted before the first step; none where they stay frozen. */
  readonly adapted: NamedArrays;
}

export class StageValidation {
  /** What the parameters as they came make of each picture. */
  private before: Outcomes | undefined;
  private heldOut: Promise<PairedOutcomes | undefined> | undefined;

  /**
   * @param atOnce images in one pass
   * @param pause awaited after each pass
   */
  constructor(
    private readonly input: StageInput,
    private readonly network: TrainedNetwork,
    private readonly atOnce: number,
    private readonly pause: () => Promise<void>,
  ) {}

  /** Of the parameters as they are; null without a validation split. */
  async now(model = this.network.model): Promise<Validation | null> {
    const { validation } = this.input;
    return validation && this.measure(validation, model);
  }

  /** Of the parameters as they came; null without a validation split. */
  incoming(): Promise<Validation | null> {
    return this.asItCame((model) => this.now(model));
  }

  /** Mean loss of some pictures that were trained on, with the parameters as they are, in nats. */
  async trainingLoss(): Promise<number> {
    const { train } = this.input;
    const { features } = train;
    const some: FeatureSource = {
      ...{ count: Math.min(features.count, this.atOnce), views: features.views, shape: features.shape },
      batch: (indices, views) => features.batch(indices, views),
      prefetch: (indices, views) => features.prefetch?.(indices, views),
    };
    return (await this.measure({ ...train, features: some }, this.network.model)).loss;
  }

  /** Parameters of an epoch against those that came, picture by picture; undefined where validation does not choose. */
  async contest({ incoming }: StageState, after: BestEpoch, ended: StageResult['ended']): Promise<Contest | undefined> {
    const { stage, validation, parameters } = this.input;
    if (stage.kind === 'head' || !incoming || !validation) return undefined;
    const outcomesOf = (model: StageModel, trained: NamedArrays) =>
      outcomes(validation, model, trained, this.atOnce, this.pause);
    this.before ??= await this.asItCame((model) => outcomesOf(model, parameters));
    const now = await outcomesOf(this.network.model, after.parameters);
    // Who ends a stage early does not wait for folds.
    if (ended !== 'finished') this.heldOut ??= this.input.heldOut?.();
    const beside = await this.heldOut;
    const isMultiLabel = validation.sets !== undefined;
    if (beside === undefined) return { before: incoming, after, comparison: compare(this.before, now), isMultiLabel };
    const [earlier, later] = [joined(this.before, beside.before), joined(now, beside.after)];
    const folded = beside.before.losses.length;
    return { before: meanOf(earlier), after: meanOf(later), comparison: compare(earlier, later), folded, isMultiLabel };
  }

  private measure(split: LabelledFeatures, model: StageModel): Promise<Validation> {
    const logits = (batch: Tensor): Tensor2D => model.logits(this.network.optimizer.parameters, batch);
    return validate(split, logits, this.atOnce, this.pause);
  }

  /** Uses the network as it came: another one only where statistics were adapted. */
  private async asItCame<T>(use: (model: StageModel) => Promise<T>): Promise<T> {
    const { stage, backbone, classes, parameters, featuresAfter } = this.input;
    if (this.network.adapted.size === 0) return use(this.network.model);
    using model = new StageModel(stage, backbone, classes, parameters, featuresAfter);
    return await use(model);
  }
}

function joined(a: Outcomes, b: Outcomes): Outcomes {
  return { correct: [...a.correct, ...b.correct], losses: [...a.losses, ...b.losses] };
}

function meanOf({ correct, losses }: Outcomes): Validation {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  return { top1: mean(correct.map(Number)), loss: mean(losses) };
}
