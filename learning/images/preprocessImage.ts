/** A picture's bytes to the square of pixels from which the network's input is cut. */
import { GraftworkError } from '../../contracts/errors.js';
import type { InputSettings } from '../../contracts/spec/plan.js';
import type { Sharp } from 'sharp';
import type { ByteBudget } from './memory/byteBudget.js';
import { paddedPlace, resizedSize, storedOffset, type Size } from './cropGeometry.js';
import { openPicture, openRaster, pictureFacts, unusualRangeOf } from './formats/decoder.js';
import { decoderFault, faultText } from './formats/decoderFault.js';
import { jpegFacts } from './formats/jpegFacts.js';
import { mostReduction, reducedWindow } from './kernels/reducedWindow.js';
import { decodingBytes, pictureMemory, type PictureMemory } from './memory/pictureMemory.js';
import { resample, type Raster, type ResampleTarget } from './resample.js';
import { takenFormats } from './formats/imageFormat.js';

type Window = NonNullable<ResampleTarget['window']>;

/**
 * Short side after resizing (side of the square, where the whole picture becomes one), stored side (≤ resize), side of the crop
 * to be cut from it later, all in pixels; how the picture becomes a square, and how its values are read.
 */
export type PixelSettings = Pick<
  InputSettings,
  'resize' | 'store' | 'crop' | 'interpolation' | 'fit' | 'fill' | 'range'
>;

/**
 * Orientation, first frame, 8-bit sRGB on white, `Resize(resize)` antialiased, centre square of `store`: within 1/255
 * mean absolute difference of torchvision (0.5 at most on 12-megapixel photos; enlarged pictures agree to the bit). With
 * `fit: pad` it is what timm's mode `border` makes, with `squash` what its mode `squash` makes.
 *
 * It is decoded when there is memory for it.
 *
 * @param name of the picture, for the message
 * @returns store×store×3 bytes, row-major RGB
 * @throws GraftworkError GW_IMAGE_UNREADABLE
 */
export async function preprocessImage(
  bytes: Uint8Array,
  settings: PixelSettings,
  name = 'the picture',
  { decoding }: Pick<PictureMemory, 'decoding'> = pictureMemory(),
): Promise<Uint8Array> {
  try {
    return await resizeAndCrop(bytes, settings, decoding);
  } catch (thrown) {
    throw new GraftworkError('GW_IMAGE_UNREADABLE', `Could not decode ${name}: ${faultText(decoderFault(thrown))}.`, {
      remedy: `Give an intact ${takenFormats} file.`,
      cause: thrown,
    });
  }
}

/**
 * The same of a JPEG's pixels, as {@link openPicture} gives them: the same bytes.
 * @returns undefined where the file itself has to be decoded, because libvips would decode it at a smaller size
 */
export async function squareOf(picture: Raster, settings: PixelSettings): Promise<Uint8Array | undefined> {
  const { width, height } = targetSize(picture, settings);
  // From there on sharp has a JPEG decoded at half its size.
  if (Math.max(picture.width / width, picture.height / height) >= mostReduction) return undefined;
  return square(picture, picture, settings);
}

function targetSize(source: Size, settings: PixelSettings): Size {
  switch (settings.fit) {
    case undefined:
      return resizedSize(source, settings.resize);
    case 'squash':
      return { width: settings.resize, height: settings.resize };
    case 'pad':
      return paddedPlace(source, settings);
  }
}

async function resizeAndCrop(bytes: Uint8Array, settings: PixelSettings, decoding: ByteBudget): Promise<Uint8Array> {
  // Limits were applied when the picture was inspected, with the person's own settings.
  const limits = { maxPixels: Number.MAX_SAFE_INTEGER, failOn: 'error' } as const;
  const source = jpegFacts(bytes) ?? (await pictureFacts(bytes, limits));
  return decoding.with(decodingBytes(source, source.format), async () => {
    const range = settings.range === 'auto' ? await unusualRangeOf(bytes, limits) : undefined;
    return square(openPicture(bytes, { ...limits, range }), source, settings);
  });
}

/** @param picture decoded already, or to be decoded */
function square(picture: Sharp | Raster, source: Size, settings: PixelSettings): Promise<Uint8Array> {
  switch (settings.fit) {
    case undefined:
      return cutSquare(picture, source, settings);
    case 'squash': {
      const side = targetSize(source, settings);
      return resized(picture, source, side, storedWindow(side, settings), settings.interpolation);
    }
    case 'pad':
      return paddedSquare(picture, source, settings);
  }
}

function cutSquare(picture: Sharp | Raster, source: Size, settings: PixelSettings): Promise<Uint8Array> {
  const target = targetSize(source, settings);
  return resized(picture, source, target, storedWindow(target, settings), settings.interpolation);
}

function storedWindow({ width, height }: Size, { store, crop }: PixelSettings): Window {
  return {
    left: storedOffset(width, store, crop),
    top: storedOffset(height, store, crop),
    width: store,
    height: store,
  };
}

async function paddedSquare(picture: Sharp | Raster, source: Size, settings: PixelSettings): Promise<Uint8Array> {
  const { width, height, left, top } = paddedPlace(source, settings);
  const whole = { left: 0, top: 0, width, height };
  const pixels = await resized(picture, source, { width, height }, whole, settings.interpolation);
  const { store, fill = [0, 0, 0] } = settings;
  const canvas = Buffer.alloc(store * store * 3, Uint8Array.from(fill));
  for (let row = 0; row < height; row += 1) {
    canvas.set(pixels.subarray(row * width * 3, (row + 1) * width * 3), ((top + row) * store + left) * 3);
  }
  return canvas;
}

/** A window of the picture at another size. */
async function resized(
  picture: Sharp | Raster,
  source: Size,
  target: Size,
  window: Window,
  interpolation: PixelSettings['interpolation'],
): Promise<Uint8Array> {
  if (source.width > target.width && source.height > target.height) {
    const kernel = interpolation === 'bilinear' ? 'linear' : 'cubic';
    const quickly = 'pixels' in picture ? reducedWindow(picture, { ...target, window }, kernel) : undefined;
    if (quickly !== undefined) return quickly;
    return ('pixels' in picture ? openRaster(picture) : picture)
      .resize(target.width, target.height, {
        fit: 'fill',
        kernel,
        // Shrinking while decoding saves a tenth of the time and costs 1.5/255 of accuracy on large photos.
        fastShrinkOnLoad: false,
      })
      .extract(window)
      .raw()
      .toBuffer();
  }
  const pixels = 'pixels' in picture ? picture.pixels : await picture.raw().toBuffer();
  return resample(
    { width: source.width, height: source.height, channels: 3, pixels },
    { ...target, window },
    interpolation,
  );
}
