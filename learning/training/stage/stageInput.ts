/** What a stage's training is given, and what it gives back. */
import type { LabelSets } from '../../../contracts/data/labelSets.js';
import type { MixingSettings } from '../../../contracts/spec/stages/augmentationSpec.js';
import type { ComputeDtype } from '../../../contracts/spec/computeSpec.js';
import type { StagePlan } from '../../../contracts/spec/plan.js';
import type { RangeTest } from '../../../contracts/spec/stages/rangeTest.js';
import type { Epoch, Progress, StageResult } from '../../../contracts/spec/stages/training.js';
import type { Backbone, NamedArrays } from '../../backbones/index.js';
import type { FeatureSource } from '../../features/featureSource.js';
import type { PairedOutcomes } from '../judging/pairedComparison.js';

/** Images of one split: their features and their classes. */
export interface LabelledFeatures {
  readonly features: FeatureSource;
  /** Class index of each image, in the order of the features; of a multi-label task the index of its set of labels. */
  readonly labels: ArrayLike<number>;
  /** Only of a multi-label task. */
  readonly sets?: LabelSets;
}

/** What a validation split says of some parameters. */
export interface Validation {
  /** Share of images whose highest logit is the true class, or one of the true labels. */
  readonly top1: number;
  /** Mean cross-entropy without label smoothing, nats; of a multi-label task the sum over its labels. */
  readonly loss: number;
  /** Only of a multi-label task: mean average precision of the labels that any image has. */
  readonly mAP?: number | undefined;
}

/** Everything a stage needs to go on as if it had never stopped. */
export interface TrainingState {
  /** The next step to do: `step` steps of epoch `epoch` (counted from 1) are done. */
  readonly position: { readonly epoch: number; readonly step: number; readonly globalStep: number };
  /** Sum of losses and number of images of the epoch so far. */
  readonly running: { readonly lossSum: number; readonly images: number };
  readonly epochs: readonly Epoch[];
  /** Best of the epochs done; null when validation does not choose the epoch (or has not yet). */
  readonly best: BestEpoch | null;
  /** Validation of the incoming parameters, where they are a candidate themselves; null otherwise. */
  readonly incoming: Validation | null;
  /** The parameters that train, in torch order, and the statistics that were adapted. */
  readonly parameters: NamedArrays;
  /** The optimizer's state, under `<parameter>/<slot>`. */
  readonly optimizer: NamedArrays;
  /** How the rate was found; null where the spec says it. */
  readonly rangeTest: RangeTest | null;
  /** Spent on the stage so far, over all attempts. */
  readonly seconds: number;
}

export interface BestEpoch extends Validation {
  readonly epoch: number;
  readonly parameters: NamedArrays;
}

/** Where states are kept. */
export interface CheckpointStore {
  /** The last saved state; undefined at the beginning. */
  load(): Promise<TrainingState | undefined>;
  /**
   * Keep a state. The state is a copy: it never changes afterwards. Training goes on meanwhile; the next call comes
   * after this one has settled. A rejection ends the training with that error, unless it only says that the store is away
   * (`isStoreAway`): then training goes on, and the newest state is offered again.
   */
  save(state: TrainingState): Promise<void>;
}

export interface StageInput {
  readonly stage: StagePlan;
  readonly backbone: Backbone;
  readonly classes: number;
  /**
   * In torch order: the head for a head stage (`initialHead`); for a fine-tune stage also every backbone parameter from
   * the features' cut on, those that stay frozen included.
   */
  readonly parameters: NamedArrays;
  /**
   * Stage of the backbone whose output the features are; null: the features are network input. Of no meaning for a
   * head stage, which trains on pooled features.
   */
  readonly featuresAfter: string | null;
  readonly train: LabelledFeatures;
  /** null: no validation split; the last epoch is kept. View 0 is used. */
  readonly validation: LabelledFeatures | null;
  /**
   * What a step like this one makes of pictures beside validation, which then decide with it; undefined where nothing is known.
   * Asked once, after training. @default validation decides alone
   */
  readonly heldOut?: () => Promise<PairedOutcomes | undefined>;
  readonly seed: number;
  /** How training batches are mixed. @default not at all */
  readonly mixing?: MixingSettings;
  /**
   * Images in one pass, where the batch does not fit into memory: the steps and their rates stay those of the whole batch,
   * its gradients are added up over passes. @default the batch
   */
  readonly atOnce?: number;
  /** Number format of dense convolutions in the steps; validation is float32. @default float32 */
  readonly dtype?: ComputeDtype;
  /** null: none are made, and the stage begins at its beginning. */
  readonly checkpoints: CheckpointStore | null;
  /** Most time between checkpoints. There is one at an epoch's end too, unless the last one is only some seconds old. */
  readonly everySeconds: number;
  readonly onProgress: (progress: Progress) => void;
  /** Called for each step, with its images and its seconds. */
  readonly onStep?: (images: number, seconds: number) => void;
  readonly onEpoch: (epoch: Epoch) => void;
  /** Aborted: one last checkpoint, then GW_PREEMPTED. */
  readonly signal: AbortSignal;
  /** Asked before each step; true: end now with the best so far. */
  readonly finish: () => boolean;
}

export interface StageOutput {
  readonly result: Omit<StageResult, 'format' | 'parameters'>;
  /**
   * Trained parameters in torch order: the head, and every parameter (statistics included) of the unfrozen stages. In a step with
   * adapters these take the place of the stages' own parameters, see `mergedAdapters`.
   */
  readonly parameters: NamedArrays;
}
