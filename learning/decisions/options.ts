/** Between which sources a run decides, and how much of each fits the time that is left. Pure. */
import type { RankedSource, RankReport } from '../../contracts/models/ranking.js';
import type { BackboneSpec, RunSpec } from '../../contracts/spec/runSpec.js';
import { architectureOf, backboneOf, suggestedDepth, usedStages, type TrainingPlan } from '../transferability/index.js';
import { fitToTime, runSeconds, type Fit, type TimedStage } from './fitToTime.js';

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

/** A source, and the run that it would be. */
export interface Option extends DecisionSource {
  fit: Fit;
  /** The run it would be with all the time there is. */
  whole: number;
  depthReasons: readonly string[];
  ranked: RankedSource | null;
  /** Stages unfrozen, were there time enough. */
  wished: readonly string[];
}

/** One for each ranked source, best first; without a ranking, the fallback alone. */
export function optionsOf({ spec, report, fallback, secondsLeft }: DecisionInput, plan: TrainingPlan): Option[] {
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
    return optionOf({ ...one, architecture: architectureOf(one), backbone, stages: usedStages(one) }, one);
  });
  return ranked.length > 0 ? ranked : [optionOf(fallback, null)];
}

/** The best that can be fine-tuned in time, else the best whose head can be trained, else the cheapest. */
export function leading(options: readonly Option[]): Option {
  return (
    options.find(({ fit, wished }) => fit.fits && (fit.share > 0 || wished.length === 0)) ??
    options.find(({ fit }) => fit.fits) ??
    options.reduce((least, one) => (one.fit.seconds < least.fit.seconds ? one : least))
  );
}
