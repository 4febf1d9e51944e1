/**
 * The gradient of a convolution's filter, as matrix products: for each place in the filter, what lies under it at every position,
 * transposed, times the gradient of the output (Chellapilla et al. 2006, one place at a time).
 *
 * oneDNN's own kernel for it keeps up with a forward pass on large maps, and falls behind on small ones: three times at 7×7 in bfloat16.
 */
import { sameMargins } from '../margins.js';
import { nativeOperation, tf, type Rank, type Tensor, type Tensor4D } from '../../tensorflow.js';

/** Positions of the output up to which it pays for filters of more than one place. */
const mostPositions = 64;

type FilterShape = readonly [height: number, width: number, inputs: number, outputs: number];

export interface FilterGeometry {
  filter: FilterShape;
  stride: number;
  padding: 'SAME' | 'VALID';
}

/** Whether products are at least as fast as TensorFlow's kernel, on a CPU. @param dy gradient of the output */
export function isFasterAsProducts({ shape: [, height = 0, width = 0] }: Tensor4D, geometry: FilterGeometry): boolean {
  const isPlain = geometry.filter[0] === 1 && geometry.filter[1] === 1 && geometry.stride === 1;
  return isPlain || height * width <= mostPositions;
}

/**
 * @param x input, [batch, height, width, in]
 * @param dy gradient of the output, [batch, height′, width′, out]
 * @returns HWIO
 */
export function denseFilterGradient(x: Tensor4D, dy: Tensor4D, { filter, stride, padding }: FilterGeometry): Tensor4D {
  const [height, width, inputs, outputs] = filter;
  const rows = dy.size / outputs;
  return tf.tidy(() => {
    const phases = splitIntoPhases(padding === 'SAME' ? padded(x, filter, stride) : x, stride);
    const gradients = tf.reshape(dy, [rows, outputs]);
    const places: Tensor[] = [];
    for (let row = 0; row < height; row += 1) {
      for (let column = 0; column < width; column += 1) {
        const under = tf.reshape(phases(row, column, dy.shape), [rows, inputs]);
        places.push(nativeOperation('MatMul', [under, gradients], { transpose_a: true, transpose_b: false }));
      }
    }
    return tf.reshape<Rank.R4>(tf.concat(places, 0), [...filter]);
  });
}

function padded(x: Tensor4D, [height, width]: FilterShape, stride: number): Tensor4D {
  const [, h, w] = x.shape;
  const [top, bottom, left, right] = sameMargins({ h, w }, [height, width], stride);
  const isNothing = top + bottom + left + right === 0;
  return isNothing ? x : tf.pad4d(x, [[0, 0], [top, bottom], [left, right], [0, 0]]); // oxfmt-ignore
}

/** What lies under a place of the filter at each position of the output, [batch, height′, width′, in]. */
type Phases = (row: number, column: number, [batch, height, width]: Tensor4D['shape']) => Tensor;

/** At a stride the pixels of each residue lie together, so that what is under a place is a block of memory's rows. */
function splitIntoPhases(x: Tensor4D, stride: number): Phases {
  const [batch, height, width, channels] = x.shape;
  if (stride === 1) {
    return (row, column, [, h, w]) =>
      h === height && w === width ? x : tf.slice4d(x, [0, row, column, 0], [batch, h, w, channels]);
  }
  const [rows, columns] = [Math.ceil(height / stride), Math.ceil(width / stride)];
  const whole = tf.pad4d(x, [
    [0, 0],
    [0, rows * stride - height],
    [0, columns * stride - width],
    [0, 0],
  ]);
  const phases = tf.transpose(tf.reshape(whole, [batch, rows, stride, columns, stride, channels]), [2, 4, 0, 1, 3, 5]);
  return (row, column, [, h, w]) =>
    tf.slice(
      phases,
      [row % stride, column % stride, 0, Math.trunc(row / stride), Math.trunc(column / stride), 0],
      [1, 1, batch, h, w, channels],
    );
}
