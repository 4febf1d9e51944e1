/** The mistakes a model is surest of. */
import type { TestOutcome } from '../../../contracts/data/evaluation.js';
import { isMistake } from '../../../learning/metrics/evaluate.js';

/** Pictures shown: as many as one looks at. */
const mostMistakes = 24;

export interface Mistake {
  path: string;
  /** Class names. */
  label: string;
  predicted: string;
  /** Given to the wrong class, and to the right one. */
  confidence: number;
  probability: number;
}

/** Labels in words. @param classes names of all */
export function labelNames(labels: readonly number[], classes: readonly string[]): string {
  return labels.length === 0 ? 'no label' : labels.map((label) => classes[label] ?? String(label)).join(', ');
}

/** The surest first; of equals the one whose path comes first. Pure. */
export function surestMistakes(
  outcomes: readonly TestOutcome[],
  classes: readonly string[],
  most = mostMistakes,
): Mistake[] {
  return outcomes
    .filter(isMistake)
    .map(({ path, label, truth, predicted, confidence, probability }) => ({
      path,
      label: truth === undefined ? (classes[label] ?? String(label)) : labelNames(truth, classes),
      predicted: classes[predicted] ?? String(predicted),
      ...{ confidence, probability },
    }))
    .sort((a, b) => b.confidence - a.confidence || (a.path < b.path ? -1 : 1))
    .slice(0, most);
}
