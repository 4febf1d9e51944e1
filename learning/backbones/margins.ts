/** Pixels around a map before a window goes over it, in the terms of frameworks that know only SAME and VALID. */
import { kernelSize, pooledSize, symmetricPadding, type Shape } from './shapes.js';
import type { Convolution, Pooling } from './operations.js';

/** Pixels on each side. */
export type Margins = readonly [top: number, bottom: number, left: number, right: number];

/**
 * TensorFlow's padding of a convolution, and what must be put around the map before it; undefined: nothing.
 * At stride 1 and an odd kernel, half the kernel on both sides is exactly SAME.
 */
export function convolutionMargins(o: Convolution): { padding: 'same' | 'valid'; margins: Margins | undefined } {
  if (o.padding === 'same') return { padding: 'same', margins: undefined };
  const [kh, kw] = kernelSize(o.kernel);
  const [ph, pw] = symmetricPadding(o.padding);
  const isSame = (o.stride ?? 1) === 1 && kh === 2 * ph + 1 && kw === 2 * pw + 1;
  if (isSame) return { padding: 'same', margins: undefined };
  return { padding: 'valid', margins: ph === 0 && pw === 0 ? undefined : [ph, ph, pw, pw] };
}

/** Pixels to be put around a map before it is pooled; with `ceil`, enough for the last window. */
export function poolingMargins({ h, w }: Pick<Shape, 'h' | 'w'>, o: Pooling): Margins {
  const before = o.padding ?? 0;
  const after = (size: number): number =>
    o.ceil ? Math.max(0, (pooledSize(size, o) - 1) * o.stride + o.size - size - before) : before;
  return [before, after(h), before, after(w)];
}

/** What TensorFlow's SAME puts around a map: as little as is needed, the odd pixel at the bottom and right. */
export function sameMargins(
  { h, w }: Pick<Shape, 'h' | 'w'>,
  kernel: readonly [height: number, width: number],
  stride: number,
): Margins {
  const along = (size: number, window: number): readonly [number, number] => {
    const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + window - size);
    return [Math.floor(total / 2), Math.ceil(total / 2)];
  };
  return [...along(h, kernel[0]), ...along(w, kernel[1])] as unknown as Margins;
}
