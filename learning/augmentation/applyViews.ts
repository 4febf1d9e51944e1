import type { InputSettings } from '../../contracts/plan.js';
import { tf, type Tensor2D, type Tensor4D } from '../tensorflow.js';
import type { ViewParameters } from './viewParameters.js';

/** Weights of red, green and blue in a grey value, as Pillow and torchvision (ITU-R 601). */
const luma = [0.299, 0.587, 0.114];

/**
 * Network input from stored squares: one view of each image.
 * @param pixels uint8 RGB, row-major [views.length, store, store, 3]
 * @param views how each is cut, flipped and coloured
 * @returns [views.length, crop, crop, 3], (value/255 − mean)/std. The caller disposes of it.
 * @throws RangeError when the number of bytes does not fit
 */
export function applyViews(
  pixels: Uint8Array,
  views: readonly ViewParameters[],
  { store, crop, mean, std }: Pick<InputSettings, 'store' | 'crop' | 'mean' | 'std'>,
): Tensor4D {
  if (pixels.length !== views.length * store * store * 3) {
    throw new RangeError(`${pixels.length} bytes for ${views.length} images of ${store}×${store}`);
  }
  return tf.tidy(() => {
    const stored = tf.tensor4d(pixels, [views.length, store, store, 3], 'int32');
    const squares = tf.div<Tensor4D>(stored.toFloat(), 255);
    const cut = views.every(isCentre) ? centreCrop(squares, store, crop) : cutBoxes(squares, views, store, crop);
    const coloured = views.every(isPlain) ? cut : jitter(cut, views);
    return tf.div<Tensor4D>(tf.sub(coloured, mean), std);
  });
}

function isCentre({ box, flip }: ViewParameters): boolean {
  return box === null && !flip;
}

function isPlain({ brightness, contrast, saturation }: ViewParameters): boolean {
  return brightness === 1 && contrast === 1 && saturation === 1;
}

/** First row and column of a centre crop, rounded as torchvision's CenterCrop does (half to even, as Python). */
function centreOffset(store: number, crop: number): number {
  const half = (store - crop) / 2;
  return Number.isInteger(half) ? half : 2 * Math.round(half / 2);
}

function centreCrop(squares: Tensor4D, store: number, crop: number): Tensor4D {
  const offset = centreOffset(store, crop);
  return tf.slice4d(squares, [0, offset, offset, 0], [-1, crop, crop, 3]);
}

/** Bilinear; a mirrored box (left and right exchanged) is a flip at no further cost. */
function cutBoxes(squares: Tensor4D, views: readonly ViewParameters[], store: number, crop: number): Tensor4D {
  const boxes = tf.tensor2d(
    views.flatMap((view) => corners(view, store, crop)),
    [views.length, 4],
  );
  const indices = tf.range(0, views.length, 1, 'int32');
  return tf.image.cropAndResize(squares, boxes, indices, [crop, crop], 'bilinear');
}

/** [top, left, bottom, right] where 0 and 1 are the centres of the first and last pixel, as cropAndResize counts. */
function corners({ box, flip }: ViewParameters, store: number, crop: number): [number, number, number, number] {
  const offset = centreOffset(store, crop);
  const edges = box
    ? // Sample at the centres of `crop` equal cells of the box, not at its outer edges.
      [box.top, box.left, box.bottom, box.right].map((edge, index) => {
        const extent = index % 2 === 0 ? box.bottom - box.top : box.right - box.left;
        const inset = (extent * store) / crop / 2;
        return edge * store - 0.5 + (index < 2 ? inset : -inset);
      })
    : [offset, offset, offset + crop - 1, offset + crop - 1];
  const [top, left, bottom, right] = edges.map((edge) => Math.min(1, Math.max(0, edge / (store - 1)))) as [
    number,
    number,
    number,
    number,
  ];
  return flip ? [top, right, bottom, left] : [top, left, bottom, right];
}

/** Brightness, contrast (towards the image's mean grey) and saturation (towards each pixel's grey), within 0…1. */
function jitter(images: Tensor4D, views: readonly ViewParameters[]): Tensor4D {
  const factors = (name: 'brightness' | 'contrast' | 'saturation') =>
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
