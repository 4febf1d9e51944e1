/** How a picture becomes the square of pixels that the network sees. What came after the first release may be left out. */
import { z } from 'zod';

const side = z.number().int().positive().max(4096);

export const preprocessSchema = z.strictObject({
  /**
   * Short side after resizing, in pixels. With `fit: pad` or `squash`: side of the square that the whole picture becomes; left
   * out: that of the crop, so that nothing is cut off.
   */
  resize: side,
  /** Side of the square the network sees, in pixels. */
  crop: side,
  /** How pictures are resized. */
  interpolation: z.enum(['bilinear', 'bicubic']),
  /**
   * How a picture becomes a square. `crop` (when left out): its centre is cut out; `pad`: the whole picture, with a border in the
   * network's mean colour; `squash`: the whole picture, its sides no longer in proportion.
   */
  fit: z.enum(['crop', 'pad', 'squash']),
  /**
   * Values of PNG and TIFF pictures with more than 8 bits a channel. `format` (when left out): black and white are as the format
   * says; `auto`: as the values of each picture say, for 12 bits stored in 16, or floats of 0 to 1.
   */
  range: z.enum(['format', 'auto']),
});
