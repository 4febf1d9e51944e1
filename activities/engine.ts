/**
 * The engine as the activities see it: something that runs a job in a process of its own, reports on it, and stops it on
 * demand. worker/ provides it; the jobs themselves are the functions of engineJobs.ts.
 */
import type {
  EvaluateInput,
  EvaluateOutput,
  FeaturesInput,
  PredictInput,
  PredictOutput,
  ShardsOutput,
  TrainStageInput,
  TrainStageOutput,
} from '../contracts/trainingActivities.js';
import type {
  ChooseAugmentationInput,
  RankSourceInput,
  RankSourceOutput,
  SearchFineTunesInput,
  SearchFineTunesOutput,
  SearchHeadsInput,
} from '../contracts/choosingActivities.js';
import type { CompareToProductionInput, MeasureDriftInput } from '../contracts/promotionActivities.js';
import type { AugmentationChoice } from '../contracts/augmentationChoice.js';
import type { HeadSearch } from '../contracts/choices.js';
import type { DriftReport } from '../contracts/drift.js';
import type { GateReport } from '../contracts/promotion.js';
import type { Progress } from '../contracts/training.js';
import type { EpochsSignal } from '../contracts/workflowMessages.js';

export interface EngineJobs {
  chooseAugmentation: { input: ChooseAugmentationInput; output: AugmentationChoice };
  computeFeatures: { input: FeaturesInput; output: ShardsOutput };
  trainStage: { input: TrainStageInput; output: TrainStageOutput };
  evaluateModel: { input: EvaluateInput; output: EvaluateOutput };
  predictImages: { input: PredictInput; output: PredictOutput };
  rankSource: { input: RankSourceInput; output: RankSourceOutput };
  searchFineTunes: { input: SearchFineTunesInput; output: SearchFineTunesOutput | null };
  searchHeads: { input: SearchHeadsInput; output: HeadSearch | null };
  compareToProduction: { input: CompareToProductionInput; output: GateReport };
  measureDrift: { input: MeasureDriftInput; output: DriftReport };
}
export type EngineJobName = keyof EngineJobs;

/** Who asks: becomes part of a checkpoint's fencing token and of every log line. */
export interface Caller {
  run: string;
  attempt: number;
}

/** What a piece of work says while it runs, and how it is told to stop. */
export interface WorkCallbacks {
  progress: (progress: Progress) => void;
  epochs: (signal: EpochsSignal) => void;
  /** Aborted: write a checkpoint if there is something to save, then throw GW_PREEMPTED. */
  signal: AbortSignal;
}

export interface Engine {
  /** @throws GraftworkError as the job threw it, or GW_ENGINE_DIED, GW_OUT_OF_MEMORY when the process ended. */
  run<Name extends EngineJobName>(
    job: Name,
    input: EngineJobs[Name]['input'],
    caller: Caller,
    callbacks: WorkCallbacks,
  ): Promise<EngineJobs[Name]['output']>;
}
