/**
 * Plain TensorFlow.js, in JavaScript alone: a program of its own, since the native backend takes the same global places.
 *
 *   node plainTfjs.js <export> <file of float32 pictures> <edge, pixels> <file for the logits>
 *
 * The second output lies beside the first, in `<file>.unlikeness`.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';

const [folder = '', input = '', edge = '', output = ''] = process.argv.slice(2);
const size = Number(edge);
await tf.setBackend('cpu');
const { modelTopology, weightsManifest } = JSON.parse(
  await readFile(join(folder, 'model.json'), 'utf8'),
) as tf.io.ModelJSON;
const weights = await Promise.all(
  weightsManifest.flatMap(({ paths }) => paths).map((path) => readFile(join(folder, path))),
);
const model = await tf.loadLayersModel({
  load: async () => ({
    modelTopology,
    weightSpecs: weightsManifest.flatMap((group) => group.weights),
    weightData: Uint8Array.from(Buffer.concat(weights)).buffer,
  }),
});
const pictures = new Float32Array(Uint8Array.from(await readFile(input)).buffer);
const x = tf.tensor4d(pictures, [pictures.length / (size * size * 3), size, size, 3]);
const [logits, unlikeness] = [model.predict(x, { batchSize: 8 })].flat();
await writeFile(output, await logits!.data());
if (unlikeness !== undefined) await writeFile(`${output}.unlikeness`, await unlikeness.data());
