/** The mistakes a model is surest of. */
import type { TestOutcome } from '../../../contracts/data/evaluation.js';

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

/** The surest first; of equals the one whose path comes first. Pure. */
export function surestMistakes(
  outcomes: readonly TestOutcome[],
  classes: readonly string[],
  most = mostMistakes,
): Mistake[] {
  return outcomes
    .filter(({ label, predicted }) => label !== predicted)
    .map(({ path, label, predicted, confidence, probability }) => ({
      path,
      label: classes[label] ?? String(label),
      predicted: classes[predicted] ?? String(predicted),
      ...{ confidence, probability },
    }))
    .sort((a, b) => b.confidence - a.confidence || (a.path < b.path ? -1 : 1))
    .slice(0, most);
}
