import type { StageScores } from '../../contracts/models/ranking.js';
import type { LabelledFeatures } from './features.js';
import { gramOf } from './gram.js';
import { linearAccuracy } from './linearAccuracy.js';
import { logme } from './logme.js';
import { nearestNeighbourAccuracy } from './nearestNeighbours.js';

export type FeatureScores = Pick<StageScores, 'dimensions' | 'logme' | 'gain' | 'knn' | 'linear'>;

/**
 * What LogME, nearest neighbours and a linear classifier say of some features. Some seconds for 1,000 pictures of 1,000
 * dimensions, however many classes these are of; minutes for 20,000, but never without a pause for long.
 *
 * @param pause awaited every now and then, so that signs of life can be sent
 */
export async function scoreFeatures(sample: LabelledFeatures, pause: () => Promise<void>): Promise<FeatureScores> {
  const features = { ...sample, labels: consecutive(sample.labels) };
  const gram = await gramOf(features, pause);
  const evidence = await logme(features, gram);
  await pause();
  return {
    dimensions: features.dimensions,
    logme: evidence,
    gain: evidence - silentEvidence(features.labels),
    knn: await nearestNeighbourAccuracy(features, { pause }),
    linear: await linearAccuracy(features, gram, pause),
  };
}

/** The same classes, numbered without gaps: of very many classes a sample has some. */
function consecutive(labels: ArrayLike<number>): Int32Array {
  const present = [...new Set(Array.from(labels))].sort((a, b) => a - b);
  const numbers = new Map(present.map((label, index) => [label, index]));
  return Int32Array.from(labels, (label) => numbers.get(label)!);
}

/**
 * LogME of features that are zero throughout. LogME depends on how many classes there are and how large they are; its
 * distance from this does so much less, so that scores on one data set say something about another.
 */
export function silentEvidence(labels: ArrayLike<number>): number {
  const n = labels.length;
  const members = new Map<number, number>();
  for (let i = 0; i < n; i++) members.set(labels[i]!, (members.get(labels[i]!) ?? 0) + 1);
  const classes = Math.max(...members.keys()) + 1;
  let sum = 0;
  // For a class of m images the noise has variance m/n. A class without images is not distinguished from anything.
  for (const m of members.values()) sum += (Math.log(n / (2 * Math.PI * m)) - 1) / 2;
  return sum / classes;
}
