/** Where tokens lie in their map, as arithmetic on arrays. */
import { tapsAt } from '../resampling.js';

/**
 * The matrix that resamples a row of values as `torch.nn.functional.interpolate` does with bicubic, antialiased, which is PIL's way.
 * @returns [to, from], row-major, in float64
 */
export function resampling(from: number, to: number): Float64Array {
  const matrix = new Float64Array(to * from);
  for (let row = 0; row < to; row++) {
    const { low, weights } = tapsAt(from, to, row, 'bicubic');
    matrix.set(weights, row * from + low);
  }
  return matrix;
}

/**
 * Learned positions for a map of another size.
 * @param values [leading + grid², channels], row-major
 * @param edge of the map they are wanted for, tokens
 * @returns [leading + edge², channels]
 */
export function resampledPositions(
  values: Float32Array,
  { grid, leading }: { grid: number; leading: number },
  edge: number,
): Float32Array {
  if (edge === grid) return values;
  const channels = values.length / (leading + grid * grid);
  const matrix = resampling(grid, edge);
  const map = values.subarray(leading * channels);
  // Columns, then rows: each is a product with the matrix.
  const across = product(matrix, edge, map, grid, channels);
  const result = new Float32Array((leading + edge * edge) * channels);
  result.set(values.subarray(0, leading * channels));
  result.set(product(matrix, edge, across, 1, edge * channels), leading * channels);
  return result;
}

/** [to, from] times each of `count` [from, width]: `count` of [to, width]. */
function product(
  matrix: Float64Array,
  to: number,
  values: ArrayLike<number>,
  count: number,
  width: number,
): Float64Array {
  const from = matrix.length / to;
  const result = new Float64Array(count * to * width);
  for (let block = 0; block < count; block++) {
    for (let row = 0; row < to; row++) {
      for (let tap = 0; tap < from; tap++) {
        const weight = matrix[row * from + tap]!;
        if (weight === 0) continue;
        const [start, at] = [(block * from + tap) * width, (block * to + row) * width];
        for (let i = 0; i < width; i++) result[at + i]! += weight * values[start + i]!;
      }
    }
  }
  return result;
}

/**
 * Edge of the square map that a sequence holds behind its leading tokens.
 * @throws RangeError when the rest is no square
 */
export function gridOf(tokens: number, leading: number): number {
  const edge = Math.round(Math.sqrt(tokens - leading));
  if (edge * edge !== tokens - leading) throw new RangeError(`${tokens - leading} tokens are no square map`);
  return edge;
}

/**
 * Rotary positions: what each token's channels are multiplied by, and what its other half of the channels is multiplied by and
 * added, the sign included. A channel of the first half turns with the one at the same place in the second.
 * @param grid edge of the square map, tokens
 * @param channels of one head, divisible by four
 * @param leading tokens before the map's, which stay as they are
 * @returns [leading + grid², channels] each, row-major
 */
export function rotation(
  grid: number,
  channels: number,
  leading: number,
  temperature: number,
): { cosine: Float32Array; sine: Float32Array } {
  const [quarter, half] = [channels / 4, channels / 2];
  const length = (leading + grid * grid) * channels;
  const cosine = new Float32Array(length).fill(1);
  const sine = new Float32Array(length);
  const place = (index: number): number => (2 * (index + 0.5)) / grid - 1;
  for (let token = 0; token < grid * grid; token++) {
    const places = [place(Math.floor(token / grid)), place(token % grid)];
    for (let channel = 0; channel < half; channel++) {
      const period = temperature ** ((channel % quarter) / quarter);
      const angle = (2 * Math.PI * places[Math.floor(channel / quarter)]!) / period;
      const at = (leading + token) * channels + channel;
      cosine[at] = cosine[at + half] = Math.cos(angle);
      sine[at] = -Math.sin(angle);
      sine[at + half] = Math.sin(angle);
    }
  }
  return { cosine, sine };
}
