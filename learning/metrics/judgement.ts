/**
 * Whether a figure of a test is good. The limits stand here alone, each with its source, and `judgementRules` says them in words
 * wherever judgements are shown. Pure.
 */
import type { Evaluation } from '../../contracts/data/evaluation.js';
import { againstBaseline, baselineOf, mistakesAvoided } from './baseline.js';
import { debiasedCalibration, leastInBin, type CalibrationBins } from './debiasedCalibration.js';
import { headlineOf } from './headline.js';
import { wilsonInterval } from './interval.js';

export interface Judgement {
  /** `plain`: neither good nor bad. */
  tone: 'good' | 'open' | 'bad' | 'plain';
  /** A few words without a full stop, for beside the figure. */
  text: string;
}

type ClassFigures = Evaluation['perClass'][number];

export const judgementLimits = {
  /**
   * Of the mistakes that always answering the most frequent class makes, the share a model avoids: good from, weak below. Fleiss
   * (1981) gives these limits for kappa, which has the same form and a chance rate that is never higher, so kappa is never lower.
   */
  avoided: { good: 0.75, weak: 0.4 },
  /** Guo et al. (2017): networks that nobody has calibrated have an error of 0.04 to 0.10, typically. */
  calibration: { good: 0.04, poor: 0.1 },
  /** Width of the 95 % interval of top-1 up to which a test is large enough: about ±5 points. */
  width: 0.1,
  /** Width of the 95 % interval of a class's recall beyond which nothing can be said of the class. */
  classWidth: 0.4,
} as const;

const calibrationRule = `Calibration error: good up to ${fixed(judgementLimits.calibration.good)}, poor above ${fixed(judgementLimits.calibration.poor)}. Uncalibrated networks are typically between the two (Guo et al. 2017).`;

const singleLabelRules: readonly string[] = [
  `Top-1 and top-k: a model is better than a constant answer if the 95 % interval (Wilson 1927) lies above it. It is good if it makes at least ${whole(judgementLimits.avoided.good)} fewer mistakes, and weak below ${whole(judgementLimits.avoided.weak)}. Fleiss (1981) gives these limits for kappa, which is never lower than this share.`,
  "Macro F1: in line with top-1 if it is not below top-1's 95 % interval. Below it, classes with few pictures are recognised worse than the others.",
  calibrationRule,
  'Cross-entropy: good below the entropy of the classes in the test, which is the loss of answering with their frequencies.',
  `Test pictures: enough if the 95 % interval of top-1 is at most ${whole(judgementLimits.width, 'points')} wide.`,
  `A class: weaker or stronger than the rest if its 95 % interval excludes the top-1 of all pictures. There is no judgement if the interval is wider than ${whole(judgementLimits.classWidth, 'points')}.`,
];

const multiLabelRules: readonly string[] = [
  'mAP (mean average precision): the mean over the labels that test pictures have, with the 95 % interval of the jackknife. An order by chance reaches about the share of pictures that have the label. No limit says from where on mAP is good.',
  "Micro F1 counts all decisions together, at each label's threshold. Macro F1 is the mean over the labels that test pictures have.",
  calibrationRule,
  `Test pictures: enough if the 95 % interval of mAP is at most ${whole(judgementLimits.width, 'points')} wide.`,
];

/** The rules in sentences, for those who want to know why a figure is called good. */
export function judgementRules({ multiLabel }: Pick<Evaluation, 'multiLabel'>): readonly string[] {
  return multiLabel === undefined ? singleLabelRules : multiLabelRules;
}

/** undefined where the figures of the classes are not there. */
export function judgeTop1(evaluation: Evaluation): Judgement | undefined {
  const baseline = baselineOf(evaluation);
  if (baseline === undefined) return undefined;
  return judgeShare(evaluation, baseline.share, 'always answering the most frequent class');
}

/** @param k as a key of `topK` */
export function judgeTopK({ perClass, topK, count }: Evaluation, k: string): Judgement | undefined {
  const share = topK[k];
  if (share === undefined || perClass.length === 0) return undefined;
  const supports = perClass.map(({ support }) => support).sort((a, b) => b - a);
  const constant = supports.slice(0, Number(k)).reduce((sum, support) => sum + support, 0) / count;
  const interval = wilsonInterval(Math.round(share * count), count);
  return judgeShare({ top1: share, interval }, constant, `always naming the ${k} most frequent classes`);
}

/** @param constant share that a constant answer gets right. @param always that answer, in words */
function judgeShare(found: Pick<Evaluation, 'top1' | 'interval'>, constant: number, always: string): Judgement {
  const stands = againstBaseline(found, constant);
  if (stands !== 'better') return { tone: 'bad', text: `${stands} than ${always} (${percent(constant)})` };
  const { good, weak } = judgementLimits.avoided;
  const avoided = mistakesAvoided(found.top1, constant);
  const text = `${percent(avoided)} fewer mistakes than ${always}`;
  if (avoided >= good) return { tone: 'good', text: `good: ${text}` };
  return { tone: 'open', text: `${avoided < weak ? 'weak' : 'moderate'}: ${text}` };
}

/** @returns as good as top-1 is, where it is in line with that */
export function judgeMacroF1(evaluation: Evaluation): Judgement {
  const { macroF1, interval, multiLabel } = evaluation;
  if (multiLabel !== undefined) return { tone: 'plain', text: 'the mean of the labels' };
  return macroF1 < interval[0]
    ? { tone: 'open', text: 'below top-1: classes with few pictures are recognised worse' }
    : { tone: judgeTop1(evaluation)?.tone ?? 'open', text: 'in line with top-1' };
}

export function judgeCalibration(bins: CalibrationBins): Judgement {
  const { error, low } = debiasedCalibration(bins);
  const [found, least] = [bandOf(error), bandOf(low)];
  const { good, poor } = judgementLimits.calibration;
  const words = {
    good: `good: at most ${fixed(good)}`,
    usual: `usual for a network: ${fixed(good)} to ${fixed(poor)}`,
    poor: `poor: above ${fixed(poor)}`,
  };
  // On fewer, an error would hardly show.
  if (found === 'good' && bins.reduce((sum, { count }) => sum + count, 0) < leastInBin)
    return { tone: 'open', text: 'too few pictures to judge' };
  if (found === least)
    return { tone: ({ good: 'good', usual: 'open', poor: 'bad' } as const)[found], text: words[found] };
  return {
    tone: 'open',
    text: `${words[found]}; with 95 % confidence at least ${low.toFixed(3)}`,
  };
}

function bandOf(error: number): 'good' | 'usual' | 'poor' {
  const { good, poor } = judgementLimits.calibration;
  return error <= good ? 'good' : error <= poor ? 'usual' : 'poor';
}

/** undefined where the figures of the classes are not there. */
export function judgeLoss({ loss, perClass, count, multiLabel }: Evaluation): Judgement | undefined {
  if (perClass.length === 0 || multiLabel !== undefined) return undefined;
  const shares = perClass.map(({ support }) => support / count).filter((share) => share > 0);
  const entropy = shares.reduce((sum, share) => sum - share * Math.log(share), 0);
  const constant = `${entropy.toFixed(4)}, the loss of answering with the classes' frequencies`;
  return loss < entropy
    ? { tone: 'good', text: `good: below ${constant}` }
    : { tone: 'bad', text: `poor: not below ${constant}` };
}

export function judgeTestSize(evaluation: Evaluation): Judgement {
  const { top1, count, multiLabel } = evaluation;
  const [low, high] = headlineOf(evaluation).interval;
  const width = whole(high - low, 'points');
  if (high - low <= judgementLimits.width) return { tone: 'good', text: `enough: the interval is ${width} wide` };
  if (multiLabel !== undefined) return { tone: 'open', text: `few: the interval is ${width} wide` };
  const needed = picturesFor(top1, count);
  return {
    tone: 'open',
    text: `few: the interval is ${width} wide; about ${needed.toLocaleString('en-US')} would make it ${whole(judgementLimits.width, 'points')}`,
  };
}

/** Test pictures for an interval as narrow as is asked for, at about this accuracy; two digits of it. */
function picturesFor(top1: number, count: number): number {
  const z2 = 3.8415;
  const share = (top1 * count + z2 / 2) / (count + z2);
  const needed = (4 * z2 * share * (1 - share)) / judgementLimits.width ** 2;
  return Math.max(count + 1, Number(needed.toPrecision(2)));
}

/** A class against all pictures. undefined where it has no test picture. */
export function judgeClass({ recall, support }: ClassFigures, top1: number): Judgement | undefined {
  if (recall === null || support === 0) return undefined;
  const [low, high] = wilsonInterval(Math.round(recall * support), support);
  if (high < top1) return { tone: 'bad', text: 'weaker than the rest' };
  if (high - low > judgementLimits.classWidth) return { tone: 'plain', text: 'too few pictures to judge' };
  return low > top1 ? { tone: 'good', text: 'stronger than the rest' } : { tone: 'plain', text: 'like the rest' };
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function whole(share: number, unit = '%'): string {
  return `${Math.round(100 * share)} ${unit}`;
}

function fixed(value: number): string {
  return value.toFixed(2);
}
