/** Shapes of activations: what a convolution or a pooling makes of them. */
import type { Convolution, Pooling } from './operations.js';

/** Height, width and channels of one example's activation. */
export interface Shape {
  h: number;
  w: number;
  c: number;
}

export function kernelSize(kernel: Convolution['kernel']): readonly [number, number] {
  return typeof kernel === 'number' ? [kernel, kernel] : kernel;
}

/** Pixels on each side, for symmetric padding. */
export function symmetricPadding(padding: Exclude<Convolution['padding'], 'same'>): readonly [number, number] {
  if (padding === undefined) return [0, 0];
  return typeof padding === 'number' ? [padding, padding] : padding;
}

/** Shape of one example after a convolution. */
export function convolvedShape(x: Shape, o: Convolution): Shape {
  const stride = o.stride ?? 1;
  if (o.padding === 'same') return { h: Math.ceil(x.h / stride), w: Math.ceil(x.w / stride), c: o.out };
  const [kh, kw] = kernelSize(o.kernel);
  const [ph, pw] = symmetricPadding(o.padding);
  return {
    h: Math.floor((x.h + 2 * ph - kh) / stride) + 1,
    w: Math.floor((x.w + 2 * pw - kw) / stride) + 1,
    c: o.out,
  };
}

/** Output size of a pooling window along one axis; with `ceil`, a window must still begin inside the input. */
export function pooledSize(size: number, o: Pooling): number {
  const padding = o.padding ?? 0;
  const span = size + 2 * padding - o.size;
  if (!o.ceil) return Math.floor(span / o.stride) + 1;
  const rounded = Math.ceil(span / o.stride) + 1;
  return (rounded - 1) * o.stride >= size + padding ? rounded - 1 : rounded;
}
