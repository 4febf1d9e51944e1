/** What a task looks like to a fixed network: mean and spread of each class's features, and how alike two tasks are. */
import type { TaskEmbedding } from '../../contracts/models/ranking.js';
import { randomBits } from '../random.js';
import { membersOf, type LabelledFeatures } from './features.js';

/** The network all tasks are looked at with, by its published weights, at its own input settings. */
export const probe = 'efficientnet_lite0';

/** Numbers a class: enough to keep distances within some 15 % (Johnson & Lindenstrauss 1984), few enough for a small record. */
const size = 32;
/** Classes kept; of more, evenly spaced ones. */
const mostClasses = 64;

type ClassEmbedding = TaskEmbedding['classes'][number];

/** @param features pooled features of the probe for a sample of the training pictures */
export function taskEmbedding({ features, dimensions, ...labels }: LabelledFeatures): TaskEmbedding {
  const rows = projected(features, labels.labels.length, dimensions);
  const classes = membersOf(labels).filter((own) => own.length > 0);
  const step = Math.max(1, classes.length / mostClasses);
  const kept = Array.from({ length: Math.min(classes.length, mostClasses) }, (_, i) => classes[Math.floor(i * step)]!);
  return { format: 1, classes: kept.map((own) => describe(rows, own)) };
}

function describe(rows: Float64Array, members: readonly number[]): ClassEmbedding {
  const mean: number[] = [];
  const variance: number[] = [];
  for (let k = 0; k < size; k++) {
    const values = members.map((i) => rows[i * size + k]!);
    const centre = values.reduce((sum, value) => sum + value, 0) / values.length;
    const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
    mean.push(rounded(centre));
    variance.push(rounded(squares / Math.max(1, values.length - 1)));
  }
  return { mean, variance };
}

/** Five digits: more than the projection leaves, and a third of the text. */
const rounded = (value: number): number => Number(value.toPrecision(5));

/** Unit length, as nearest neighbours compare them, then a random projection by signs (Achlioptas 2003). */
function projected(features: LabelledFeatures['features'], count: number, dimensions: number): Float64Array {
  const signs = Int8Array.from({ length: dimensions * size }, (_, i) =>
    (randomBits('projection', Math.floor(i / size), i % size) & 1) === 0 ? 1 : -1,
  );
  const rows = new Float64Array(count * size);
  for (let i = 0; i < count; i++) {
    let squares = 0;
    for (let d = 0; d < dimensions; d++) {
      const value = features[i * dimensions + d]!;
      squares += value * value;
      if (value === 0) continue;
      for (let k = 0; k < size; k++) rows[i * size + k]! += value * signs[d * size + k]!;
    }
    const scale = squares > 0 ? 1 / Math.sqrt(squares * size) : 0;
    for (let k = 0; k < size; k++) rows[i * size + k]! *= scale;
  }
  return rows;
}

/**
 * How alike two tasks are: 1 for the same classes, towards 0 the further the classes of one are from the nearest of the
 * other, in units of the spread within the classes; the mean of both directions.
 */
export function similarity(a: TaskEmbedding, b: TaskEmbedding): number {
  if (a.classes.length === 0 || b.classes.length === 0) return 0;
  return 1 / (1 + (nearestDistance(a, b) + nearestDistance(b, a)) / 2);
}

function nearestDistance(from: TaskEmbedding, to: TaskEmbedding): number {
  const nearest = from.classes.map((one) => Math.min(...to.classes.map((other) => distance(one, other))));
  return nearest.reduce((sum, value) => sum + value, 0) / nearest.length;
}

/** Squared distance of the means by the spread of both classes (Fisher's criterion). */
function distance(a: ClassEmbedding, b: ClassEmbedding): number {
  const squares = a.mean.reduce((sum, value, k) => sum + (value - (b.mean[k] ?? 0)) ** 2, 0);
  const spread = [...a.variance, ...b.variance].reduce((sum, value) => sum + value, 0);
  return squares / Math.max(spread, 1e-6);
}
