/**
 * How a picture becomes the square of pixels that the network sees. Fields that came after the first release are
 * optional.
 */
import { z } from 'zod';

const side = z.number().int().positive().max(4096);

export const preprocessSchema = z.strictObject({
  /**
   * Short side after resizing, in pixels. With `fit: pad` or `squash`: side of the square that the whole picture
   * becomes. Default: the backbone's own. Where `fit` is set to `pad` or `squash`: equal to `crop`, so that nothing is
   * cut off.
   */
  resize: side,
  /** Side of the square that the network sees, in pixels. Default: the backbone's own. */
  crop: side,
  /** Interpolation for resizing. Default: the backbone's own. */
  interpolation: z.enum(['bilinear', 'bicubic']),
  /**
   * How a picture becomes a square. `crop`: its centre is cut out. `pad`: the whole picture gets a border in the
   * network's mean colour. `squash`: the whole picture is resized without regard to its proportions. Default: the
   * backbone's own, else `crop`.
   */
  fit: z.enum(['crop', 'pad', 'squash']),
  /**
   * Range of values in PNG and TIFF pictures with more than 8 bits a channel. `format`: black and white are as the
   * format says. `auto`: each picture's values decide, for 12 bits stored in 16, or floats of 0 to 1. Default: the
   * backbone's own, else `format`.
   */
  range: z.enum(['format', 'auto']),
});
