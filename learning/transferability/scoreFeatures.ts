import { labelsOf } from '../../contracts/data/labelSets.js';
import type { StageScores } from '../../contracts/models/ranking.js';
import { membersOf, type LabelledFeatures, type Labels } from './features.js';
import { gramOf } from './gram.js';
import { linearAccuracy } from './linearAccuracy.js';
import { logme } from './logme.js';
import { nearestNeighbourAccuracy } from './nearestNeighbours.js';

export type FeatureScores = Pick<StageScores, 'dimensions' | 'measure' | 'logme' | 'gain' | 'knn' | 'linear'>;

/**
 * What LogME, nearest neighbours and a linear classifier say of some features. Some seconds for 1,000 pictures of 1,000
 * dimensions, however many classes these are of; minutes for 20,000, but never without a pause for long.
 *
 * @param pause awaited every now and then, so that signs of life can be sent
 */
export async function scoreFeatures(sample: LabelledFeatures, pause: () => Promise<void>): Promise<FeatureScores> {
  const features = { ...sample, ...consecutive(sample) };
  const gram = await gramOf(features, pause);
  const evidence = await logme(features, gram);
  await pause();
  return {
    dimensions: features.dimensions,
    ...(features.sets === undefined ? {} : { measure: 'mAP' as const }),
    logme: evidence,
    gain: evidence - silentEvidence(features),
    knn: await nearestNeighbourAccuracy(features, { pause }),
    linear: await linearAccuracy(features, gram, pause),
  };
}

/** The same classes, numbered without gaps: of very many classes a sample has some. */
function consecutive({ labels, sets }: Labels): Labels {
  const own = Array.from(labels);
  const present = [...new Set(own.flatMap((label) => labelsOf(label, sets)))].sort((a, b) => a - b);
  const numbers = new Map(present.map((label, index) => [label, index]));
  if (sets === undefined) return { labels: own.map((label) => numbers.get(label)!) };
  // Sets that no picture of the sample has may hold classes that none has.
  return { labels, sets: sets.map((set) => set.flatMap((label) => numbers.get(label) ?? [])) };
}

/**
 * LogME of features that are zero throughout. LogME depends on how many classes there are and how large they are; its
 * distance from this does so much less, so that scores on one data set say something about another.
 */
export function silentEvidence(labels: Labels): number {
  const n = labels.labels.length;
  const members = membersOf(labels).map((own) => own.length);
  // For a class of m images the noise has variance m/n. A class without images is not distinguished from anything.
  const each = members.map((m) => (m === 0 ? 0 : (Math.log(n / (2 * Math.PI * m)) - 1) / 2));
  return each.reduce((sum, value) => sum + value, 0) / members.length;
}
