/** One training of a head on cached features, and what it makes of each validation picture. */
import type { ScoredPicture } from '../metrics/multiLabel/averages.js';
import { temperatureOf } from '../metrics/multiLabel/fitLabels.js';
import { argMax } from '../metrics/ranking.js';
import { bestTemperature, lossesAt } from '../metrics/trust/temperature.js';
import type { LabelledFeatures } from '../training/index.js';
import { unlessDiverged, type Outcomes } from '../training/judging/pairedComparison.js';
import { trainPlainHead, type PlainHeadTraining } from '../training/heads/plainHead.js';
import { logitsOf, type Product } from './headLogits.js';
import { labelOutcomes, scoredPictures } from './labelOutcomes.js';

/** Logits by which a head's temperature is found: 16 MB. Of more, those of evenly spaced pictures say as much. */
const mostLogits = 4 * 1024 * 1024;
/** The same of several labels a picture, each of which is a question of its own. */
const mostDecisions = 200_000;

export interface HeadTraining extends PlainHeadTraining {
  validation: LabelledFeatures;
}

/**
 * @returns what it makes of the validation pictures, with the losses at the head's best temperature; undefined for a head whose
 * training diverged
 * @throws GW_PREEMPTED when the signal is aborted
 */
export async function headOutcome(training: HeadTraining): Promise<Outcomes | undefined> {
  const { classes, validation } = training;
  const head = await trainPlainHead(training);
  if (head === undefined) return undefined;
  const product = { validation, classes, ...head };
  if (validation.sets !== undefined) return labelsOutcome(product);
  const sample = evenlySpaced(validation.labels.length, Math.ceil(mostLogits / classes));
  const sampled: Float32Array[] = [];
  for await (const { logits } of logitsOf(product, sample)) sampled.push(logits);
  const labelsOf = (indices: readonly number[]): number[] => indices.map((index) => validation.labels[index] as number);
  const temperature = bestTemperature({ logits: joined(sampled), labels: labelsOf(sample) });
  const found = { correct: [] as boolean[], losses: [] as number[] };
  for await (const { logits, indices } of logitsOf(product, evenlySpaced(validation.labels.length, Infinity))) {
    const labels = labelsOf(indices);
    found.losses.push(...lossesAt(logits, labels, temperature));
    for (const [row, label] of labels.entries()) {
      found.correct.push(argMax(logits.subarray(row * classes, (row + 1) * classes)) === label);
    }
  }
  return unlessDiverged(found);
}

async function labelsOutcome(product: Product): Promise<Outcomes | undefined> {
  const { validation, classes } = product;
  const pictures: ScoredPicture[] = [];
  for await (const { indices, logits } of logitsOf(product, evenlySpaced(validation.labels.length, Infinity))) {
    if (!logits.every(Number.isFinite)) return undefined;
    const labels = indices.map((index) => validation.labels[index] as number);
    pictures.push(...scoredPictures(logits, labels, validation.sets));
  }
  const sample = evenlySpaced(pictures.length, Math.ceil(mostDecisions / classes));
  return labelOutcomes(pictures, temperatureOf(sample.map((index) => pictures[index] as ScoredPicture)));
}

/** At most so many of `count` indices, rising and evenly spaced. */
function evenlySpaced(count: number, most: number): number[] {
  const length = Math.min(count, most);
  return Array.from({ length }, (_, index) => Math.floor((index * count) / length));
}

function joined(pieces: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
