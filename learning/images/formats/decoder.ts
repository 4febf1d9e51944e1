/** The one way pictures are opened: settings of libvips, colour handling and limits. */
import sharp from 'sharp';
import type { Sharp } from 'sharp';
import { bitmapSize, decodeBitmap } from './bitmap.js';
import type { Size } from '../cropGeometry.js';
import { isBitmap } from './imageFormat.js';
import type { Raster } from '../resample.js';
import { spread, unusualRange, whiteBehind, type UnusualRange } from './valueRange.js';

// Every picture is read once, so caching decoded ones only costs memory. Parallelism comes from decoding several
// pictures at a time; threads within one picture would compete with them.
sharp.cache(false);
sharp.concurrency(1);

/** Whether libvips has the decoder that pictures of phones need: sharp's own build has none, for its patents. */
export const readsHeic = sharp.format.heif.input.fileSuffix?.includes('.heic') === true;

export interface DecoderSettings {
  /** Width × height above which decoding is refused. */
  maxPixels: number;
  /**
   * `warning`: refuse at the least irregularity, which is how flipped bits show in a JPEG. `error`: only what cannot be
   * decoded as a whole.
   */
  failOn: 'warning' | 'error';
  /** Values that are read as black and white; left out: as the file's format says. */
  range?: UnusualRange | undefined;
}

/** What a picture's header says: its size as shown, EXIF orientation applied. */
export interface PictureFacts extends Size {
  /** As sharp names it: AVIF is `heif` there. */
  format: string;
  /** Frames of an animation, or pages; only the first is read. */
  frames: number;
}

/** Reads the header only. @throws what the decoder finds wrong with it */
export async function pictureFacts(bytes: Uint8Array, settings: DecoderSettings): Promise<PictureFacts> {
  if (isBitmap(bytes)) return { ...bitmapSize(bytes), format: 'bmp', frames: 1 };
  const { autoOrient, format, pages = 1 } = await source(bytes, settings).metadata();
  return { width: autoOrient.width, height: autoOrient.height, format, frames: pages };
}

/** Whether a picture that has alpha is transparent anywhere. Decodes it. @throws what the decoder finds wrong with it */
export async function isTransparent(bytes: Uint8Array, settings: DecoderSettings): Promise<boolean> {
  if (isJpeg(bytes)) return false;
  const { hasAlpha } = await source(bytes, settings).metadata();
  if (!hasAlpha) return false;
  const opacity = await source(bytes, settings).extractChannel('alpha').raw().toBuffer();
  return opacity.some((value) => value < 255);
}

/** The range of values that a picture has, where it is not that of its format. @throws what the decoder finds wrong with it */
export async function unusualRangeOf(bytes: Uint8Array, settings: DecoderSettings): Promise<UnusualRange | undefined> {
  return isBitmap(bytes) || isJpeg(bytes) ? undefined : unusualRange(source(bytes, settings));
}

/**
 * A picture as it is meant to be seen: first frame, EXIF orientation applied, alpha flattened on white, 8-bit sRGB.
 *
 * Embedded RGB profiles are not applied: the published weights were trained on pixels read without them (PIL does not),
 * and a picture must reach the network as those did. CMYK, Lab, 16-bit and grey pictures are converted.
 */
export function openPicture(bytes: Uint8Array, settings: DecoderSettings): Sharp {
  const { range } = settings;
  const background = range === undefined ? '#ffffff' : whiteBehind(range);
  const picture = source(bytes, settings).autoOrient().flatten({ background }).toColourspace('srgb');
  return range === undefined ? picture : spread(picture, range);
}

/** Pixels that are decoded already, as {@link openPicture} gives them. */
export function openRaster({ width, height, channels, pixels }: Raster): Sharp {
  return sharp(pixels, { raw: { width, height, channels } });
}

/** Has 8 bits a channel and no alpha: reading its header once more for that takes a tenth of the time of decoding it. */
export function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;
}

function source(bytes: Uint8Array, { maxPixels, failOn }: DecoderSettings): Sharp {
  if (isBitmap(bytes)) {
    const { pixels, ...raw } = decodeBitmap(bytes);
    return sharp(pixels, { raw, limitInputPixels: maxPixels });
  }
  return sharp(bytes, { failOn, limitInputPixels: maxPixels, ignoreIcc: true, pages: 1 });
}
