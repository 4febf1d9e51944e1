/** Brightness, contrast and saturation jitter, as torchvision's ColorJitter. */
import { uniformBetween } from '../random.js';
import { tf, type Tensor2D, type Tensor4D } from '../tensorflow.js';

/** Factors that are applied in this order. */
export interface JitterFactors {
  readonly brightness: number;
  readonly contrast: number;
  readonly saturation: number;
}

/** Weights of red, green and blue in a grey value, as Pillow and torchvision (ITU-R 601). */
const luma = [0.299, 0.587, 0.114];

/** @param strength the largest deviation of a factor from 1 */
export function drawJitter(strength: number, key: number): JitterFactors | null {
  if (strength === 0) return null;
  const factor = (name: keyof JitterFactors) => uniformBetween(1 - strength, 1 + strength, key, name);
  return { brightness: factor('brightness'), contrast: factor('contrast'), saturation: factor('saturation') };
}

/**
 * Brightness, contrast (towards the image's mean grey) and saturation (towards each pixel's grey), within 0…1.
 * @param images [views.length, side, side, 3]
 */
export function jitter(images: Tensor4D, views: readonly JitterFactors[]): Tensor4D {
  const factors = (name: keyof JitterFactors) =>
    tf.tensor4d(
      views.map((view) => view[name]),
      [views.length, 1, 1, 1],
    );
  const grey = (x: Tensor4D): Tensor4D => {
    const weighted = tf.matMul<Tensor2D>(x.reshape([-1, 3]), tf.tensor2d(luma, [3, 1]));
    return weighted.reshape([views.length, x.shape[1], x.shape[2], 1]);
  };
  const blend = (x: Tensor4D, towards: Tensor4D, factor: Tensor4D): Tensor4D =>
    tf.clipByValue(tf.add(towards, tf.mul(tf.sub(x, towards), factor)), 0, 1);
  const bright = tf.clipByValue<Tensor4D>(tf.mul(images, factors('brightness')), 0, 1);
  const contrasted = blend(bright, tf.mean(grey(bright), [1, 2], true), factors('contrast'));
  return blend(contrasted, grey(contrasted), factors('saturation'));
}
