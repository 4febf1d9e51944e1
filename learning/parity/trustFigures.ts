/** Calibration, prediction sets and label review on formula logits, against the figures of other implementations. */
import { z } from 'zod';
import { calibration } from '../metrics/calibration.js';
import { argMax } from '../metrics/ranking.js';
import { averagePrecision } from '../metrics/trust/averagePrecision.js';
import {
  confidenceWeightedEntropies,
  confidentJoint,
  labelIssues,
  normalizedMargins,
  selfConfidences,
  type LabelledProbabilities,
} from '../metrics/trust/confidentLearning.js';
import type { SetMethod } from '../../contracts/models/predictions.js';
import { predictionSet, scoreQuantile, setMethods, setScores } from '../metrics/trust/conformal.js';
import { bestTemperature, meanLoss, probabilitiesAt } from '../metrics/trust/temperature.js';
import { formulaNumbers } from '../weights/formula.js';
import type { TensorDeviation } from './golden.js';

const numbers = z.array(z.number());
const trustCaseSchema = z.object({
  N: z.number().int(),
  C: z.number().int(),
  separation: z.number(),
  noise: z.number(),
  scale: z.number(),
  temperature: z.number(),
  /** Before and after. */
  nll: numbers.length(2),
  ece15: numbers.length(2),
  conformal: z.object({
    alpha: z.number(),
    /** Rows that set the quantile; the rest is what it is tried on. */
    calibration: z.number().int(),
    lac_quantile: z.number(),
    lac_coverage: z.number(),
    lac_mean_size: z.number(),
    aps_quantile: z.number(),
    aps_coverage: z.number(),
    aps_mean_size: z.number(),
  }),
  labels: z.object({
    flipped: z.number().int(),
    issues_prune_by_noise_rate: numbers,
    confident_joint: z.array(numbers),
    average_precision: z.object({
      self_confidence: z.number(),
      normalized_margin: z.number(),
      confidence_weighted_entropy: z.number(),
    }),
    normalized_margin_first8: numbers,
  }),
});
type TrustCase = z.infer<typeof trustCaseSchema>;

/** Cases by tag. */
export const trustFileSchema = z.record(z.string(), trustCaseSchema);

/** How far each figure of a case is off; indices and counts are the same or `Number.MAX_VALUE` off. */
export function compareTrust(tag: string, golden: TrustCase): TensorDeviation[] {
  const { logits, truth, given } = formulaLogits(tag, golden);
  const labelled = { logits, labels: truth };
  const temperature = bestTemperature(labelled);
  const [before, after] = [1, temperature].map((at) => probabilitiesAt(logits, golden.C, at)) as [
    Float64Array,
    Float64Array,
  ];
  const review = { probabilities: after, labels: given, classes: golden.C };
  return [
    apart('temperature', [temperature], [golden.temperature]),
    apart('nll', [meanLoss(labelled), meanLoss(labelled, temperature)], golden.nll),
    apart(
      'ece15',
      [before, after].map((rows) => calibrationError(rows, truth, golden.C)),
      golden.ece15,
    ),
    ...setMethods.map((method) => compareSets(method, after, truth, golden)),
    ...compareReview(review, truth, golden.labels),
  ];
}

function formulaLogits(
  tag: string,
  { N, C, separation, noise, scale }: TrustCase,
): { logits: Float64Array; truth: number[]; given: number[] } {
  const truth = Array.from({ length: N }, (_, i) => i % C);
  const [base, strength] = [formulaNumbers(`${tag}.logits`, N * C), formulaNumbers(`${tag}.strength`, N)];
  const flip = formulaNumbers(`${tag}.flip`, N);
  const logits = Float64Array.from(base);
  for (const [i, label] of truth.entries()) logits[i * C + label]! += separation * (0.5 + 0.5 * strength[i]!);
  const given = truth.map((label, i) => (flip[i]! < 2 * noise - 1 ? (label + 1 + (i % (C - 1))) % C : label));
  return { logits: logits.map((value) => value * scale), truth, given };
}

function calibrationError(probabilities: Float64Array, labels: readonly number[], classes: number): number {
  const rows = labels.map((_, i) => probabilities.subarray(i * classes, (i + 1) * classes));
  const predicted = rows.map(argMax);
  return calibration(
    rows.map((row, i) => row[predicted[i]!]!),
    labels.map((label, i) => predicted[i] === label),
  ).expectedCalibrationError;
}

function compareSets(
  method: SetMethod,
  probabilities: Float64Array,
  labels: readonly number[],
  { C, conformal }: TrustCase,
): TensorDeviation {
  const rows = labels.map((label, i) => ({ label, row: probabilities.subarray(i * C, (i + 1) * C) }));
  const limit = scoreQuantile(
    rows.slice(0, conformal.calibration).map(({ row, label }) => setScores(method, row)[label]!),
    1 - conformal.alpha,
  );
  const tried = rows
    .slice(conformal.calibration)
    .map(({ row, label }) => ({ label, set: predictionSet(method, row, limit) }));
  const mean = (of: (one: (typeof tried)[number]) => number): number =>
    tried.reduce((sum, one) => sum + of(one), 0) / tried.length;
  return apart(
    `${method} quantile, coverage, mean size`,
    [limit, mean(({ set, label }) => Number(set.includes(label))), mean(({ set }) => set.length)],
    [conformal[`${method}_quantile`], conformal[`${method}_coverage`], conformal[`${method}_mean_size`]],
  );
}

function compareReview(
  review: LabelledProbabilities,
  truth: readonly number[],
  golden: TrustCase['labels'],
): TensorDeviation[] {
  const isFlipped = truth.map((label, i) => label !== review.labels[i]);
  const joint = confidentJoint(review);
  const margins = normalizedMargins(review);
  const precisionOf = (quality: Float64Array): number =>
    averagePrecision(
      quality.map((value) => -value),
      isFlipped,
    );
  const { self_confidence, normalized_margin, confidence_weighted_entropy } = golden.average_precision;
  return [
    same('flipped', [isFlipped.filter(Boolean).length], [golden.flipped]),
    same('confident joint', joint.flat(), golden.confident_joint.flat()),
    same('label issues', labelIssues(review, joint), golden.issues_prune_by_noise_rate),
    apart('normalised margins', Array.from(margins.slice(0, 8)), golden.normalized_margin_first8),
    apart(
      'average precision',
      [selfConfidences(review), margins, confidenceWeightedEntropies(review)].map(precisionOf),
      [self_confidence, normalized_margin, confidence_weighted_entropy],
    ),
  ];
}

function apart(tensor: string, values: readonly number[], expected: readonly number[]): TensorDeviation {
  const worst = Math.max(...expected.map((value, i) => Math.abs((values[i] ?? Number.NaN) - value)));
  return { tensor, worst: Number.isFinite(worst) ? worst : Number.MAX_VALUE };
}

function same(tensor: string, values: readonly number[], expected: readonly number[]): TensorDeviation {
  const isSame = values.length === expected.length && expected.every((value, i) => value === values[i]);
  return { tensor, worst: isSame ? 0 : Number.MAX_VALUE };
}
