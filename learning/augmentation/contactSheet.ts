/** What the network will see, for a person to look at. */
import sharp from 'sharp';
import type { SheetFormat } from '../../contracts/run/contactSheet.js';
import type { InputSettings } from '../../contracts/spec/plan.js';
import { tf, type Tensor4D } from '../tensorflow.js';
import { applyViews } from './applyViews.js';
import type { ViewParameters } from './viewParameters.js';

/** White pixels between pictures, and around the sheet. */
const gap = 6;

/**
 * @param rows one for each picture: its stored square (uint8 RGB, row-major) and its views, left to right
 * @returns the file's bytes, and the sheet's size in pixels
 */
export async function contactSheet(
  rows: readonly { square: Uint8Array; views: readonly ViewParameters[] }[],
  input: Pick<InputSettings, 'store' | 'crop' | 'mean' | 'std'>,
  format: SheetFormat,
): Promise<{ file: Buffer; width: number; height: number }> {
  const { crop } = input;
  const columns = Math.max(...rows.map(({ views }) => views.length));
  const [width, height] = [columns, rows.length].map((tiles) => tiles * (crop + gap) + gap) as [number, number];
  const sheet = Buffer.alloc(width * height * 3, 255);
  for (const [row, { square, views }] of rows.entries()) {
    for (const [column, view] of views.entries()) {
      const tile = seen(square, view, input);
      const corner = (row * (crop + gap) + gap) * width + column * (crop + gap) + gap;
      for (let y = 0; y < crop; y++)
        sheet.set(tile.subarray(y * crop * 3, (y + 1) * crop * 3), (corner + y * width) * 3);
    }
  }
  const picture = sharp(sheet, { raw: { width, height, channels: 3 } });
  return { file: await picture.toFormat(format).toBuffer(), width, height };
}

/** The network's input for one view, with the normalisation undone. */
function seen(
  square: Uint8Array,
  view: ViewParameters,
  input: Pick<InputSettings, 'store' | 'crop' | 'mean' | 'std'>,
): Uint8Array {
  const bytes = tf.tidy(() => {
    const image = applyViews(square, [view], input);
    const shares = tf.add<Tensor4D>(tf.mul(image, input.std), input.mean);
    return tf.round(tf.mul(tf.clipByValue(shares, 0, 1), 255));
  });
  const values = Uint8Array.from(bytes.dataSync<'float32'>());
  bytes.dispose();
  return values;
}
