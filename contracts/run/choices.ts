/** What a run chose by itself: of each thing what it took, why, and what it took it from. */
import { z } from 'zod';
import { costSchema, predictedSchema, stageScoresSchema } from '../models/ranking.js';

const seconds = z.number().nonnegative();

/** A source as it looked in the ranking, at the stage a head is attached to. */
export const sourceRowSchema = z.strictObject({
  source: z.string(),
  best: z.string(),
  /** Where a head is attached: not in older results, where it was the last stage. */
  head: z.string().optional(),
  measure: stageScoresSchema.shape.measure,
  linear: stageScoresSchema.shape.linear,
  knn: stageScoresSchema.shape.knn,
  logme: stageScoresSchema.shape.logme,
  gain: stageScoresSchema.shape.gain,
  predicted: predictedSchema.nullable(),
  cost: costSchema,
});
export type SourceRow = z.infer<typeof sourceRowSchema>;

export const headSettingsSchema = z.strictObject({
  learningRate: z.number().positive(),
  weightDecay: z.number().min(0),
  labelSmoothing: z.number().min(0).lt(1),
});
export type HeadSettings = z.infer<typeof headSettingsSchema>;

/** What a fine-tuning step is tried with. */
export const fineTuneSettingsSchema = z.strictObject({ learningRate: z.number().positive() });
export type FineTuneSettings = z.infer<typeof fineTuneSettingsSchema>;

/** One training with these settings, for so many epochs, judged by the validation pictures. */
export interface Trial<Settings> {
  settings: Settings;
  epochs: number;
  /** Of a multi-label task the share of pictures whose likeliest label is right. */
  top1: number;
  /** Mean cross-entropy, nats; of a multi-label task the binary one, summed over the labels. */
  loss: number;
}

/** What successive halving over settings found. */
export interface Search<Settings> {
  chosen: Settings;
  /** Whether that is something else than the recipe's own. */
  changed: boolean;
  reason: string;
  /** In the order in which they were made; the later rounds have more epochs and fewer settings. */
  trials: Trial<Settings>[];
  /** Validation pictures. */
  images: number;
  seconds: number;
  cache: { hits: number; misses: number; reason: string };
}

/** A trial that is to be made. */
export type WantedTrial<Settings> = Pick<Trial<Settings>, 'settings' | 'epochs'>;

/** Trials that a search needs and that nobody has made. */
export interface MissingTrials<Settings> {
  missing: WantedTrial<Settings>[];
}

function searchSchema<Settings>(settings: z.ZodType<Settings>) {
  return z.strictObject({
    chosen: settings,
    changed: z.boolean(),
    reason: z.string(),
    trials: z.array(
      z.strictObject({
        settings,
        epochs: z.number().int().positive(),
        top1: z.number().min(0).max(1),
        loss: z.number(),
      }),
    ),
    images: z.number().int(),
    seconds,
    cache: z.strictObject({ hits: z.number().int(), misses: z.number().int(), reason: z.string() }),
  }) satisfies z.ZodType<Search<Settings>>;
}

export const headSearchSchema = searchSchema(headSettingsSchema);
export type HeadSearch = Search<HeadSettings>;

export const fineTuneSearchSchema = searchSchema(fineTuneSettingsSchema);
export type FineTuneSearch = Search<FineTuneSettings>;

export const madeChoiceSchema = z.strictObject({
  what: z.enum(['source', 'pooling', 'depth', 'epochs', 'views', 'augmentation', 'head', 'rate']),
  chosen: z.string(),
  /** In plain words. */
  why: z.string(),
});
export type MadeChoice = z.infer<typeof madeChoiceSchema>;

export const runChoicesSchema = z.strictObject({
  /** null: as long as it takes. */
  budget: z.strictObject({ seconds }).nullable(),
  made: z.array(madeChoiceSchema),
  /** Best first; empty where nothing was ranked. */
  sources: z.array(sourceRowSchema),
  /** Training pictures the sources were ranked on. */
  sample: z.number().int(),
  heads: headSearchSchema.optional(),
  fineTunes: fineTuneSearchSchema.optional(),
  /** Sources that were not ranked, by reason. Not in older results. */
  leftOut: z.array(z.string()).optional(),
  /** What the budget cut short. */
  cut: z.array(z.string()),
  /** What a longer budget would try next. */
  next: z.array(z.string()),
});
export type RunChoices = z.infer<typeof runChoicesSchema>;
