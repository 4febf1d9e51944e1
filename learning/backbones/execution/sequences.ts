/** What sequences are made of, on tensors [batch, 1, tokens, channels], differentiable. */
import { tf, type Rank, type Tensor, type Tensor4D } from '../../tensorflow.js';
import type { Positions, Rotation, TokenRange } from '../operations.js';
import { gridOf, resampling, rotation } from '../positions.js';

/** The batch stays open, so that one graph serves any number of examples. */
export function tokensOf(x: Tensor4D): Tensor4D {
  const [, height, width, channels] = x.shape;
  return tf.reshape(x, [-1, 1, height * width, channels]);
}

export function someTokens(x: Tensor4D, { from, to = x.shape[2] }: TokenRange): Tensor4D {
  const sizes = [from, to - from, x.shape[2] - to].filter((size) => size > 0);
  return sizes.length === 1 ? x.clone() : (tf.split(x, sizes, 2)[from > 0 ? 1 : 0] as Tensor4D);
}

/** @param tokens [1, count, channels] */
export function prepended(x: Tensor4D, tokens: Tensor): Tensor4D {
  const count = tokens.shape[1] as number;
  const behind = x.shape[2];
  // Sums of padded sequences: what is learned has no batch to be concatenated along.
  return tf.add(padded(x, count, 0), padded(asRow(tokens), 0, behind));
}

/** [1, tokens, channels] as [1, 1, tokens, channels]. */
export function asRow(tokens: Tensor): Tensor4D {
  const [, count, channels] = tokens.shape as [number, number, number];
  return tf.reshape(tokens, [1, 1, count, channels]);
}

function padded(x: Tensor4D, before: number, after: number): Tensor4D {
  return tf.pad4d(x, [
    [0, 0],
    [0, 0],
    [before, after],
    [0, 0],
  ]);
}

/** @param positions [1, leading + grid², channels] */
export function withPositions(x: Tensor4D, positions: Tensor, { grid, leading }: Omit<Positions, 'name'>): Tensor4D {
  const edge = gridOf(x.shape[2], leading);
  return tf.add(x, asRow(edge === grid ? positions : resampled(positions, leading, grid, edge)));
}

function resampled(positions: Tensor, leading: number, from: number, to: number): Tensor {
  const channels = positions.shape[2] as number;
  const matrix = tf.tensor2d(Float32Array.from(resampling(from, to)), [to, from]);
  const map = tf.slice(positions, [0, leading, 0], [1, from * from, channels]);
  // Rows, then columns: each is a product of two matrices, which is float32 even where those of attention are not.
  const rows = tf.matMul(matrix, tf.reshape<Rank.R2>(map, [from, from * channels]));
  const turned = tf.transpose(rows.reshape([to, from, channels]), [1, 0, 2]);
  const columns = tf.matMul(matrix, tf.reshape<Rank.R2>(turned, [from, to * channels]));
  const placed = tf.transpose(columns.reshape([to, to, channels]), [1, 0, 2]).reshape([1, to * to, channels]);
  return leading > 0 ? tf.concat([tf.slice(positions, [0, 0, 0], [1, leading, channels]), placed], 1) : placed;
}

/** [batch, 1, tokens, parts·heads·channels] to `parts` of [batch, heads, tokens, channels]. */
export function headsOf(x: Tensor4D, { parts, heads }: { parts: number; heads: number }): Tensor4D[] {
  const [, , tokens, channels] = x.shape;
  // TensorFlow.js has no gradient of a stack of one.
  if (parts === 1) return [tf.transpose(tf.reshape(x, [-1, tokens, heads, channels / heads]), [0, 2, 1, 3])];
  const split = tf.reshape(x, [-1, tokens, parts, heads, channels / (parts * heads)]);
  return tf.unstack(tf.transpose(split, [2, 0, 3, 1, 4])) as Tensor4D[];
}

/** @param x [batch, heads, tokens, channels] */
export function rotated(x: Tensor4D, { leading, temperature }: Rotation): Tensor4D {
  const [, , tokens, channels] = x.shape;
  const { cosine, sine } = rotation(gridOf(tokens, leading), channels, leading, temperature);
  const [first, second] = tf.split(x, 2, 3) as [Tensor4D, Tensor4D];
  const table = (values: Float32Array): Tensor => tf.tensor2d(values, [tokens, channels]);
  return tf.add(tf.mul(x, table(cosine)), tf.mul(tf.concat([second, first], 3), table(sine)));
}
