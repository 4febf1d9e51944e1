/** From a ranking to a decision, with its reasons. Pure. */
import type { Choice, RankedSource } from '../../contracts/models/ranking.js';
import { checkpointText, hubCheckpoint } from '../../contracts/spec/sources/hubCheckpoint.js';
import { parseSourceName } from '../../contracts/spec/sources/sources.js';
import { endingAt } from '../backbones/architecture.js';
import { atHead, usedStages } from './attachedHead.js';
import { arePredicted, onImagenet } from './rankOrder.js';
import { accuracyOf, bestStage, isSound } from './unfreezeDepth.js';
import { trainingCost, type TrainingPlan } from './trainingCost.js';

export interface Constraints {
  /** Seconds that training may take; null: as long as it takes. */
  budget: number | null;
  /** Pictures of the sample the sources were scored on. */
  sample: number;
  /** What is to be trained. */
  plan: TrainingPlan;
}

/**
 * Which source to start from, and how deep to unfreeze it: the best by predicted accuracy, or by the scores where nothing
 * is predicted, among those whose head can be trained in the budget.
 * Then as many of the stages it suggests as fit the budget, dropping the lowest first.
 *
 * @param ranked best first, as `rankSources` puts them
 * @returns undefined when there is nothing to choose from
 */
export function chooseSource(ranked: readonly RankedSource[], constraints: Constraints): Choice | undefined {
  const [first] = ranked;
  if (first === undefined) return undefined;
  const { budget } = constraints;
  const affordable = budget === null ? [...ranked] : ranked.filter(({ cost }) => cost.head <= budget);
  const [leader] = affordable;
  if (leader === undefined) {
    const cheapest = ranked.reduce((least, one) => (one.cost.head < least.cost.head ? one : least));
    return decided(cheapest, constraints, [
      `no source's head can be trained in ${told(budget ?? 0)}, so this is the cheapest one`,
    ]);
  }
  const reasons: string[] = [];
  if (leader !== first)
    reasons.push(`${first.source} scores higher, but its head alone takes ${told(first.cost.head)}`);
  reasons.unshift(whyLeader(leader, affordable, constraints.sample));
  return decided(leader, constraints, reasons);
}

/** Why the first of these sources leads them. */
export function whyLeader(leader: RankedSource, sources: readonly RankedSource[], sample: number): string {
  const scores = scoresText(atHead(leader), sample);
  const among = sources.length;
  const isPredicted = arePredicted(sources);
  const value = (one: RankedSource): number => (isPredicted ? (one.predicted?.top1 ?? 0) : accuracyOf(atHead(one)));
  const best = sources.reduce((most, one) => (value(one) > value(most) ? one : most), leader);
  if (best !== leader && isPredicted) {
    return `its prediction (${predictedText(leader)}) cannot be distinguished from that of ${best.source} (${predictedText(best)}), and it is ${whyPreferred(leader, best)} (${scores})`;
  }
  if (best !== leader) {
    return `its scores cannot be distinguished from those of ${best.source} (${scores}; ${scoresText(atHead(best), sample)}), and it is ${whyPreferred(leader, best)}`;
  }
  if (among === 1) return `it is the only source to choose from (${scores})`;
  return isPredicted
    ? `it is predicted to reach ${predictedText(leader)}, the most of ${among} sources (${scores})`
    : `it has the best scores of ${among} sources (${scores})`;
}

function predictedText({ predicted }: RankedSource): string {
  if (predicted === null) return 'nothing';
  return `${percent(predicted.top1)}, ${percent(predicted.low)} to ${percent(predicted.high)}`;
}

/** What `inOrder` knows beforehand. */
function whyPreferred(leader: RankedSource, best: RankedSource): string {
  const [own = 0, other = 0] = [leader, best].map(({ name }) => onImagenet(name));
  if (own > 0 && own !== other) {
    return `better on ImageNet (${percent(own)}${other === 0 ? '' : ` against ${percent(other)}`})`;
  }
  if (best.model !== null && leader.model === null) return 'the network that the other was made of';
  return `quicker to train (${told(leader.cost.fineTune)} instead of ${told(best.cost.fineTune)})`;
}

/** LogME is shown where there are enough pictures for it to mean something. */
function scoresText(scores: RankedSource['stages'][number], sample: number): string {
  const linear = scores.linear === undefined ? '' : `a linear classifier ${percent(scores.linear)}, `;
  const votes = `${scores.measure === undefined ? '' : 'mAP: '}${linear}nearest neighbours ${percent(scores.knn)}`;
  return isSound([scores], sample) ? `${votes}, LogME gain ${scores.gain.toFixed(3)}` : votes;
}

/** For a run spec's `backbone`. */
export function backboneOf(ranked: RankedSource): Choice['backbone'] {
  const { source, model, weights, checkpoint, stages, head } = ranked;
  if (model !== null) return parseSourceName(source);
  const asked = checkpoint === undefined ? undefined : hubCheckpoint(checkpoint);
  if (asked !== undefined) {
    return { name: checkpointText(stages.at(-1)?.stage === head ? asked : { ...asked, stage: head }) };
  }
  return { name: architectureOf(ranked), ...(weights === undefined ? {} : { weights }) };
}

/** Name of the network that ends with the stage the head is attached to; a registered model is one of this very shape. */
export function architectureOf({ model, name, stages, head }: RankedSource): string {
  if (model !== null) return name;
  return endingAt(
    name,
    stages.map(({ stage }) => stage),
    head,
  );
}

/** Why its features are pooled in another way than its own; undefined where they are not. */
export function whyPooled({ stages, pooled }: RankedSource, sample: number): string | undefined {
  if (pooled === undefined) return undefined;
  const scores = `${scoresText(stages.at(-1)!, sample)} against ${scoresText(pooled.usual, sample)}`;
  return `its features are pooled as ${pooled.as}, which is clearly better than its own way (${scores})`;
}

/** The stages that the scores suggest to unfreeze, whatever that costs; none where the head alone will do. */
export function suggestedDepth(chosen: RankedSource, sample: number): { unfreeze: string[]; reasons: string[] } {
  const { head, unfreeze } = chosen;
  const stages = usedStages(chosen);
  const best = stages[bestStage(stages, sample)]!;
  const reasons: string[] = [];
  const last = chosen.stages.at(-1)!;
  const pooling = whyPooled(chosen, sample);
  if (pooling !== undefined) reasons.push(pooling);
  if (last.stage !== head) {
    reasons.push(
      `the head is attached to ${head}, whose features are clearly better than those of ${last.stage} (${scoresText(atHead(chosen), sample)} against ${scoresText(last, sample)})`,
    );
  }
  if (best.stage !== head) {
    reasons.push(
      `the features of ${best.stage} suit this task better than those of ${head} (${scoresText(best, sample)} against ${scoresText(atHead(chosen), sample)}), so the stages after it are trained again`,
    );
  }
  const judge = atHead(chosen).linear === undefined ? 'nearest neighbours make' : 'a linear classifier makes';
  if ((1 - accuracyOf(atHead(chosen))) * sample >= 1) return { unfreeze, reasons };
  reasons.push(`${judge} no mistake on the sample, so the head alone is enough`);
  return { unfreeze: [], reasons };
}

function decided(chosen: RankedSource, { budget, sample, plan }: Constraints, reasons: string[]): Choice {
  const { source, head, predicted } = chosen;
  const stages = usedStages(chosen);
  const costOf = (names: readonly string[]): number => trainingCost(stages, names.length, plan).fineTune;
  const depth = suggestedDepth(chosen, sample);
  reasons.push(...depth.reasons);
  let unfreeze = plan.fineTuneEpochs === 0 ? [] : depth.unfreeze;
  const suggested = unfreeze;
  while (budget !== null && unfreeze.length > 0 && costOf(unfreeze) > budget) unfreeze = unfreeze.slice(1);
  if (unfreeze.length < suggested.length) {
    reasons.push(
      unfreeze.length === 0
        ? `${told(budget ?? 0)} leave no time to fine-tune, so only the head is trained`
        : `unfrozen from ${unfreeze[0]} instead of ${suggested[0]}, to fit ${told(budget ?? 0)}`,
    );
  } else if (unfreeze.length > 0) reasons.push(`unfrozen from ${unfreeze[0]} on: ${told(costOf(unfreeze))} in all`);
  const cost = costOf(unfreeze);
  return {
    source,
    backbone: backboneOf(chosen),
    best: chosen.stages[bestStage(chosen.stages, sample)]!.stage,
    head,
    unfreeze,
    predicted,
    cost,
    affordable: budget === null || cost <= budget,
    reasons,
  };
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const told = (seconds: number): string => (seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`);
