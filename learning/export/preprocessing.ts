import type { InputSettings } from '../../contracts/spec/plan.js';
import type { Size } from '../images/cropGeometry.js';

export interface Preprocessing {
  format: 1;
  /** Transparent pictures lie on white; of moving ones the first frame; turned as their EXIF says. */
  colour: 'RGB';
  /**
   * Pictures of more than 8 bits a channel; left out: black and white are as their format says. `auto`: white is the least of 1
   * (floats only), 255, 1023, 4095, 16383 and 65535 that no value is above.
   */
  range?: 'auto';
  /**
   * To a shorter side, the longer one cut to whole pixels; to a longer side, the shorter one rounded; or to both sides. Shrinking
   * looks at every pixel, as Pillow and torchvision do.
   */
  resize: ({ shortSide: number } | { longSide: number } | { width: number; height: number }) & {
    interpolation: InputSettings['interpolation'];
    antialias: true;
  };
  crop: { size: number; position: 'centre' };
  /** Sides that are shorter than this after the crop get a border of this colour, half of it before them. */
  pad?: { size: number; fill: readonly number[] };
  /** Pixel values are multiplied by it, then the mean is subtracted and the difference divided by the deviation. */
  scale: number;
  mean: readonly number[];
  std: readonly number[];
  /** Order of the axes of the model's input: batch, channels, height, width, or channels last. */
  layout: 'NCHW' | 'NHWC';
}

/** How a picture becomes the exported model's input: what training, evaluation and `predict` do. */
export function preprocessing(input: InputSettings, layout: Preprocessing['layout']): Preprocessing {
  const { crop, interpolation, mean, std, fill, range } = input;
  return {
    format: 1,
    colour: 'RGB',
    ...(range === undefined ? {} : { range }),
    resize: { ...resizing(input), interpolation, antialias: true },
    crop: { size: crop, position: 'centre' },
    ...(fill === undefined ? {} : { pad: { size: crop, fill } }),
    scale: 1 / 255,
    mean,
    std,
    layout,
  };
}

function resizing({ resize, fit }: InputSettings): { shortSide: number } | { longSide: number } | Size {
  switch (fit) {
    case undefined:
      return { shortSide: resize };
    case 'pad':
      return { longSide: resize };
    case 'squash':
      return { width: resize, height: resize };
  }
}
