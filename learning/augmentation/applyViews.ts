import type { InputSettings } from '../../contracts/spec/plan.js';
import { floatsOfBytes, tf, type Rank, type Tensor1D, type Tensor4D } from '../tensorflow.js';
import { centreOffset } from './centreOffset.js';
import { drawnPixels, isDrawnByPixel } from './drawnPixels.js';
import type { ViewCut } from './viewCut.js';
import { changeColours, changeInput, effectsOn } from './viewEffects.js';
import type { ViewParameters } from './viewParameters.js';

/**
 * Network input from stored squares: one view of each image.
 * @param pixels uint8 RGB, row-major [views.length, store, store, 3]
 * @param views how each is cut out and changed
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
  const imageBytes = store * store * 3;
  return tf.tidy(() => {
    const parts = runsAlike(views).map(([from, to]) => {
      const squares = pixels.subarray(from * imageBytes, to * imageBytes);
      const alike = views.slice(from, to);
      return normalise(changeColours(cutOut(squares, alike, store, crop), alike), mean, std);
    });
    const [only] = parts;
    return changeInput(only !== undefined && parts.length === 1 ? only : tf.concat4d(parts, 0), views);
  });
}

/** (value/255 − mean)/std as one product and one sum. @param images [batch, side, side, 3], values 0…255 */
function normalise(images: Tensor4D, mean: InputSettings['mean'], std: InputSettings['std']): Tensor4D {
  const side = images.shape[2];
  // A row's worth of constants: TensorFlow takes several times as long to repeat three of them for each pixel.
  const along = (of: (channel: number) => number): Tensor1D =>
    tf.tensor1d(Float32Array.from({ length: side * 3 }, (_, index) => of(index % 3)));
  const scaled = tf.mul(
    images.reshape([-1, side * 3]),
    along((channel) => 1 / (255 * std[channel]!)),
  );
  return tf
    .add(
      scaled,
      along((channel) => -mean[channel]! / std[channel]!),
    )
    .reshape(images.shape);
}

/**
 * Runs of consecutive views that go the same way, as [from, to). Which way a view goes depends on nothing but itself, so
 * its bytes do not depend on what else is in the batch.
 */
function runsAlike(views: readonly ViewParameters[]): [from: number, to: number][] {
  const way = (view: ViewParameters): string =>
    [isDrawnByPixel(view), isCentre(view), ...effectsOn('colours', view)].join(' ');
  const starts = views.flatMap((view, index) => {
    const before = views[index - 1];
    return before === undefined || way(before) !== way(view) ? [index] : [];
  });
  return starts.map((start, index) => [start, starts[index + 1] ?? views.length]);
}

/** The part of each square that its view shows, values 0…255. All views go the same way. */
function cutOut(squares: Uint8Array, views: readonly ViewParameters[], store: number, crop: number): Tensor4D {
  const shown = { images: views.length, side: crop };
  if (views.every(isDrawnByPixel)) {
    const bytes = new Uint8Array(views.length * crop * crop * 3);
    for (const [index, view] of views.entries()) {
      const square = squares.subarray(index * store * store * 3, (index + 1) * store * store * 3);
      bytes.set(drawnPixels(square, view, store, crop), index * crop * crop * 3);
    }
    return floats(bytes, shown);
  }
  if (views.every(isCentre)) return floats(centreCrops(squares, { images: views.length, side: store }, crop), shown);
  return cutBoxes(floats(squares, { images: views.length, side: store }), views, store, crop);
}

/** Some square images. */
interface Squares {
  images: number;
  /** In pixels. */
  side: number;
}

function floats(bytes: Uint8Array, { images, side }: Squares): Tensor4D {
  return floatsOfBytes<Rank.R4>(bytes, [images, side, side, 3]);
}

function isCentre({ box, flip, flipVertically }: ViewCut): boolean {
  return box === null && !flip && !flipVertically;
}

function centreCrops(bytes: Uint8Array, { images, side }: Squares, crop: number): Uint8Array {
  if (side === crop) return bytes;
  const offset = centreOffset(side, crop);
  const crops = new Uint8Array(images * crop * crop * 3);
  for (let row = 0; row < images * crop; row++) {
    const [image, y] = [Math.floor(row / crop), row % crop];
    const from = ((image * side + offset + y) * side + offset) * 3;
    crops.set(bytes.subarray(from, from + crop * 3), row * crop * 3);
  }
  return crops;
}

/** Bilinear; a mirrored box (edges exchanged) is a flip at no further cost. */
function cutBoxes(squares: Tensor4D, views: readonly ViewCut[], store: number, crop: number): Tensor4D {
  const boxes = tf.tensor2d(
    views.flatMap((view) => corners(view, store, crop)),
    [views.length, 4],
  );
  const indices = tf.range(0, views.length, 1, 'int32');
  return tf.image.cropAndResize(squares, boxes, indices, [crop, crop], 'bilinear');
}

/** [top, left, bottom, right] where 0 and 1 are the centres of the first and last pixel, as cropAndResize counts. */
function corners(
  { box, flip, flipVertically }: ViewCut,
  store: number,
  crop: number,
): [number, number, number, number] {
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
  const [first, last] = flipVertically ? [bottom, top] : [top, bottom];
  return flip ? [first, right, last, left] : [first, left, last, right];
}
