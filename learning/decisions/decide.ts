/** From a ranking and the time that is left to a spec in which nothing is open, with the reason for each choice. Pure. */
import type { MadeChoice, RunChoices, SourceRow } from '../../contracts/run/choices.js';
import type { RankedSource, RankReport } from '../../contracts/models/ranking.js';
import type { BackboneSpec, RunSpec } from '../../contracts/spec/runSpec.js';
import { autoSource, type Undecided } from '../../contracts/spec/undecided.js';
import { epochCount, totalEpochs } from '../schedules/epochCount.js';
import {
  atHead,
  backboneOf,
  suggestedDepth,
  usedStages,
  whyLeader,
  type TrainingPlan,
} from '../transferability/index.js';
import {
  augmentationSeconds,
  endingSeconds,
  fitToTime,
  runSeconds,
  trainingSeconds,
  type Fit,
  type TimedStage,
} from './fitToTime.js';

/** A source as far as a decision needs it. */
export interface DecisionSource {
  source: string;
  architecture: string;
  backbone: BackboneSpec;
  stages: readonly TimedStage[];
  /** Stages to unfreeze, first to last; the usual ones where nothing was measured. */
  unfreeze: readonly string[];
}

export interface DecisionInput {
  spec: RunSpec;
  counts: TrainingPlan['counts'];
  /** null: nothing was ranked. */
  report: RankReport | null;
  /** Without a ranking: the source that is taken, and why. */
  fallback: DecisionSource & { why: string };
  /** Names of a network's usual suffix: what `unfreeze: default` means for it. */
  usualSuffix: (architecture: string) => readonly string[];
  /** Sources there was no time to look at. */
  passedOver: readonly string[];
  secondsLeft: number | null;
}

export interface Decision {
  spec: RunSpec;
  choices: RunChoices;
  /** What the end of a run needs once training is over. */
  endingSeconds: number;
  /** What measuring the usual augmentations would take. */
  augmentationSeconds: number;
  /** What the whole run is expected to take. */
  seconds: number;
  /** What the run is expected to take once its features are there. */
  trainingSeconds: number;
}

/** Training pictures that augmentations are measured on: as many as there are for a hundred classes or so. */
const measured = 1024;

interface Option extends DecisionSource {
  fit: Fit;
  /** The run it would be with all the time there is. */
  whole: number;
  depthReasons: readonly string[];
  ranked: RankedSource | null;
  /** Stages unfrozen, were there time enough. */
  wished: readonly string[];
}

export function decide(input: DecisionInput): Decision {
  const { spec, counts, report, secondsLeft } = input;
  const auto = spec.backbone.name === autoSource;
  const plan: TrainingPlan = {
    counts,
    views: spec.augmentation.views,
    headEpochs: spec.head.epochs,
    fineTuneEpochs: totalEpochs(spec.fineTune, counts.train),
  };
  const undecided = spec.undecided ?? [];
  const optionOf = (source: DecisionSource, ranked: RankedSource | null): Option => {
    const depth =
      ranked === null || !undecided.includes('unfreeze')
        ? { unfreeze: source.unfreeze, reasons: [] }
        : suggestedDepth(ranked, report?.sample ?? 0);
    const wish = { stages: source.stages, trainable: depth.unfreeze.length, plan, undecided };
    const share = plan.fineTuneEpochs > 0 && wish.trainable > 0 ? 1 : 0;
    return {
      ...source,
      fit: fitToTime(wish, secondsLeft),
      whole: runSeconds(source.stages, { views: plan.views, share, trainable: share * wish.trainable }, plan),
      depthReasons: depth.reasons,
      ranked,
      wished: depth.unfreeze,
    };
  };
  const ranked = (report?.sources ?? []).map((one) => {
    const backbone = backboneOf(one);
    const architecture = one.model === null ? backbone.name : one.name;
    return optionOf({ ...one, architecture, backbone, stages: usedStages(one) }, one);
  });
  const options = ranked.length > 0 ? ranked : [optionOf(input.fallback, null)];
  const chosen = leading(options);
  const made: MadeChoice[] = [];
  if (auto) made.push({ what: 'source', chosen: chosen.source, why: whySource(chosen, options, input) });
  made.push(...whatFits(chosen, plan, undecided, secondsLeft));
  return {
    spec: decidedSpec(spec, chosen, undecided, input),
    choices: {
      budget: spec.budget ?? null,
      made,
      sources: (report?.sources ?? []).map(row),
      sample: report?.sample ?? 0,
      cut: input.passedOver.length === 0 ? [] : [`no time to rank ${input.passedOver.join(', ')}`],
      next: nextAttempts(chosen, options, input, plan),
    },
    endingSeconds: endingSeconds(chosen.stages, counts),
    augmentationSeconds: augmentationSeconds(chosen.stages, Math.min(counts.train, measured), counts.validation),
    seconds: chosen.fit.seconds,
    trainingSeconds: trainingSeconds(chosen.stages, chosen.fit, plan),
  };
}

/** The best that can be fine-tuned in time, else the best whose head can be trained, else the cheapest. */
function leading(options: readonly Option[]): Option {
  return (
    options.find(({ fit, wished }) => fit.fits && (fit.share > 0 || wished.length === 0)) ??
    options.find(({ fit }) => fit.fits) ??
    options.reduce((least, one) => (one.fit.seconds < least.fit.seconds ? one : least))
  );
}

function whySource(
  chosen: Option,
  options: readonly Option[],
  { report, fallback, secondsLeft }: DecisionInput,
): string {
  if (chosen.ranked === null) return fallback.why;
  const sample = report?.sample ?? 0;
  const before = options.slice(0, options.indexOf(chosen));
  if (before.length === 0)
    return whyLeader(
      chosen.ranked,
      options.flatMap(({ ranked }) => ranked ?? []),
      sample,
    );
  const better = before.map(({ source, whole }) => `${source} (${told(whole)})`).join(', ');
  return chosen.fit.fits
    ? `the best source that can be trained in the remaining ${told(secondsLeft ?? 0)}; these have better scores: ${better}`
    : `no source can be trained in the remaining ${told(secondsLeft ?? 0)}, so this is the cheapest one`;
}

/** Depth, epochs and views: what was open, or had to give way. */
function whatFits(
  { fit, wished, depthReasons, ranked }: Option,
  plan: TrainingPlan,
  undecided: readonly Undecided[],
  secondsLeft: number | null,
): MadeChoice[] {
  const made: MadeChoice[] = [];
  const names = wished.slice(wished.length - fit.trainable);
  const [lowest] = names;
  const time = secondsLeft === null ? '' : `, within the remaining ${told(secondsLeft)}`;
  if (undecided.includes('unfreeze') && plan.fineTuneEpochs > 0) {
    // What would be trained anew is of no interest where nothing is.
    const reasons = lowest === undefined && wished.length > 0 ? [] : [...depthReasons];
    if (names.length < wished.length) {
      reasons.push(
        lowest === undefined
          ? `the remaining ${told(secondsLeft ?? 0)} leave no time to fine-tune`
          : `starting at ${wished[0]} would not fit the remaining ${told(secondsLeft ?? 0)}`,
      );
    } else if (reasons.length === 0) {
      const why = ranked === null ? 'the usual suffix of the network' : 'the scores suggest nothing deeper';
      reasons.push(`${why}; about ${told(fit.seconds)} in all${time}`);
    }
    made.push({
      what: 'depth',
      chosen: lowest === undefined ? 'the head alone' : `the head, then from ${lowest} on`,
      why: reasons.join('; '),
    });
  }
  if (fit.share === 0.5) {
    const epochs = Math.ceil(plan.fineTuneEpochs / 2);
    made.push({
      what: 'epochs',
      chosen: `${epochs} of fine-tuning instead of ${plan.fineTuneEpochs}`,
      why: `so that the run fits the remaining ${told(secondsLeft ?? 0)}`,
    });
  }
  if (fit.views < plan.views) {
    made.push({
      what: 'views',
      chosen: `${fit.views} of each picture instead of ${plan.views}`,
      why: `each view costs a pass through the network, and ${told(secondsLeft ?? 0)} remain`,
    });
  }
  return made;
}

function decidedSpec(
  { budget: _budget, undecided: _undecided, ...spec }: RunSpec,
  { architecture, backbone, fit, wished }: Option,
  undecided: readonly Undecided[],
  { usualSuffix, counts: { train: images } }: DecisionInput,
): RunSpec {
  const unfreeze = wished.slice(wished.length - fit.trainable);
  const asUsual = sameNames(unfreeze, usualSuffix(architecture));
  const fineTune = fit.share === 0 ? [] : spec.fineTune;
  return {
    ...spec,
    backbone: { ...(spec.backbone.name === autoSource ? {} : spec.backbone), ...backbone },
    augmentation: { ...spec.augmentation, views: fit.views },
    fineTune: fineTune.map((step) => ({
      ...step,
      epochs: fit.share === 1 ? step.epochs : Math.ceil(epochCount(step, images) * fit.share),
      // The usual suffix by its usual name: so stages that other runs have trained are found again.
      ...(undecided.includes('unfreeze') && !asUsual ? { unfreeze } : {}),
    })),
  };
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, index) => name === b[index]);
}

/** In the order in which they promise something. */
function nextAttempts(
  chosen: Option,
  options: readonly Option[],
  { spec, passedOver, report }: DecisionInput,
  plan: TrainingPlan,
): string[] {
  const { fit, source, wished, whole } = chosen;
  const auto = spec.backbone.name === autoSource;
  const better = options.slice(0, options.indexOf(chosen));
  const [runnerUp] = options.slice(options.indexOf(chosen) + 1);
  const isCut = fit.trainable < wished.length || (fit.share < 1 && wished.length > 0) || fit.views < plan.views;
  return [
    ...better.map((one) => `${one.source}, which scores higher: about ${told(one.whole)}`),
    ...(isCut && plan.fineTuneEpochs > 0
      ? [`${source} with ${plan.views} views and fine-tuned from ${wished[0] ?? 'the top'} on: about ${told(whole)}`]
      : []),
    ...(report === null && auto ? ['a ranking of the available sources'] : []),
    ...(report === null || passedOver.length === 0 ? [] : [`ranking ${passedOver.join(', ')} as well`]),
    ...(runnerUp === undefined ? [] : [`${runnerUp.source}, the next by its scores: about ${told(runnerUp.whole)}`]),
  ];
}

function row(ranked: RankedSource): SourceRow {
  const { source, best, head, predicted, cost } = ranked;
  const { linear, knn, logme, gain } = atHead(ranked);
  return { source, best, head, ...(linear === undefined ? {} : { linear }), knn, logme, gain, predicted, cost };
}

const told = (seconds: number): string => (seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`);
