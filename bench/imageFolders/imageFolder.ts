/** An ImageFolder in memory, preprocessed: what the bench scripts measure on. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { InputSettings } from '../../contracts/spec/plan.js';
import { preprocessImage } from '../../learning/images/preprocessImage.js';
import { randomBits } from '../../learning/random.js';

export interface PixelSet {
  /** Paths below the root: what names each image. */
  paths: string[];
  labels: Int32Array;
  /** uint8 RGB [images, store, store, 3] */
  pixels: Uint8Array;
}

export interface ImageFolder {
  classes: string[];
  train: PixelSet;
  validation: PixelSet;
  test: PixelSet;
}

/**
 * Reads `train/<class>/…` and `val|test/<class>/…`; the latter is the test split, and validation is carved from train, in
 * each class by a hash of the path.
 * @param seed decides which training images validate
 * @param share of the training images that validate
 * @param perClass training and validation images of each class, at most
 */
export async function readImageFolder(
  root: string,
  input: InputSettings,
  seed: number,
  share = 0.15,
  perClass = Infinity,
): Promise<ImageFolder> {
  const classes = (await readdir(path.join(root, 'train'))).sort();
  const folders = await readdir(root);
  const held = folders.includes('test') ? 'test' : 'val';
  const read = async (label: number, folder: string) => {
    const names = (await readdir(path.join(root, folder, classes[label] as string))).sort();
    return names.map((name) => ({ label, path: path.join(folder, classes[label] as string, name) }));
  };
  const training = { train: [] as Listed[], validation: [] as Listed[] };
  const test: Listed[] = [];
  for (const label of classes.keys()) {
    const hashed = (await read(label, 'train'))
      .map((image) => ({ ...image, hash: randomBits(seed, image.path) }))
      .sort((a, b) => a.hash - b.hash)
      .slice(0, perClass);
    const count = Math.round(hashed.length * share);
    training.validation.push(...hashed.slice(0, count));
    training.train.push(...hashed.slice(count));
    test.push(...(await read(label, held)));
  }
  return {
    classes,
    train: await decode(root, training.train, input),
    validation: await decode(root, training.validation, input),
    test: await decode(root, test, input),
  };
}

interface Listed {
  label: number;
  path: string;
}

async function decode(root: string, images: readonly Listed[], input: InputSettings): Promise<PixelSet> {
  const imageBytes = input.store ** 2 * 3;
  const pixels = new Uint8Array(images.length * imageBytes);
  for (const [index, image] of images.entries()) {
    pixels.set(await preprocessImage(await readFile(path.join(root, image.path)), input), index * imageBytes);
  }
  return { paths: images.map(({ path: name }) => name), labels: Int32Array.from(images, ({ label }) => label), pixels };
}
