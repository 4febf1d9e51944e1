/** Pictures with two emoji each, drawn from the package emoji-datasource-google. The categories of the two are the labels. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pMap from 'p-map';
import sharp from 'sharp';
import { z } from 'zod';
import type { LabelSets } from '../../contracts/data/labelSets.js';
import type { InputSettings } from '../../contracts/spec/plan.js';
import { preprocessImage } from '../../learning/images/preprocessImage.js';
import { permutation, uniform } from '../../learning/random.js';

/** Side of a picture and of an emoji in it, in pixels. */
const [side, emojiSide] = [160, 64];
/** Share of the emoji of each category that only the test has. */
const testShare = 0.3;
/** Fewer emoji are no category. */
const leastOfCategory = 40;

const emojiSchema = z.array(z.object({ image: z.string(), category: z.string(), has_img_google: z.boolean() }));

export interface LabelledPixels {
  names: string[];
  /** uint8 RGB, [names.length, store, store, 3] */
  pixels: Uint8Array;
  /** Index of each picture's set of labels. */
  labels: number[];
  sets: LabelSets;
}

/**
 * @param folder of the package
 * @param options.pictures for training; the test has half as many
 */
export async function emojiPairs(
  folder: string,
  input: InputSettings,
  { pictures, seed }: { pictures: number; seed: number },
): Promise<{ train: LabelledPixels; test: LabelledPixels; classes: string[] }> {
  const all = emojiSchema.parse(JSON.parse(await readFile(join(folder, 'emoji.json'), 'utf8')));
  const byCategory = new Map<string, { image: string }[]>();
  for (const emoji of all) {
    if (emoji.has_img_google) byCategory.set(emoji.category, [...(byCategory.get(emoji.category) ?? []), emoji]);
  }
  const classes = [...byCategory].flatMap(([name, own]) => (own.length < leastOfCategory ? [] : [name])).sort();
  const [trained, tested]: [string[][], string[][]] = [[], []];
  for (const name of classes) {
    const own = (byCategory.get(name) ?? []).map(({ image }) => image).sort();
    const order = Array.from(permutation(own.length, seed, name), (at) => own[at] as string);
    const kept = Math.round(testShare * own.length);
    tested.push(order.slice(0, kept));
    trained.push(order.slice(kept));
  }
  const make = (of: readonly string[][], count: number, key: string): Promise<LabelledPixels> =>
    drawAll(folder, of, input, { count, seed, key });
  return {
    classes,
    train: await make(trained, pictures, 'train'),
    test: await make(tested, Math.round(pictures / 2), 'test'),
  };
}

async function drawAll(
  folder: string,
  of: readonly string[][],
  input: InputSettings,
  { count, seed, key }: { count: number; seed: number; key: string },
): Promise<LabelledPixels> {
  const sets: number[][] = [];
  const places = new Map<string, number>();
  const labels: number[] = [];
  const pairs = Array.from({ length: count }, (_, index) => {
    const pick = (which: string): { label: number; image: string } => {
      const label = Math.floor(uniform(seed, key, index, which, 'category') * of.length);
      const own = of[label] ?? [];
      return { label, image: own[Math.floor(uniform(seed, key, index, which, 'emoji') * own.length)] ?? '' };
    };
    const both = [pick('first'), pick('second')];
    const set = [...new Set(both.map(({ label }) => label))].sort((a, b) => a - b);
    const place = places.get(set.join()) ?? sets.push(set) - 1;
    places.set(set.join(), place);
    labels.push(place);
    return both.map(({ image }) => image);
  });
  const squares = await pMap(
    pairs,
    async (images, index) => preprocessImage(await drawn(folder, images, [seed, key, index]), input, `${key} ${index}`),
    { concurrency: 4 },
  );
  return { names: pairs.map((_pair, index) => `${key} ${index}`), pixels: Buffer.concat(squares), labels, sets };
}

/** One emoji in the left half, the other one in the right half, each anywhere in its half. */
async function drawn(folder: string, images: readonly string[], key: (string | number)[]): Promise<Buffer> {
  const shade = (channel: string): number => 170 + Math.floor(80 * uniform(...key, channel));
  const background = { r: shade('r'), g: shade('g'), b: shade('b') };
  const layers = images.map((image, half) => ({
    input: join(folder, 'img', 'google', '64', image),
    left: Math.floor((half * side) / 2 + uniform(...key, half, 'left') * (side / 2 - emojiSide)),
    top: Math.floor(uniform(...key, half, 'top') * (side - emojiSide)),
  }));
  return sharp({ create: { width: side, height: side, channels: 3, background } })
    .composite(layers)
    .png()
    .toBuffer();
}
