/** Where pictures lie among the others, by their pooled features: how far from their class, and which are near. */
import { setImmediate } from 'node:timers/promises';
import { tf, type Tensor2D } from '../tensorflow.js';
import type { LabelledFeatures } from '../training/index.js';
import { membershipsOf } from './memberships.js';

/** Pictures in one product. */
const atOnce = 1024;

export interface Surroundings {
  /**
   * For each membership the squared distance of the picture's features, scaled to length 1, to the mean of the other pictures of the class: 0
   * to 4, as `unlikeness`. NaN where it is the only one.
   */
  distances: Float64Array;
  /** For each wanted picture the nearest others, nearest first, without those that belong together with it. */
  nearest: number[][];
}

export interface SurroundingsOptions {
  classes: number;
  /** Pictures whose neighbours are sought. */
  wanted: readonly number[];
  /** Neighbours of each. */
  neighbours: number;
  /** For each picture, the first one of what belongs together. */
  together: ArrayLike<number>;
  signal: AbortSignal;
}

/** Goes through the features twice, some of them at a time. @throws GW_PREEMPTED when the signal is aborted */
export async function surroundings(
  pictures: LabelledFeatures,
  { classes, wanted, neighbours, together, signal }: SurroundingsOptions,
): Promise<Surroundings> {
  const { pictures: members, classes: classOf } = membershipsOf(pictures);
  const dimensions = pictures.features.shape.reduce((product, edge) => product * edge, 1);
  const sums = Array.from({ length: classes }, () => new Float64Array(dimensions));
  const counts = new Uint32Array(classes);
  const sought = new Float32Array(wanted.length * dimensions);
  const placeOf = new Map(wanted.map((index, place) => [index, place]));
  let next = 0;
  for await (const { start, rows } of unitRows(pictures, signal)) {
    for (let at = 0; at * dimensions < rows.length; at += 1) {
      const row = rows.subarray(at * dimensions, (at + 1) * dimensions);
      for (; members[next] === start + at; next += 1) {
        const label = classOf[next] as number;
        const sum = sums[label] as Float64Array;
        counts[label]! += 1;
        for (let k = 0; k < dimensions; k += 1) sum[k]! += row[k]!;
      }
      const place = placeOf.get(start + at);
      if (place !== undefined) sought.set(row, place * dimensions);
    }
  }
  const distances = new Float64Array(members.length);
  next = 0;
  const nearest = wanted.map((index) => new Nearest(neighbours, (other) => together[other] !== together[index]));
  for await (const { start, rows } of unitRows(pictures, signal)) {
    const count = rows.length / dimensions;
    for (let at = 0; at < count; at += 1) {
      const row = rows.subarray(at * dimensions, (at + 1) * dimensions);
      for (; members[next] === start + at; next += 1) {
        const label = classOf[next] as number;
        distances[next] = distanceToOthers(row, sums[label] as Float64Array, counts[label] as number);
      }
    }
    if (wanted.length === 0) continue;
    const similarities = tf.tidy(() => {
      const [ours, theirs] = [tf.tensor2d(sought, [wanted.length, dimensions]), tf.tensor2d(rows, [count, dimensions])];
      return tf.matMul<Tensor2D>(ours, theirs, false, true).dataSync<'float32'>();
    });
    for (const [place, found] of nearest.entries()) {
      for (let at = 0; at < count; at += 1) found.offer(start + at, similarities[place * count + at] as number);
    }
  }
  return { distances, nearest: nearest.map((found) => found.indices()) };
}

/** View 0 of every picture, scaled to length 1. */
async function* unitRows(
  { features }: LabelledFeatures,
  signal: AbortSignal,
): AsyncGenerator<{ start: number; rows: Float32Array }> {
  for (let start = 0; start < features.count; start += atOnce) {
    const indices = Array.from({ length: Math.min(atOnce, features.count - start) }, (_, at) => start + at);
    const batch = await features.batch(indices, new Uint8Array(indices.length));
    const rows = batch.dataSync<'float32'>().slice();
    batch.dispose();
    const dimensions = rows.length / indices.length;
    for (let at = 0; at < indices.length; at += 1) {
      const row = rows.subarray(at * dimensions, (at + 1) * dimensions);
      let squares = 0;
      for (let k = 0; k < dimensions; k += 1) squares += row[k]! * row[k]!;
      const scale = squares === 0 ? 0 : 1 / Math.sqrt(squares);
      for (let k = 0; k < dimensions; k += 1) row[k]! *= scale;
    }
    yield { start, rows };
    await setImmediate();
    signal.throwIfAborted();
  }
}

function distanceToOthers(row: Float32Array, sum: Float64Array, count: number): number {
  let distance = 0;
  for (let k = 0; k < row.length; k += 1) distance += (row[k]! - (sum[k]! - row[k]!) / (count - 1)) ** 2;
  return distance;
}

/** The most similar of those that were offered. */
class Nearest {
  private readonly found: { index: number; similarity: number }[] = [];

  constructor(
    private readonly most: number,
    private readonly counts: (index: number) => boolean,
  ) {}

  offer(index: number, similarity: number): void {
    const last = this.found[this.most - 1];
    if ((last !== undefined && last.similarity >= similarity) || !this.counts(index)) return;
    const at = this.found.findIndex((one) => one.similarity < similarity);
    this.found.splice(at === -1 ? this.found.length : at, 0, { index, similarity });
    this.found.length = Math.min(this.found.length, this.most);
  }

  indices(): number[] {
    return this.found.map(({ index }) => index);
  }
}
