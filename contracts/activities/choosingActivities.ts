/** The activities that rank, decide and search: what each is asked and answers, then their part of the table. */
import { z } from 'zod';
import { digest } from '../digest.js';
import { activity } from './activity.js';
import { planInputSchema, type PlanOutput, type ShardsOutput } from './trainingActivities.js';
import {
  fineTuneSettingsSchema,
  headSettingsSchema,
  runChoicesSchema,
  type FineTuneSearch,
  type FineTuneSettings,
  type HeadSearch,
  type HeadSettings,
  type MissingTrials,
} from '../run/choices.js';
import type { FoldsAccuracy } from '../data/foldsAccuracy.js';
import type { ImbalanceChoice } from '../spec/stages/imbalance.js';
import { datasetReferenceSchema } from '../data/dataset.js';
import type { AugmentationChoice } from '../spec/stages/augmentationChoice.js';
import { halvings } from '../spec/stages/halvings.js';
import { inputSchema } from '../spec/plan.js';
import {
  candidateSchema,
  rankReportSchema,
  rankRequestSchema,
  skippedSourceSchema,
  type RankReport,
} from '../models/ranking.js';
import { runSpecSchema } from '../spec/runSpec.js';

export const chooseAugmentationInputSchema = z.strictObject({
  ...planInputSchema.shape,
  halvings,
  /** The spec's own augmentation stays unless another is clearly better; left out: the simplest that is as good as any. */
  keepsGiven: z.boolean().optional(),
});
export type ChooseAugmentationInput = z.infer<typeof chooseAugmentationInputSchema>;

/** A plan whose features are cached. */
export const chooseImbalanceInputSchema = z.strictObject({ plan: digest, halvings });
export type ChooseImbalanceInput = z.infer<typeof chooseImbalanceInputSchema>;

/** Digest of the plan that the model was trained by. */
export const planFoldsInputSchema = z.strictObject({ plan: digest });
export type PlanFoldsInput = z.infer<typeof planFoldsInputSchema>;

const folds = z.number().int().min(2);
/** Indices of the fine-tuning steps in the plan, in order. */
const steps = z.array(z.number().int().positive());

export const evaluateInFoldsInputSchema = z.strictObject({
  ...chooseImbalanceInputSchema.shape,
  folds,
  /** Left out: heads alone. */
  steps: steps.optional(),
});
export type EvaluateInFoldsInput = z.infer<typeof evaluateInFoldsInputSchema>;

export const trainFoldInputSchema = z.strictObject({
  ...chooseImbalanceInputSchema.shape,
  folds,
  steps,
  /** The one that is held out, from 0 on. */
  fold: z.number().int().nonnegative(),
});
export type TrainFoldInput = z.infer<typeof trainFoldInputSchema>;

/** A ranking's sample: drawn from the training split of a dataset version, by its seed. */
export const sampleOfSchema = z.strictObject({
  datasetVersion: digest,
  spec: runSpecSchema.pick({ dataset: true, seed: true }),
  /** Pictures at most. */
  size: z.number().int().positive(),
});

export const rankingPlanInputSchema = z.strictObject({
  request: rankRequestSchema,
  dataset: datasetReferenceSchema,
  /** `probe`: the network that tasks are compared by, alone. */
  only: z.enum(['probe', 'all']),
  /** Content key of the probe's ranking of this sample; null where it could not be had. */
  embeddedBy: digest.nullable(),
});
export type RankingPlanInput = z.infer<typeof rankingPlanInputSchema>;
export const rankingPlanSchema = z.strictObject({
  sample: sampleOfSchema,
  /** Pictures in the sample. */
  pictures: z.number().int(),
  candidates: z.array(candidateSchema),
  skipped: z.array(skippedSourceSchema),
  leftOut: z.array(z.string()),
});
export type RankingPlan = z.infer<typeof rankingPlanSchema>;

export const sampleInputSchema = z.strictObject({ sample: sampleOfSchema, input: inputSchema });
export type SampleInput = z.infer<typeof sampleInputSchema>;

export const rankSourceInputSchema = z.strictObject({ sample: sampleOfSchema, candidate: candidateSchema, halvings });
export type RankSourceInput = z.infer<typeof rankSourceInputSchema>;
/** Content key of the source's scores (sourceScoresSchema in ranking.ts). */
export const rankSourceOutputSchema = z.strictObject({ key: digest, reused: z.boolean() });
export type RankSourceOutput = z.infer<typeof rankSourceOutputSchema>;

export const weighRankingInputSchema = z.strictObject({
  request: rankRequestSchema,
  dataset: datasetReferenceSchema,
  /** Pictures in the sample. */
  pictures: z.number().int(),
  ranked: z.array(z.strictObject({ candidate: candidateSchema, ...rankSourceOutputSchema.shape })),
  skipped: z.array(skippedSourceSchema),
  leftOut: z.array(z.string()),
  embeddedBy: digest.nullable(),
});
export type WeighRankingInput = z.infer<typeof weighRankingInputSchema>;

export const decideRunInputSchema = z.strictObject({
  spec: runSpecSchema,
  dataset: datasetReferenceSchema,
  /** null: nothing was ranked. */
  report: rankReportSchema.nullable(),
  /** Sources there was no time to rank. */
  passedOver: z.array(z.string()),
  /** null: no limit. */
  secondsLeft: z.number().nullable(),
});
export type DecideRunInput = z.infer<typeof decideRunInputSchema>;
export const decideRunOutputSchema = z.strictObject({
  /** With nothing open. */
  spec: runSpecSchema,
  choices: runChoicesSchema,
  /** From the end of training to the registered model. */
  endingSeconds: z.number().nonnegative(),
  /** What measuring the usual augmentations would take. */
  augmentationSeconds: z.number().nonnegative(),
  /** All of the run from here on. */
  seconds: z.number().nonnegative(),
  /** From the features on to the registered model. */
  trainingSeconds: z.number().nonnegative(),
});
export type DecideRunOutput = z.infer<typeof decideRunOutputSchema>;

function wantedTrial<Settings extends z.ZodType>(settings: Settings) {
  return z.strictObject({ settings, epochs: z.number().int().positive() });
}

/** What a search may do. */
const searching = {
  /** After which no further trial begins; null: no limit. */
  seconds: z.number().positive().nullable(),
  /** Whether trials that nobody has made are named in the answer, for others to make. */
  elsewhere: z.boolean().optional(),
  halvings,
};

export const searchHeadsInputSchema = z.strictObject({ plan: digest, ...searching });
export type SearchHeadsInput = z.infer<typeof searchHeadsInputSchema>;

export const tryHeadsInputSchema = z.strictObject({
  plan: digest,
  trials: z.array(wantedTrial(headSettingsSchema)).min(1),
  halvings,
});
export type TryHeadsInput = z.infer<typeof tryHeadsInputSchema>;

/** A step that is tried. */
const triedStep = {
  plan: digest,
  /** Index into the plan's stages. */
  stage: z.number().int().positive(),
  /** Keys of the stages that were kept before it, in order. */
  previous: z.array(digest).min(1),
};

export const searchFineTunesInputSchema = z.strictObject({ ...triedStep, ...searching });
export type SearchFineTunesInput = z.infer<typeof searchFineTunesInputSchema>;

export const tryFineTunesInputSchema = z.strictObject({
  ...triedStep,
  trials: z.array(wantedTrial(fineTuneSettingsSchema)).min(1),
  halvings,
});
export type TryFineTunesInput = z.infer<typeof tryFineTunesInputSchema>;

export interface SearchFineTunesOutput {
  found: FineTuneSearch;
  /** Digest of the plan with what was found in every fine-tuning step. */
  plan: string;
}

export const choosingActivities = {
  planRanking: activity('shards', 'rank', rankingPlanInputSchema).answers<RankingPlan>(),
  preprocessSample: activity('shards', 'rank', sampleInputSchema).answers<ShardsOutput>(),
  rankSource: activity('engine', 'rank', rankSourceInputSchema).answers<RankSourceOutput>(),
  weighRanking: activity('quick', 'rank', weighRankingInputSchema).answers<RankReport>(),
  decideRun: activity('quick', 'choose', decideRunInputSchema).answers<DecideRunOutput>(),
  chooseAugmentation: activity('engine', 'augmentation', chooseAugmentationInputSchema).answers<AugmentationChoice>(),
  chooseImbalance: activity('engine', 'search', chooseImbalanceInputSchema).answers<ImbalanceChoice>(),
  planFolds: activity('quick', 'plan', planFoldsInputSchema).answers<PlanOutput>(),
  trainFold: activity('engine', 'evaluate', trainFoldInputSchema).answers<void>(),
  evaluateInFolds: activity('engine', 'evaluate', evaluateInFoldsInputSchema).answers<FoldsAccuracy>(),
  searchHeads: activity('engine', 'search', searchHeadsInputSchema).answers<
    HeadSearch | MissingTrials<HeadSettings> | null
  >(),
  tryHeads: activity('engine', 'search', tryHeadsInputSchema).answers<void>(),
  searchFineTunes: activity('engine', 'search', searchFineTunesInputSchema).answers<
    SearchFineTunesOutput | MissingTrials<FineTuneSettings> | null
  >(),
  tryFineTunes: activity('engine', 'search', tryFineTunesInputSchema).answers<void>(),
};
