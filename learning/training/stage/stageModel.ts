/** The part of the network a stage works on, as one function of trainable parameters and features. */
import type { StagePlan } from '../../../contracts/spec/plan.js';
import {
  besideWeight,
  classifierStage,
  declareParameters,
  isTrainable,
  layersBelowHead,
  runStages,
  stageIndex,
  toTensors,
  type Backbone,
  type NamedArrays,
  type NamedTensors,
  type ParameterSpec,
} from '../../backbones/index.js';
import { tf, type Tensor, type Tensor1D, type Tensor2D, type Tensor4D } from '../../tensorflow.js';
import { branchesToDrop, keptBranches, type DroppableBranch } from '../step/dropPath.js';
import { adaptersOfStage, scaledAdapters, type StageAdapters } from './stageAdapters.js';

/** Owns the frozen parameters' tensors: call `dispose`, or declare it with `using`. */
export class StageModel {
  /** Parameters that train, in the network's order, the head's last. */
  readonly trainable: readonly ParameterSpec[];
  /**
   * What the stage hands on: every parameter of the stages that train, those of them included that stay frozen. With adapters: these,
   * the head and the stages' statistics.
   */
  readonly handedOn: readonly ParameterSpec[];
  /** Residual branches that a step may leave out; none without drop path. */
  readonly droppable: readonly DroppableBranch[];
  private readonly adapters: StageAdapters | undefined;
  private readonly frozen: NamedTensors;
  private readonly from: number;
  private readonly layerOf: (spec: Pick<ParameterSpec, 'name'>) => number;

  /**
   * @param parameters in torch order, see StageInput
   * @param featuresAfter see StageInput
   * @throws GW_WEIGHTS_MISMATCH when a parameter is missing; GW_STAGE_UNKNOWN
   */
  constructor(
    private readonly plan: StagePlan,
    private readonly backbone: Backbone,
    readonly classes: number,
    parameters: NamedArrays,
    featuresAfter: string | null,
  ) {
    const unfrozen = new Set([classifierStage, ...(plan.kind === 'fineTune' ? plan.trainable : [])]);
    const specs = declareParameters(backbone, classes);
    this.adapters = adaptersOfStage(plan, backbone);
    const own = specs.filter(({ stage }) => unfrozen.has(stage));
    const named = plan.kind === 'fineTune' && plan.parameters !== undefined ? new Set(plan.parameters) : undefined;
    const added = this.adapters?.adapters.flatMap(({ down, up }) => [down, up]);
    const trainsItself = ({ stage, name }: ParameterSpec): boolean =>
      stage === classifierStage || (added === undefined && (named?.has(name) ?? true));
    this.trainable = [...(added ?? []), ...own.filter((spec) => isTrainable(spec) && trainsItself(spec))];
    this.handedOn = added === undefined ? own : [...own.filter((spec) => !isTrainable(spec)), ...this.trainable];
    this.from = plan.kind === 'head' || featuresAfter === null ? 0 : stageIndex(backbone, featuresAfter) + 1;
    const { layerDecay = 1, dropPath = 0 } = plan.kind === 'fineTune' ? plan.training : {};
    this.droppable = dropPath > 0 ? branchesToDrop(backbone, unfrozen, dropPath) : [];
    this.layerOf = layerDecay < 1 ? layersBelowHead(backbone) : () => 0;
    const run = new Set(plan.kind === 'head' ? [] : backbone.stages.slice(this.from).map(({ name }) => name));
    const trains = new Set(this.trainable);
    this.frozen = toTensors(
      specs.filter((spec) => run.has(spec.stage) && !trains.has(spec)),
      parameters,
    );
  }

  /**
   * Differentiable in `trained`; frozen parameters are constants, so they get no gradient.
   * @param features [batch, channels] for a head stage, [batch, height, width, channels] for a fine-tune stage
   * @param kept what the branches of `droppable` are multiplied by, [branches, batch]. @default they are taken as they are
   * @returns logits [batch, classes]
   */
  logits(trained: NamedTensors, features: Tensor, kept?: Tensor2D): Tensor2D {
    return tf.tidy(() => {
      const parameters = { ...this.frozen, ...(this.adapters ? scaledAdapters(trained, this.adapters) : trained) };
      const pooled =
        this.plan.kind === 'head'
          ? (features as Tensor2D)
          : tf.mean<Tensor2D>(this.lastMap(parameters, features as Tensor4D, kept), [1, 2]);
      const name = this.backbone.classifierName;
      const weight = parameters[`${name}.weight`] as Tensor;
      const bias = parameters[`${name}.bias`] as Tensor1D;
      return tf.add(tf.matMul(pooled, weight.reshape<Tensor2D>([-1, this.classes])), bias);
    });
  }

  private lastMap(parameters: NamedTensors, features: Tensor4D, kept: Tensor2D | undefined): Tensor4D {
    const branches = kept && keptBranches(this.droppable, kept);
    return runStages(this.backbone, parameters, features, { from: this.from }, branches);
  }

  /**
   * Frozen tensors that a compiled step is given in each call. With adapters they are nearly the whole network: as constants of the graph
   * they would be in memory three times.
   */
  get constants(): readonly Tensor[] {
    return this.adapters === undefined ? [] : Object.values(this.frozen);
  }

  /** Trained parameters, and as they came the frozen ones of the same stages. */
  handOn(incoming: NamedArrays, trained: NamedArrays): NamedArrays {
    const entries = this.handedOn.map(({ name }) => [name, trained.get(name) ?? incoming.get(name)] as const);
    return new Map(entries.flatMap(([name, array]) => (array ? [[name, array] as const] : [])));
  }

  /**
   * Learning rate of a parameter as a share of the stage's: 1 for the head, `backboneRateFactor` for the last stage of the
   * backbone, and `stageRateDecay` more for each stage before it (Howard & Ruder 2018); `layerDecay` more for each layer below the
   * head (Bao et al. 2021).
   */
  rateFactor({ name, stage }: ParameterSpec): number {
    if (this.plan.kind === 'head' || stage === classifierStage) return 1;
    const { backboneRateFactor, stageRateDecay, layerDecay = 1 } = this.plan.training;
    const distance = this.backbone.stages.length - 1 - stageIndex(this.backbone, stage);
    return backboneRateFactor * stageRateDecay ** distance * layerDecay ** this.layerOf({ name: besideWeight(name) });
  }

  dispose(): void {
    tf.dispose(this.frozen);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** Largest norm of the stage's gradients; null: no limit. */
export function clipNormOf(stage: StagePlan): number | null {
  return stage.kind === 'fineTune' ? (stage.training.clipNorm ?? null) : null;
}
