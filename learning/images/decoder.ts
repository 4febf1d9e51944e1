/** The one way pictures are opened: settings of libvips, colour handling and limits. */
import sharp from 'sharp';
import type { Sharp } from 'sharp';

// Every picture is read once, so caching decoded ones only costs memory. Parallelism comes from decoding several
// pictures at a time; threads within one picture would compete with them.
sharp.cache(false);
sharp.concurrency(1);

export interface DecoderSettings {
  /** Width × height above which decoding is refused. */
  maxPixels: number;
  /**
   * `warning`: refuse at the least irregularity, which is how flipped bits show in a JPEG. `error`: only what cannot be
   * decoded as a whole.
   */
  failOn: 'warning' | 'error';
}

/**
 * A picture as it is meant to be seen: first frame, EXIF orientation applied, alpha flattened on white, 8-bit sRGB.
 *
 * Embedded RGB profiles are not applied: the published weights were trained on pixels read without them (PIL does not),
 * and a picture must reach the network as those did. CMYK, Lab, 16-bit and grey pictures are converted.
 */
export function openPicture(bytes: Uint8Array, { maxPixels, failOn }: DecoderSettings): Sharp {
  return sharp(bytes, { failOn, limitInputPixels: maxPixels, ignoreIcc: true, pages: 1 })
    .autoOrient()
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb');
}
