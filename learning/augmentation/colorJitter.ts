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
 * Brightness, contrast (towards the image's mean grey) and saturation (towards each pixel's grey), within 0…255. Nothing
 * depends on what else is in the batch, to the bit.
 * @param images [views.length, side, side, 3], values 0…255
 */
export function jitter(images: Tensor4D, views: readonly JitterFactors[]): Tensor4D {
  const factors = (name: keyof JitterFactors): Tensor4D =>
    tf.tensor4d(
      views.map((view) => view[name]),
      [views.length, 1, 1, 1],
    );
  // Neither values nor factors are below zero.
  const bright = tf.minimum<Tensor4D>(tf.mul(images, factors('brightness')), 255);
  const contrasted = blend(bright, meanGrey(bright), factors('contrast'));
  return blend(contrasted, grey(contrasted), factors('saturation'));
}

/** From `towards` to the images; a product and a sum over all pixels, where (x − y)·f + y would take three passes. */
function blend(images: Tensor4D, towards: Tensor4D, factor: Tensor4D): Tensor4D {
  const blended = tf.add<Tensor4D>(tf.mul(images, factor), tf.mul(towards, tf.sub(1, factor)));
  return tf.maximum(tf.minimum(blended, 255), 0);
}

/** [images, height, width, 1] */
function grey(images: Tensor4D): Tensor4D {
  const [count, height, width] = images.shape;
  const weighted = tf.matMul<Tensor2D>(images.reshape([-1, 3]), tf.tensor2d(luma, [3, 1]));
  return weighted.reshape([count, height, width, 1]);
}

/** [images, 1, 1, 1]. The mean of greys is the grey of means: first over columns, then over what is left. */
function meanGrey(images: Tensor4D): Tensor4D {
  const [count, height, width] = images.shape;
  const rows = tf.mean<Tensor2D>(images.reshape([count, height, width * 3]), 1);
  const colours = tf.mean<Tensor2D>(rows.reshape([count, width, 3]), 1);
  return tf.sum(tf.mul(colours, luma), 1).reshape([count, 1, 1, 1]);
}
