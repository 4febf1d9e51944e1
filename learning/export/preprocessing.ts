import type { InputSettings } from '../../contracts/plan.js';

export interface Preprocessing {
  format: 1;
  /** Transparent pictures lie on white; of moving ones the first frame; turned as their EXIF says. */
  colour: 'RGB';
  /** The longer side is cut to whole pixels; shrinking looks at every pixel, as Pillow and torchvision do. */
  resize: { shortSide: number; interpolation: InputSettings['interpolation']; antialias: true };
  crop: { size: number; position: 'centre' };
  /** Pixel values are multiplied by it, then the mean is subtracted and the difference divided by the deviation. */
  scale: number;
  mean: readonly number[];
  std: readonly number[];
  /** Order of the axes of the model's input: batch, channels, height, width, or channels last. */
  layout: 'NCHW' | 'NHWC';
}

/** How a picture becomes the exported model's input: what training, evaluation and `predict` do. */
export function preprocessing(
  { resize, crop, interpolation, mean, std }: InputSettings,
  layout: Preprocessing['layout'],
): Preprocessing {
  return {
    format: 1,
    colour: 'RGB',
    resize: { shortSide: resize, interpolation, antialias: true },
    crop: { size: crop, position: 'centre' },
    scale: 1 / 255,
    mean,
    std,
    layout,
  };
}
