/** Every figure a report shows, computed from the outcome of each test picture, and held against what was stored. Pure. */
import {
  evaluationSchema,
  type Evaluation,
  type StoredEvaluation,
  type TestOutcome,
} from '../../contracts/evaluation.js';
import { evaluate, probabilitiesOf } from '../../learning/metrics/evaluate.js';
import { argMax } from '../../learning/metrics/ranking.js';

export interface Figures {
  evaluation: Evaluation;
  /** In the order of the labels. */
  classes: string[];
  /** One for each test picture, less those that were forgotten since; empty where only the figures are known. */
  outcomes: TestOutcome[];
  /** Stored figures that are not what the outcomes say, in words. */
  mismatches: string[];
}

/** Sums run in another order after a change of the code; what differs by more than this is another number. */
const tolerance = 1e-9;

/** Whether every figure could be computed from the outcomes: none of these is gone. */
export function isComputed({ evaluation, outcomes }: Figures): boolean {
  return outcomes.length === evaluation.count;
}

/**
 * Where outcomes of single pictures are gone (`datasets forget` takes them out, and leaves the figures), the stored figures stand.
 *
 * @param others further places that hold the same figures, by what they are called
 * @throws RangeError when the outcomes do not fit the classes
 */
export function figuresOf(
  { evaluation: stored, outcomes }: StoredEvaluation,
  classes: readonly string[],
  others: Readonly<Record<string, Evaluation | null>> = {},
): Figures {
  if (outcomes.length < stored.count) return { evaluation: stored, classes: [...classes], outcomes, mismatches: [] };
  const evaluation = evaluate(
    probabilitiesOf(outcomes),
    outcomes.map(({ label }) => label),
    classes,
    Object.keys(stored.topK).map(Number),
  );
  const wrong = outcomes.filter(({ predicted, probabilities }) => argMax(probabilities) !== predicted);
  const mismatches = [
    ...wrong.slice(0, 3).map(({ path }) => `outcome of ${path}: the class noted is not the likeliest one`),
    ...Object.entries({ 'the stored evaluation': stored, ...others }).flatMap(([where, known]) =>
      known === null ? [] : differences(known, evaluation).map((difference) => `${where}: ${difference}`),
    ),
  ];
  return { evaluation, classes: [...classes], outcomes, mismatches };
}

/** Figures nobody can compute again, because the outcomes of the single pictures are gone. */
export function figuresWithoutOutcomes(evaluation: Evaluation, classes: readonly string[]): Figures {
  return { evaluation, classes: [...classes], outcomes: [], mismatches: [] };
}

/** Where `stored` is not `computed`: `top1 is 0.9, computed 0.8`. Tables left out on their way through Temporal are no difference. */
function differences(stored: Evaluation, computed: Evaluation): string[] {
  const isBrief = stored.perClass.length === 0;
  return (Object.keys(evaluationSchema.shape) as (keyof Evaluation)[])
    .filter((field) => !(isBrief && (field === 'perClass' || field === 'confusion')))
    .flatMap((field) => {
      const [at] = differing(stored[field], computed[field], field);
      return at === undefined ? [] : [at];
    });
}

function differing(stored: unknown, computed: unknown, path: string): string[] {
  if (typeof stored === 'number' && typeof computed === 'number') {
    return Math.abs(stored - computed) <= tolerance * Math.max(1, Math.abs(computed))
      ? []
      : [`${path} is ${stored}, computed ${computed}`];
  }
  if (typeof stored === 'object' && typeof computed === 'object' && stored !== null && computed !== null) {
    const names = new Set([...Object.keys(stored), ...Object.keys(computed)]);
    return [...names].flatMap((name) =>
      differing(
        (stored as Record<string, unknown>)[name],
        (computed as Record<string, unknown>)[name],
        `${path}.${name}`,
      ),
    );
  }
  return stored === computed ? [] : [`${path} is ${String(stored)}, computed ${String(computed)}`];
}
