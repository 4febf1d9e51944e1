import type { LabelledFeatures } from './features.js';

/**
 * Leave-one-out accuracy of a k-nearest-neighbour classifier: how well each image's class is told by the images most
 * like it, without any training. Cosine similarity; the majority of the neighbours decides, a tie goes to the class with the
 * larger sum of similarities, then to the lower class.
 * @param k neighbours. @default 5
 * @returns share of images classified rightly, 0 to 1
 */
export function nearestNeighbourAccuracy({ features, dimensions, labels }: LabelledFeatures, k = 5): number {
  const count = labels.length;
  const unit = normalised(features, count, dimensions);
  const neighbours = Array.from({ length: count }, (): Neighbour[] => []);
  // Each pair once. Every image still meets the others in their order, on which ties depend.
  for (let i = 0; i < count; i++) {
    const own = unit.subarray(i * dimensions, (i + 1) * dimensions);
    for (let j = i + 1; j < count; j++) {
      const other = unit.subarray(j * dimensions, (j + 1) * dimensions);
      let similarity = 0;
      for (let d = 0; d < dimensions; d++) similarity += own[d]! * other[d]!;
      insert(neighbours[i]!, { similarity, label: labels[j]! }, k);
      insert(neighbours[j]!, { similarity, label: labels[i]! }, k);
    }
  }
  const right = neighbours.filter((nearest, i) => vote(nearest) === labels[i]).length;
  return count === 0 ? 0 : right / count;
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
