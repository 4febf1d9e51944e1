/** Very many small pictures of very many classes, straight into a bucket: each class has a colour, each picture its noise. */
import pMap from 'p-map';
import sharp from 'sharp';
import type { ObjectStore } from '../storage/objectStore.js';

/** Pixels: what is looked at is how many pictures there are. */
const side = 16;

/** Pictures of each class, by the folder of their split. */
export type PicturesOfEach = Partial<Record<'train' | 'val' | 'test', number>>;

/** @param onPut called with how many are there */
export async function putSyntheticPictures(
  store: ObjectStore,
  prefix: string,
  classes: number,
  each: PicturesOfEach,
  onPut: (done: number) => void = () => undefined,
): Promise<void> {
  let done = 0;
  await pMap(
    picturesOf(classes, each),
    async ({ path, label, number }) => {
      await store.put(`${prefix}/${path}`, await picture(label, number));
      onPut(++done);
    },
    { concurrency: 24 },
  );
}

function* picturesOf(
  classes: number,
  each: PicturesOfEach,
): Generator<{ path: string; label: number; number: number }> {
  let number = 0;
  for (const [split, count] of Object.entries(each)) {
    for (let label = 0; label < classes; label++) {
      for (let index = 0; index < count; index++) {
        number += 1;
        yield { path: `${split}/class-${String(label).padStart(5, '0')}/${index}.png`, label, number };
      }
    }
  }
}

/** PNG; the same for the same numbers. */
async function picture(label: number, number: number): Promise<Buffer> {
  const pixels = Buffer.alloc(side * side * 3);
  let state = (number * 2654435761) >>> 0;
  for (let index = 0; index < pixels.length; index++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const colour = (Math.imul(label + 1, [73, 151, 199][index % 3] ?? 1) % 160) + 32;
    pixels[index] = colour + (state >>> 26);
  }
  return sharp(pixels, { raw: { width: side, height: side, channels: 3 } })
    .png({ compressionLevel: 1 })
    .toBuffer();
}
