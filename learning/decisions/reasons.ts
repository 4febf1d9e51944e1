/** A decision in words: why this source, what had to give way, and what to try with more time. Pure. */
import type { MadeChoice } from '../../contracts/run/choices.js';
import type { RankedSource } from '../../contracts/models/ranking.js';
import { autoSource, type Undecided } from '../../contracts/spec/undecided.js';
import { whyLeader, whyPooled, type TrainingPlan } from '../transferability/index.js';
import type { DecisionInput, Option } from './options.js';

export function whySource(
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
  const better = before.map(({ source, whole }) => `${source} (${durationText(whole)})`).join(', ');
  return chosen.fit.fits
    ? `the best source that can be trained in the remaining ${durationText(secondsLeft ?? 0)}; these have better scores: ${better}`
    : `no source can be trained in the remaining ${durationText(secondsLeft ?? 0)}, so this is the cheapest one`;
}

/** How the features of a backbone that a person named are pooled. */
export function howPooled(ranked: RankedSource, sample: number): MadeChoice {
  const { pooled } = ranked;
  return {
    what: 'pooling',
    chosen: pooled?.as ?? 'its own way',
    why: whyPooled(ranked, sample) ?? `no other way is clearly better on ${sample} training pictures`,
  };
}

/** Depth, epochs and views: what was open, or had to give way. */
export function whatFits(
  { fit, wished, depthReasons, ranked }: Option,
  plan: TrainingPlan,
  undecided: readonly Undecided[],
  secondsLeft: number | null,
): MadeChoice[] {
  const made: MadeChoice[] = [];
  const names = wished.slice(wished.length - fit.trainable);
  const [lowest] = names;
  const time = secondsLeft === null ? '' : `, within the remaining ${durationText(secondsLeft)}`;
  if (undecided.includes('unfreeze') && plan.fineTuneEpochs > 0) {
    // What would be trained anew is of no interest where nothing is.
    const reasons = lowest === undefined && wished.length > 0 ? [] : [...depthReasons];
    if (names.length < wished.length) {
      reasons.push(
        lowest === undefined
          ? `the remaining ${durationText(secondsLeft ?? 0)} leave no time to fine-tune`
          : `starting at ${wished[0]} would not fit the remaining ${durationText(secondsLeft ?? 0)}`,
      );
    } else if (reasons.length === 0) {
      const why = ranked === null ? 'the usual suffix of the network' : 'the scores suggest nothing deeper';
      reasons.push(`${why}; about ${durationText(fit.seconds)} in all${time}`);
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
      why: `so that the run fits the remaining ${durationText(secondsLeft ?? 0)}`,
    });
  }
  if (fit.views < plan.views) {
    made.push({
      what: 'views',
      chosen: `${fit.views} of each picture instead of ${plan.views}`,
      why: `each view costs a pass through the network, and ${durationText(secondsLeft ?? 0)} remain`,
    });
  }
  return made;
}

/** In the order in which they promise something. */
export function nextAttempts(
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
    ...better.map((one) => `${one.source}, which scores higher: about ${durationText(one.whole)}`),
    ...(isCut && plan.fineTuneEpochs > 0
      ? [
          `${source} with ${plan.views} views and fine-tuned from ${wished[0] ?? 'the top'} on: about ${durationText(whole)}`,
        ]
      : []),
    ...(report === null && auto ? ['a ranking of the available sources'] : []),
    ...(report === null || passedOver.length === 0 ? [] : [`ranking ${passedOver.join(', ')} as well`]),
    ...(runnerUp === undefined
      ? []
      : [`${runnerUp.source}, the next by its scores: about ${durationText(runnerUp.whole)}`]),
    ...(auto && spec.backbone.online !== true && (report?.skipped.length ?? 0) > 0
      ? ['the best networks of the hub (`--online`)']
      : []),
  ];
}

const durationText = (seconds: number): string =>
  seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`;
