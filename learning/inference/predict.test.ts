import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { recipes } from '../../contracts/spec/recipes.js';
import { testTimeView } from '../augmentation/index.js';
import { getBackbone, type NamedArrays } from '../backbones/index.js';
import { preprocessImage } from '../images/preprocessImage.js';
import { argMax } from '../metrics/ranking.js';
import { Classifier } from './predict.js';
import { randomBits } from '../random.js';
import { tf } from '../tensorflow.js';
import { asFloat32, formulaParameters, readSafetensors } from '../weights/index.js';

const data = fileURLToPath(new URL('../../../../shared/data', import.meta.url));
const skip = existsSync(data) ? false : 'the photos and weights of ../shared/data are not here';

const backbone = getBackbone('efficientnet_lite0');

function classifier(parameters: NamedArrays, classes: number, batchSize: number, store = 256, crop = 224) {
  const mean: [number, number, number] = [0.5, 0.5, 0.5];
  const names = Array.from({ length: classes }, (_, i) => `class ${i}`);
  return new Classifier({ backbone, parameters, input: { store, crop, mean, std: mean }, classes: names, batchSize });
}

test('the published network names what is on ImageNet photos, as its authors measured', { skip }, async () => {
  const file = await readFile(path.join(data, 'weights', 'efficientnet_lite0.safetensors'));
  const parameters = new Map(
    [...readSafetensors(file).tensors].map(([name, tensor]) => [
      name,
      { shape: tensor.shape, data: asFloat32(tensor) },
    ]),
  );
  const folder = path.join(data, 'imagenet-samples');
  const labels = JSON.parse(await readFile(path.join(folder, 'labels.json'), 'utf8')) as {
    file: string;
    index: number;
    correct: { efficientnet_lite0: boolean };
  }[];
  const photos = labels.slice(0, 12);
  const settings = { resize: 256, store: 256, crop: 224, interpolation: 'bicubic' } as const;
  const pixels = await Promise.all(
    photos.map(async (photo) => preprocessImage(await readFile(path.join(folder, photo.file)), settings)),
  );
  using model = classifier(parameters, 1000, 8);
  const probabilities = await model.classify(Buffer.concat(pixels));
  for (const [i, photo] of photos.entries()) {
    const row = probabilities.subarray(i * 1000, (i + 1) * 1000);
    assert.equal(argMax(row) === photo.index, photo.correct.efficientnet_lite0, photo.file);
    assert.ok(Math.abs(row.reduce((sum, p) => sum + p, 0) - 1) < 1e-4);
  }
});

test('images may come in any batches; nothing is left behind', async () => {
  const parameters = formulaParameters(backbone, 3);
  const pixels = Uint8Array.from({ length: 5 * 40 * 40 * 3 }, (_, i) => randomBits(i) & 255);
  const before = tf.memory().numTensors;
  const done: number[] = [];
  const results: Float32Array[] = [];
  for (const batchSize of [2, 5]) {
    using model = classifier(parameters, 3, batchSize, 40, 32);
    results.push(await model.classify(pixels, (count) => done.push(count)));
    await assert.rejects(model.classify(pixels.subarray(1)), /no whole number of images/);
  }
  assert.deepEqual(done, [2, 4, 5, 5]);
  results[0]?.forEach((p, i) => assert.ok(Math.abs(p - (results[1]?.[i] ?? Number.NaN)) < 1e-5));
  assert.equal(tf.memory().numTensors, before);
});

test('over several views the probabilities are the mean of those of each', async () => {
  const pixels = Uint8Array.from({ length: 3 * 40 * 40 * 3 }, (_, i) => randomBits(i) & 255);
  using model = classifier(formulaParameters(backbone, 3), 3, 2, 40, 32);
  const view = (image: number, index: number) => testTimeView(recipes.default.augmentation, 1, image, index);
  const averaged = await model.classify(pixels, undefined, { views: 3, view });
  const each = await Promise.all(
    [0, 1, 2].map((index) => model.classify(pixels, undefined, { views: 1, view: (image) => view(image, index) })),
  );
  averaged.forEach((p, i) => {
    const mean = each.reduce((sum, row) => sum + (row[i] as number), 0) / 3;
    assert.ok(Math.abs(p - mean) < 1e-5);
  });
  assert.deepEqual(each[0], await model.classify(pixels), 'view 0 is what is classified without views');
});
