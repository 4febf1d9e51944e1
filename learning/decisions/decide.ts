/** From a ranking and the time that is left to a spec in which nothing is open, with the reason for each choice. Pure. */
import type { RankedSource, SkippedSource } from '../../contracts/models/ranking.js';
import { skippedByReason } from '../../contracts/models/skippedSources.js';
import type { MadeChoice, RunChoices, SourceRow } from '../../contracts/run/choices.js';
import type { RunSpec } from '../../contracts/spec/runSpec.js';
import { autoSource, type Undecided } from '../../contracts/spec/undecided.js';
import { epochCount, totalEpochs } from '../schedules/epochCount.js';
import { atHead, type TrainingPlan } from '../transferability/index.js';
import { augmentationSeconds, endingSeconds, trainingSeconds } from './fitToTime.js';
import { leading, optionsOf, type DecisionInput, type Option } from './options.js';
import { howPooled, nextAttempts, whatFits, whySource } from './reasons.js';

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
  const options = optionsOf(input, plan);
  const chosen = leading(options);
  const made: MadeChoice[] = [];
  if (auto) made.push({ what: 'source', chosen: chosen.source, why: whySource(chosen, options, input) });
  if (!auto && undecided.includes('pooling') && chosen.ranked !== null) {
    made.push(howPooled(chosen.ranked, report?.sample ?? 0));
  }
  made.push(...whatFits(chosen, plan, undecided, secondsLeft));
  return {
    spec: decidedSpec(spec, chosen, undecided, input),
    choices: {
      budget: spec.budget ?? null,
      made,
      sources: (report?.sources ?? []).map(row),
      sample: report?.sample ?? 0,
      ...(report === null || report.skipped.length === 0 ? {} : { leftOut: leftOutTexts(report.skipped) }),
      cut: input.passedOver.length === 0 ? [] : [`no time to rank ${input.passedOver.join(', ')}`],
      next: nextAttempts(chosen, options, input, plan),
    },
    endingSeconds: endingSeconds(chosen.stages, counts),
    augmentationSeconds: augmentationSeconds(chosen.stages, Math.min(counts.train, measured), counts.validation),
    seconds: chosen.fit.seconds,
    trainingSeconds: trainingSeconds(chosen.stages, chosen.fit, plan),
  };
}

function leftOutTexts(skipped: readonly SkippedSource[]): string[] {
  return skippedByReason(skipped).map(
    ({ sources, reason }) => `${sources.length === 1 ? sources[0] : `${sources.length} sources`}: ${reason}`,
  );
}

function decidedSpec(
  { budget, undecided: _undecided, ...spec }: RunSpec,
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
      // With a budget a number, so that a step is not only tried: there may be no time to train it once more.
      epochs: budget === undefined && fit.share === 1 ? step.epochs : Math.ceil(epochCount(step, images) * fit.share),
      // The usual suffix by its usual name: so stages that other runs have trained are found again.
      ...(undecided.includes('unfreeze') && !asUsual ? { unfreeze } : {}),
    })),
  };
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, index) => name === b[index]);
}

function row(ranked: RankedSource): SourceRow {
  const { source, best, head, predicted, cost } = ranked;
  const { measure, linear, knn, logme, gain } = atHead(ranked);
  return {
    ...{ source, best, head },
    ...(measure === undefined ? {} : { measure }),
    ...(linear === undefined ? {} : { linear }),
    ...{ knn, logme, gain, predicted, cost },
  };
}
