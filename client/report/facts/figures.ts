/** Every figure a report shows, computed from the outcome of each test picture, and held against what was stored. Pure. */
import {
  evaluationSchema,
  type Evaluation,
  type FullOutcome,
  type TestOutcome,
} from '../../../contracts/data/evaluation.js';
import { confusionCells } from '../../../learning/metrics/confusion.js';
import { answerOf, evaluate } from '../../../learning/metrics/evaluate.js';
import type { EvaluationWithOutcomes } from '../../../storage/registry/evaluations.js';

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
  { evaluation: stored, outcomes: noted, fitted }: Pick<EvaluationWithOutcomes, 'evaluation' | 'outcomes' | 'fitted'>,
  classes: readonly string[],
  others: Readonly<Record<string, Evaluation | null>> = {},
): Figures {
  const outcomes = noted.map(outcomeOf);
  if (outcomes.length < stored.count) return { evaluation: stored, classes: [...classes], outcomes, mismatches: [] };
  const evaluation = evaluate(outcomes, classes, Object.keys(stored.topK).map(Number), fitted);
  const wrong = outcomes.filter((outcome, index) => !isSound(outcome, noted[index]?.predicted));
  const mismatches = [
    ...wrong.slice(0, 3).map(({ path }) => `outcome of ${path}: the stored class is not the most likely one`),
    ...Object.entries({ 'the stored evaluation': stored, ...others }).flatMap(([where, known]) =>
      known === null ? [] : differences(known, evaluation).map((difference) => `${where}: ${difference}`),
    ),
  ];
  return { evaluation, classes: [...classes], outcomes, mismatches };
}

function outcomeOf(noted: TestOutcome | FullOutcome): TestOutcome {
  return 'probabilities' in noted ? { path: noted.path, ...answerOf(noted.probabilities, noted.label) } : noted;
}

/** Whether what is noted of a picture fits together: the class noted is the likeliest one. */
function isSound({ label, predicted, rank, probability, confidence, scores }: TestOutcome, noted = predicted): boolean {
  if (scores !== undefined) return scores[predicted] === confidence && confidence >= probability;
  return predicted === noted && (rank === 0) === (label === predicted) && confidence >= probability;
}

/** Figures nobody can compute again, because the outcomes of the single pictures are gone. */
export function figuresWithoutOutcomes(evaluation: Evaluation, classes: readonly string[]): Figures {
  return { evaluation, classes: [...classes], outcomes: [], mismatches: [] };
}

/** Where `stored` is not `computed`: `top1 is 0.9, computed 0.8`. Tables left out where there are many classes are no difference. */
function differences(stored: Evaluation, computed: Evaluation): string[] {
  const [told, found] = [withCells(stored), withCells(computed)];
  const isLeftOut = (field: keyof Evaluation): boolean =>
    (field === 'perClass' || field === 'confusion') && told[field].length === 0;
  return (Object.keys(evaluationSchema.shape) as (keyof Evaluation)[])
    .filter((field) => !isLeftOut(field))
    .flatMap((field) => {
      const [at] = differing(told[field], found[field], field);
      return at === undefined ? [] : [at];
    });
}

/** The confusion as its cells, whichever way the evaluation has it. */
function withCells({ confusionCells: cells, ...evaluation }: Evaluation): Evaluation {
  return {
    ...evaluation,
    confusion: confusionCells({
      confusion: evaluation.confusion,
      ...(cells === undefined ? {} : { confusionCells: cells }),
    }),
  };
}

function differing(stored: unknown, computed: unknown, path: string): string[] {
  if (typeof stored === 'number' && typeof computed === 'number') {
    return Math.abs(stored - computed) <= tolerance * Math.max(1, Math.abs(computed))
      ? []
      : [`${path} is stored as ${stored}, but computed as ${computed}`];
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
  return stored === computed ? [] : [`${path} is stored as ${String(stored)}, but computed as ${String(computed)}`];
}
