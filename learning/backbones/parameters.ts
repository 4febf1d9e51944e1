/**
 * Parameters in their two forms: arrays in torch order (what files hold and what "frozen bytes" means) and
 * tensors in TensorFlow's order (what convolutions need). Conversion happens only here.
 */
import { GraftworkError } from '../../contracts/errors.js';
import { tf, type Tensor } from '../tensorflow.js';
import type { ParameterSpec } from './declaration.js';

export interface NamedArray {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Parameters in torch order, by torch name. */
export type NamedArrays = ReadonlyMap<string, NamedArray>;

/**
 * Parameters as tensors in TensorFlow's order, by torch name: HWIO, depthwise HWC1, linear [in, out], or HWIO where it flattens a
 * map.
 */
export type NamedTensors = Readonly<Record<string, Tensor>>;

/** One of them. @throws GW_WEIGHTS_MISMATCH when it is missing */
export function namedTensor(parameters: NamedTensors, name: string): Tensor {
  const tensor = parameters[name];
  if (!tensor) throw new GraftworkError('GW_WEIGHTS_MISMATCH', `The parameter '${name}' is missing.`);
  return tensor;
}

interface Layout {
  /** Torch's array, viewed with this shape, … */
  view: readonly number[];
  /** … and its axes taken in this order, is what TensorFlow wants. */
  order: readonly number[];
}

function layout(spec: ParameterSpec): Layout | undefined {
  switch (spec.kind) {
    case 'conv.weight':
      return { view: spec.shape, order: [2, 3, 1, 0] };
    case 'depthwise.weight':
      return { view: spec.shape, order: [2, 3, 0, 1] };
    case 'linear.weight': {
      if (spec.flattens === undefined) return { view: spec.shape.slice(0, 2), order: [1, 0] };
      // Torch flattens channels first. As a convolution over the whole map, no activation has to be transposed.
      const [h, w, c] = spec.flattens;
      return { view: [spec.shape[0] ?? 0, c, h, w], order: [2, 3, 1, 0] };
    }
    default:
      return undefined;
  }
}

/** One array as a tensor in TensorFlow's order. The caller disposes of it. */
export function toTensor(spec: ParameterSpec, array: NamedArray): Tensor {
  const target = layout(spec);
  if (!target) return tf.tensor(array.data, [...spec.shape], 'float32');
  return tf.tidy(() => tf.tensor(array.data, [...target.view], 'float32').transpose([...target.order]));
}

/** The named parameters as tensors. The caller disposes of them. @throws GW_WEIGHTS_MISMATCH if one is missing */
export function toTensors(specs: readonly ParameterSpec[], arrays: NamedArrays): Record<string, Tensor> {
  return Object.fromEntries(
    specs.map((spec) => {
      const array = arrays.get(spec.name);
      if (!array) throw new GraftworkError('GW_WEIGHTS_MISMATCH', `The parameter '${spec.name}' is missing.`);
      return [spec.name, toTensor(spec, array)];
    }),
  );
}

/** One tensor back in torch order; exact, so an unchanged parameter comes back with the same bytes. */
export async function toArray(spec: ParameterSpec, tensor: Tensor): Promise<NamedArray> {
  const target = layout(spec);
  if (!target) return { shape: spec.shape, data: (await tensor.data()) as Float32Array };
  const inverse = target.order.map((_, axis) => target.order.indexOf(axis));
  const transposed = tf.transpose(tensor, inverse);
  try {
    return { shape: spec.shape, data: (await transposed.data()) as Float32Array };
  } finally {
    transposed.dispose();
  }
}

/** The named tensors as arrays in torch order. */
export async function toArrays(specs: readonly ParameterSpec[], tensors: NamedTensors): Promise<NamedArrays> {
  const arrays = new Map<string, NamedArray>();
  for (const spec of specs) {
    const tensor = tensors[spec.name];
    if (!tensor) throw new GraftworkError('GW_WEIGHTS_MISMATCH', `The parameter '${spec.name}' is missing.`);
    arrays.set(spec.name, await toArray(spec, tensor));
  }
  return arrays;
}
