/**
 * The activities, as interfaces: workflows call them through these types, workers implement them. Inputs and outputs are
 * references and small facts (< 64 KB), never tensors or image lists.
 */
import type { z } from 'zod';
import type { AugmentationChoice } from './augmentationChoice.js';
import type { HeadSearch } from './choices.js';
import type {
  ChooseAugmentationInput,
  RankingPlanInput,
  RankingPlan,
  SampleInput,
  RankSourceInput,
  RankSourceOutput,
  WeighRankingInput,
  DecideRunInput,
  DecideRunOutput,
  SearchHeadsInput,
  SearchFineTunesInput,
  SearchFineTunesOutput,
} from './choosingActivities.js';
import type { DriftReport } from './drift.js';
import type { GateReport, PromotionOutcome } from './promotion.js';
import type {
  CompareToProductionInput,
  SettlePromotionInput,
  PlanRetrainingInput,
  PlanRetrainingOutput,
  MeasureDriftInput,
  RecordRetrainingInput,
  NotifyInput,
} from './promotionActivities.js';
import type { RankReport } from './ranking.js';
import type {
  CheckSpecInput,
  EvaluateInput,
  EvaluateOutput,
  FeaturesInput,
  IngestInput,
  IngestOutput,
  PlanInput,
  PlanOutput,
  PredictOutput,
  RecordRunInput,
  RegisterInput,
  RegisterOutput,
  ShardsInput,
  ShardsOutput,
  TrainStageInput,
  TrainStageOutput,
  predictInputSchema,
} from './trainingActivities.js';

/** Activities of the cpu pool. */
export interface CpuActivities {
  checkSpec(input: CheckSpecInput): Promise<void>;
  ingestDataset(input: IngestInput): Promise<IngestOutput>;
  planRun(input: PlanInput): Promise<PlanOutput>;
  preprocessShards(input: ShardsInput): Promise<ShardsOutput>;
  registerModel(input: RegisterInput): Promise<RegisterOutput>;
  recordRun(input: RecordRunInput): Promise<void>;
  planRanking(input: RankingPlanInput): Promise<RankingPlan>;
  preprocessSample(input: SampleInput): Promise<ShardsOutput>;
  weighRanking(input: WeighRankingInput): Promise<RankReport>;
  decideRun(input: DecideRunInput): Promise<DecideRunOutput>;
  settlePromotion(input: SettlePromotionInput): Promise<PromotionOutcome>;
  planRetraining(input: PlanRetrainingInput): Promise<PlanRetrainingOutput>;
  recordRetraining(input: RecordRetrainingInput): Promise<void>;
  notify(input: NotifyInput): Promise<void>;
}

/** Activities of the gpu pool. */
export interface GpuActivities {
  chooseAugmentation(input: ChooseAugmentationInput): Promise<AugmentationChoice>;
  computeFeatures(input: FeaturesInput): Promise<ShardsOutput>;
  trainStage(input: TrainStageInput): Promise<TrainStageOutput>;
  evaluateModel(input: EvaluateInput): Promise<EvaluateOutput>;
  predictImages(input: z.input<typeof predictInputSchema>): Promise<PredictOutput>;
  rankSource(input: RankSourceInput): Promise<RankSourceOutput>;
  searchHeads(input: SearchHeadsInput): Promise<HeadSearch | null>;
  searchFineTunes(input: SearchFineTunesInput): Promise<SearchFineTunesOutput | null>;
  compareToProduction(input: CompareToProductionInput): Promise<GateReport>;
  measureDrift(input: MeasureDriftInput): Promise<DriftReport>;
}
