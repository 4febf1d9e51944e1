/** Trainings of two sides on the same sets with the same seeds, and what their difference is. Pure. */
import { changeOfMean } from '../../learning/training/judging/pairedComparison.js';
import { wilsonInterval } from '../../learning/metrics/interval.js';

export interface Outcome {
  /** Test pictures recognised, and all of them. */
  right: number;
  tested: number;
  seconds: number;
  /** Megabytes: all processes of the side together, at the peak. */
  memory: number;
}

export interface PairedRun {
  set: string;
  seed: number;
  ours: Outcome;
  peer: Outcome;
}

export interface Summary {
  name: string;
  runs: number;
  /** Means. */
  top1: { ours: number; peer: number };
  seconds: { ours: number; peer: number };
  /** Ours − the peer's top-1, points. */
  difference: number;
  /** 95 %, by Student's t over the pairs of runs; null of a single pair. */
  interval: [low: number, high: number] | null;
  /** Of the mean seconds, the peer's ÷ ours. */
  ratio: number;
}

/** Test top-1 of one run with its 95 % interval (Wilson 1927). */
export function top1Of({ right, tested }: Outcome): { top1: number; interval: [low: number, high: number] } {
  return { top1: right / tested, interval: wilsonInterval(right, tested) };
}

/** @param runs at least one */
export function summarise(name: string, runs: readonly PairedRun[]): Summary {
  const sides = (of: (outcome: Outcome) => number) => ({
    ours: mean(runs.map(({ ours }) => of(ours))),
    peer: mean(runs.map(({ peer }) => of(peer))),
  });
  const seconds = sides((outcome) => outcome.seconds);
  const change = changeOfMean(runs.map(({ ours, peer }) => 100 * (top1Of(ours).top1 - top1Of(peer).top1)));
  return {
    ...{ name, runs: runs.length, seconds },
    top1: sides((outcome) => top1Of(outcome).top1),
    difference: change.mean,
    interval: runs.length < 2 ? null : [change.low, change.high],
    ratio: seconds.peer / seconds.ours,
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
