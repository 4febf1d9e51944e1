/** Random erasing (Zhong et al. 2020), with torchvision's area and ratio. */
import { uniform, uniformBetween } from '../random.js';
import { tf, type Tensor4D } from '../tensorflow.js';

/** A rectangle within the picture, as shares of its sides. */
export interface ErasedShare {
  top: number;
  left: number;
  bottom: number;
  right: number;
}

const area = [0.02, 0.33] as const;
const ratio = [0.3, 3.3] as const;

/** @param share of the views that lose a rectangle */
export function drawErased(share: number, key: number): ErasedShare | null {
  if (share === 0 || uniform(key, 'erase') >= share) return null;
  for (let attempt = 0; attempt < 10; attempt++) {
    const size = uniformBetween(...area, key, 'erased area', attempt);
    const aspect = Math.exp(uniformBetween(Math.log(ratio[0]), Math.log(ratio[1]), key, 'erased ratio', attempt));
    const [height, width] = [Math.sqrt(size * aspect), Math.sqrt(size / aspect)];
    if (height < 1 && width < 1) {
      const top = uniformBetween(0, 1 - height, key, 'erased top', attempt);
      const left = uniformBetween(0, 1 - width, key, 'erased left', attempt);
      return { top, left, bottom: top + height, right: left + width };
    }
  }
  return null;
}

/**
 * Zero where a rectangle is erased. On normalised input zero is the mean colour of the network's own training, so the
 * hole is as uninformative as it can be (torchvision's `value=0`).
 * @param images [erased.length, side, side, 3]
 */
export function erase(images: Tensor4D, erased: readonly (ErasedShare | null)[]): Tensor4D {
  const [, side] = images.shape;
  const kept = new Float32Array(erased.length * side * side).fill(1);
  for (const [index, rectangle] of erased.entries()) {
    if (rectangle === null) continue;
    const [top, left, bottom, right] = [rectangle.top, rectangle.left, rectangle.bottom, rectangle.right].map((edge) =>
      Math.round(edge * side),
    ) as [number, number, number, number];
    for (let y = top; y < bottom; y++)
      kept.fill(0, (index * side + y) * side + left, (index * side + y) * side + right);
  }
  return tf.mul(images, tf.tensor4d(kept, [erased.length, side, side, 1]));
}
