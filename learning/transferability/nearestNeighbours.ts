import { labelsOf, type LabelSets } from '../../contracts/data/labelSets.js';
import { meanAveragePrecision, type ScoredPicture } from '../metrics/multiLabel/averages.js';
import { tf } from '../tensorflow.js';
import { membersOf, type LabelledFeatures } from './features.js';

/** Similarities at once: 16 MB. */
const similaritiesAtOnce = 4 * 1024 * 1024;

/**
 * Leave-one-out accuracy of a k-nearest-neighbour classifier: how well each image's class is predicted by the images most
 * like it, without any training. Cosine similarity; the majority of the neighbours decides, a tie goes to the class with the
 * larger sum of similarities, then to the lower class. Of images that are equally like it the first ones count.
 * Of several labels an image each label is scored by the sum of the similarities of the neighbours that have it.
 * @param k neighbours. @default 5
 * @param pause awaited every now and then
 * @returns share of images classified rightly, 0 to 1; of several labels an image the mean average precision
 */
export async function nearestNeighbourAccuracy(
  { features, dimensions, labels, sets }: LabelledFeatures,
  { k = 5, pause = () => Promise.resolve() }: { k?: number; pause?: () => Promise<void> } = {},
): Promise<number> {
  const count = labels.length;
  if (count === 0) return 0;
  const unit = tf.tensor2d(Float32Array.from(normalised(features, count, dimensions)), [count, dimensions]);
  const rows = Math.max(1, Math.floor(similaritiesAtOnce / count));
  const classes = sets === undefined ? 0 : membersOf({ labels, sets }).length;
  const scored: ScoredPicture[] = [];
  let right = 0;
  try {
    for (let start = 0; start < count; start += rows) {
      const some = Math.min(rows, count - start);
      const product = tf.tidy(() => tf.matMul(unit.slice([start, 0], [some, dimensions]), unit, false, true));
      const similarities = product.dataSync<'float32'>();
      product.dispose();
      for (let row = 0; row < some; row++) {
        const own = similarities.subarray(row * count, (row + 1) * count);
        const label = labels[start + row]!;
        const found = nearest(own, start + row, labels, k);
        if (sets === undefined) right += Number(vote(found) === label);
        else scored.push({ scores: labelScores(found, classes, sets), truth: labelsOf(label, sets) });
      }
      await pause();
    }
  } finally {
    unit.dispose();
  }
  return sets === undefined ? right / count : meanAveragePrecision(scored, classes);
}

/** Of each label, from the neighbours that have it. */
function labelScores(neighbours: readonly Neighbour[], classes: number, sets: LabelSets): Float64Array {
  const scores = new Float64Array(classes);
  for (const { similarity, label } of neighbours) for (const own of labelsOf(label, sets)) scores[own]! += similarity;
  return scores;
}

/** The k images that are most like image `self`, by its similarities to all. */
function nearest(similarities: Float32Array, self: number, labels: ArrayLike<number>, k: number): Neighbour[] {
  const found: Neighbour[] = [];
  for (let other = 0; other < similarities.length; other++) {
    if (other !== self) insert(found, { similarity: similarities[other]!, label: labels[other]! }, k);
  }
  return found;
}

function normalised(features: LabelledFeatures['features'], count: number, dimensions: number): Float64Array {
  const unit = Float64Array.from(features);
  for (let i = 0; i < count; i++) {
    const row = unit.subarray(i * dimensions, (i + 1) * dimensions);
    const norm = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
    if (norm > 0) for (let d = 0; d < dimensions; d++) row[d]! /= norm;
  }
  return unit;
}

interface Neighbour {
  similarity: number;
  label: number;
}

/** Keep the k most similar, most similar first. */
function insert(neighbours: Neighbour[], candidate: Neighbour, k: number): void {
  const last = neighbours.at(-1);
  if (neighbours.length === k && last && candidate.similarity <= last.similarity) return;
  const at = neighbours.findIndex(({ similarity }) => similarity < candidate.similarity);
  neighbours.splice(at < 0 ? neighbours.length : at, 0, candidate);
  if (neighbours.length > k) neighbours.pop();
}

function vote(neighbours: readonly Neighbour[]): number | undefined {
  const tallies = new Map<number, { votes: number; similarity: number }>();
  for (const { label, similarity } of neighbours) {
    const tally = tallies.get(label) ?? { votes: 0, similarity: 0 };
    tallies.set(label, { votes: tally.votes + 1, similarity: tally.similarity + similarity });
  }
  const [winner] = [...tallies].sort(
    ([labelA, a], [labelB, b]) => b.votes - a.votes || b.similarity - a.similarity || labelA - labelB,
  );
  return winner?.[0];
}
