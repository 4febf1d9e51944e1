/** Ways to choose a source, and what each would have reached and cost, from what all pairs of the study brought. Pure. */
import type { RankedSource } from '../../contracts/models/ranking.js';
import { getBackbone } from '../../learning/backbones/architecture.js';
import {
  bestStage,
  calibrate,
  chooseSource,
  inOrder,
  onImagenet,
  trainingCost,
  unfreezeFrom,
  type TrainingPlan,
} from '../../learning/transferability/index.js';
import type { Pair } from './pair.js';

export interface Outcome {
  set: string;
  chosen: string;
  /** Points of top-1 below the best source of the set. */
  regret: number;
  /** Seconds of choosing, and of that and training what was chosen, of those that training every source takes. */
  choosing: number;
  cost: number;
}

/** All pairs of one data set, and those of data sets made of other pictures. */
export interface Case {
  own: readonly Pair[];
  others: readonly Pair[];
}

export type Strategy = (one: Case, plan: Omit<TrainingPlan, 'counts'>) => { chosen: Pair; choosing: number };

export function casesOf(pairs: readonly Pair[]): Case[] {
  const sets = new Set(pairs.map(({ set }) => set));
  return [...sets].map((name) => {
    const own = pairs.filter(({ set }) => set === name);
    return { own, others: pairs.filter(({ base }) => base !== own[0]!.base) };
  });
}

export function outcome(one: Case, strategy: Strategy, plan: Omit<TrainingPlan, 'counts'>): Outcome {
  const { chosen, choosing } = strategy(one, plan);
  const all = one.own.reduce((sum, pair) => sum + training(pair), 0);
  return {
    ...{ set: chosen.set, chosen: chosen.source },
    regret: 100 * (Math.max(...one.own.map(({ fineTuned }) => fineTuned)) - chosen.fineTuned),
    choosing: choosing / all,
    cost: (choosing + training(chosen)) / all,
  };
}

export const strategies: Record<string, Strategy> = {
  'ours, no records': (one, plan) => ranked(one, plan, []),
  'ours, records of the other sets': (one, plan) => ranked(one, plan, one.others),
  'nearest neighbours and LogME': (one, plan) => ranked(withoutLinear(one), plan, []),
  'static list: best on the other sets'({ own, others }) {
    // Above or below what is usual on a set: sources were not all tried on the same sets, and some sets are easy.
    const usual = (name: string): number => mean(others.filter(({ set }) => set === name));
    const lead = ({ source }: Pair): number => {
      const found = others.filter((pair) => pair.source === source);
      return found.reduce((sum, { set, fineTuned }) => sum + fineTuned - usual(set), 0) / Math.max(1, found.length);
    };
    const chosen = most(own, lead);
    return { chosen, choosing: 0 };
  },
  'best on ImageNet, no scores'({ own }) {
    // A model made of a network is no better there than the network itself, which comes first.
    return { chosen: most(own, ({ backbone }) => onImagenet(backbone)), choosing: 0 };
  },
  'halving over heads, no scores'({ own }) {
    let alive = [...own];
    for (const share of [0.25, 0.5, 1]) {
      const at = ({ headEpochs }: Pair): number =>
        Math.max(...headEpochs.slice(0, Math.ceil(headEpochs.length * share)));
      alive = alive.toSorted((a, b) => at(b) - at(a)).slice(0, Math.ceil(alive.length / 2));
    }
    const chosen = alive[0]!;
    // Every head but the chosen one's, which has to be trained anyway.
    return { chosen, choosing: own.reduce((sum, pair) => sum + (pair === chosen ? 0 : pair.seconds.head), 0) };
  },
};

/** The mean over all choices. */
export function randomOutcome({ own }: Case): Outcome {
  const best = Math.max(...own.map(({ fineTuned }) => fineTuned));
  return { set: own[0]!.set, chosen: 'any', regret: 100 * (best - mean(own)), choosing: 0, cost: 1 / own.length };
}

/** The order in which `rank` would put the sources: higher is better. */
export function scoresOf(one: Case, plan: Omit<TrainingPlan, 'counts'>, records: readonly Pair[]): number[] {
  const order = inOrder(asRanked(one, plan, records), one.own[0]!.counts.train).map(({ source }) => source);
  return one.own.map(({ source }) => -order.indexOf(source));
}

function ranked(one: Case, plan: Omit<TrainingPlan, 'counts'>, records: readonly Pair[]): ReturnType<Strategy> {
  const { counts } = one.own[0]!;
  const sources = inOrder(asRanked(one, plan, records), counts.train);
  const choice = chooseSource(sources, { budget: null, sample: counts.train, plan: { ...plan, counts } });
  const chosen = one.own.find(({ source }) => source === choice?.source)!;
  return { chosen, choosing: one.own.reduce((sum, { seconds }) => sum + seconds.rank, 0) };
}

/** As sources were scored before there was a linear classifier's accuracy. */
function withoutLinear({ own, others }: Case): Case {
  const without = (pairs: readonly Pair[]): Pair[] =>
    pairs.map((pair) => ({ ...pair, stages: pair.stages.map(({ linear: _linear, ...scores }) => scores) }));
  return { own: without(own), others: without(others) };
}

function asRanked({ own }: Case, plan: Omit<TrainingPlan, 'counts'>, records: readonly Pair[]): RankedSource[] {
  const { predict } = calibrate(
    records.map(({ base, stages, fineTuned, counts }) => {
      return { ...stages.at(-1)!, task: base, fineTuned: true, top1: fineTuned, count: counts.test };
    }),
  );
  return own.map(({ source, backbone, stages, counts }) => {
    const usual = getBackbone(backbone).defaultUnfreeze;
    const unfreeze = stages.slice(unfreezeFrom(stages, counts.train, usual)).map(({ stage }) => stage);
    const last = stages.at(-1)!;
    return {
      ...{ source, name: backbone, sha256: '', license: '', model: null, similarity: null },
      // The study trains whole networks.
      ...{ stages, head: last.stage, unfreeze },
      best: stages[bestStage(stages, counts.train)]!.stage,
      predicted: predict?.({ ...last, fineTuned: true }) ?? null,
      cost: trainingCost(stages, unfreeze.length, { ...plan, counts }),
    };
  });
}

function training({ seconds }: Pair): number {
  return seconds.head + seconds.fineTune;
}

function mean(pairs: readonly Pair[]): number {
  return pairs.reduce((sum, { fineTuned }) => sum + fineTuned, 0) / Math.max(1, pairs.length);
}

function most<T>(values: readonly T[], measure: (value: T) => number): T {
  return values.reduce((best, value) => (measure(value) > measure(best) ? value : best));
}
