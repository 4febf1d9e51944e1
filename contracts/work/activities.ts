/**
 * The activities: one table, from which workflows call them, workers offer them, and logs name them. Inputs and outputs are
 * references and small facts (< 64 KB), never tensors or image lists.
 */
import type { z } from 'zod';
import type { AugmentationChoice } from '../spec/augmentationChoice.js';
import type { HeadSearch } from '../run/choices.js';
import {
  chooseAugmentationInputSchema,
  decideRunInputSchema,
  rankingPlanInputSchema,
  rankSourceInputSchema,
  sampleInputSchema,
  searchFineTunesInputSchema,
  searchHeadsInputSchema,
  weighRankingInputSchema,
  type DecideRunOutput,
  type RankingPlan,
  type RankSourceOutput,
  type SearchFineTunesOutput,
} from './choosingActivities.js';
import type { DriftReport } from '../data/drift.js';
import type { GateReport, PromotionOutcome } from '../spec/promotion.js';
import {
  compareToProductionInputSchema,
  measureDriftInputSchema,
  notifyInputSchema,
  planRetrainingInputSchema,
  recordRetrainingInputSchema,
  settlePromotionInputSchema,
  type PlanRetrainingOutput,
} from './promotionActivities.js';
import type { RankReport } from '../models/ranking.js';
import {
  checkSpecInputSchema,
  evaluateInputSchema,
  featuresInputSchema,
  ingestInputSchema,
  planInputSchema,
  predictInputSchema,
  recordRunInputSchema,
  registerInputSchema,
  shardsInputSchema,
  trainStageInputSchema,
  type EvaluateOutput,
  type IngestOutput,
  type PlanOutput,
  type PredictOutput,
  type RegisterOutput,
  type ShardsOutput,
  type TrainStageOutput,
} from './trainingActivities.js';

/** How long an activity may take and be silent (workflows/activityProxies.ts). `engine` is the gpu pool, the others are the cpu pool. */
export type TimeoutClass = 'quick' | 'outside' | 'shards' | 'engine';

interface Activity<Class extends TimeoutClass, Schema extends z.ZodType, Output> {
  readonly timeouts: Class;
  /** The part of a run it belongs to, for logs, metrics and traces. */
  readonly stage: string;
  /** What it is asked: checked where it arrives. */
  readonly input: Schema;
  /** What it answers: a type alone, the value is undefined. */
  readonly output: Output;
}

function activity<Class extends TimeoutClass, Schema extends z.ZodType>(
  timeouts: Class,
  stage: string,
  input: Schema,
): { answers: <Output>() => Activity<Class, Schema, Output> } {
  return { answers: <Output>() => ({ timeouts, stage, input, output: undefined as Output }) };
}

export const activityTable = {
  checkSpec: activity('quick', 'check', checkSpecInputSchema).answers<void>(),
  ingestDataset: activity('shards', 'ingest', ingestInputSchema).answers<IngestOutput>(),
  planRun: activity('shards', 'plan', planInputSchema).answers<PlanOutput>(),
  preprocessShards: activity('shards', 'preprocess', shardsInputSchema).answers<ShardsOutput>(),
  registerModel: activity('quick', 'register', registerInputSchema).answers<RegisterOutput>(),
  recordRun: activity('quick', 'record', recordRunInputSchema).answers<void>(),
  planRanking: activity('shards', 'rank', rankingPlanInputSchema).answers<RankingPlan>(),
  preprocessSample: activity('shards', 'rank', sampleInputSchema).answers<ShardsOutput>(),
  weighRanking: activity('quick', 'rank', weighRankingInputSchema).answers<RankReport>(),
  decideRun: activity('quick', 'choose', decideRunInputSchema).answers<DecideRunOutput>(),
  settlePromotion: activity('quick', 'promote', settlePromotionInputSchema).answers<PromotionOutcome>(),
  planRetraining: activity('quick', 'retrain', planRetrainingInputSchema).answers<PlanRetrainingOutput>(),
  recordRetraining: activity('quick', 'retrain', recordRetrainingInputSchema).answers<void>(),
  notify: activity('outside', 'notify', notifyInputSchema).answers<void>(),

  chooseAugmentation: activity('engine', 'augmentation', chooseAugmentationInputSchema).answers<AugmentationChoice>(),
  computeFeatures: activity('engine', 'features', featuresInputSchema).answers<ShardsOutput>(),
  // It learns its stage's own name (`head`, `fine-tune-1`) from the plan.
  trainStage: activity('engine', 'train', trainStageInputSchema).answers<TrainStageOutput>(),
  evaluateModel: activity('engine', 'evaluate', evaluateInputSchema).answers<EvaluateOutput>(),
  predictImages: activity('engine', 'predict', predictInputSchema).answers<PredictOutput>(),
  rankSource: activity('engine', 'rank', rankSourceInputSchema).answers<RankSourceOutput>(),
  searchHeads: activity('engine', 'search', searchHeadsInputSchema).answers<HeadSearch | null>(),
  searchFineTunes: activity('engine', 'search', searchFineTunesInputSchema).answers<SearchFineTunesOutput | null>(),
  compareToProduction: activity('engine', 'promote', compareToProductionInputSchema).answers<GateReport>(),
  measureDrift: activity('engine', 'drift', measureDriftInputSchema).answers<DriftReport>(),
};
type Table = typeof activityTable;
export type ActivityName = keyof Table;

/** Names of the activities with these timeouts. */
export type NamesWith<Class extends TimeoutClass> = {
  [Name in ActivityName]: Table[Name]['timeouts'] extends Class ? Name : never;
}[ActivityName];

/** What an activity works with: its input, checked and with defaults. */
export type InputOf<Name extends ActivityName> = z.output<Table[Name]['input']>;
export type OutputOf<Name extends ActivityName> = Table[Name]['output'];

/** The activities with these timeouts as functions: workflows call them so, workers offer them. */
export type Activities<Class extends TimeoutClass> = {
  [Name in NamesWith<Class>]: (input: InputOf<Name>) => Promise<OutputOf<Name>>;
};

export type CpuClass = Exclude<TimeoutClass, 'engine'>;
export type CpuActivities = Activities<CpuClass>;
export type GpuActivities = Activities<'engine'>;
