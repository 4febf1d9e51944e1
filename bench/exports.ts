/**
 * Exports in the runtimes they are made for, against `predict`: top-1 and logits on photos.
 *
 *   npm run bench exports -- --model <name[@version]> [--folder …] [--pictures 200] [--backend webgl|cpu] [--json]
 *   npm run bench exports -- --architectures resnet50,vgg16,…|families|all [--folder …] [--pictures 200] [--plain 4] [--json]
 *
 * The first takes a registered model of the embedded stack. The second takes networks at their own size, with published weights where
 * they are at hand and computed ones elsewhere, and a computed head; `families` are small networks of each family. `--plain` is how many
 * pictures TensorFlow.js computes in JavaScript alone, which takes seconds for each.
 */
import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import type { io } from '@tensorflow/tfjs';
import { Graftwork } from '../client/index.js';
import { listFolder } from '../client/folders/localFolder.js';
import { exportFormats, type ExportFormat } from '../contracts/models/export.js';
import { objectKeys } from '../contracts/objectKeys.js';
import { checkout } from '../infra/stack.js';
import { applyViews, centreView } from '../learning/augmentation/index.js';
import { backboneNames, getBackbone } from '../learning/backbones/index.js';
import { writeExport } from '../learning/export/index.js';
import { preprocessImage } from '../learning/images/preprocessImage.js';
import { tf } from '../learning/tensorflow.js';
import { namedArrays } from '../learning/weights/index.js';
import { browserMissing, logitsInBrowser, type PageRequest } from '../test/exports/layersPage.js';
import { modelForTests, predictedLogits, type ModelForTests } from '../test/exports/modelForTests.js';
import { peerLogits } from '../test/exports/peerLogits.js';
import { sharedData } from '../test/fixtures/sharedData.js';
import { peerPython } from './peers/environment.js';
import { realWeights } from './peers/weights.js';

const { values } = parseArgs({
  options: {
    model: { type: 'string' },
    architectures: { type: 'string' },
    folder: { type: 'string', default: sharedData('datasets/hymenoptera') },
    pictures: { type: 'string', default: '200' },
    plain: { type: 'string', default: '4' },
    backend: { type: 'string', default: 'webgl' },
    json: { type: 'boolean', default: false },
  },
});

/** The smallest of each family, and of each kind in it that has layers of its own. */
const families = [
  ...[
    'vit_tiny_patch16_224',
    'deit_tiny_distilled_patch16_224',
    'deit3_small_patch16_224',
    'vit_small_patch16_224.dino',
  ],
  ...['vit_small_patch14_dinov2', 'vit_small_patch14_reg4_dinov2', 'vit_small_patch16_dinov3'],
  ...['vit_xsmall_patch16_clip_224', 'vit_base_patch32_siglip_256', 'convnext_atto', 'convnextv2_atto'],
  ...['efficientnet_b0', 'tf_efficientnetv2_b0', 'mobilenetv3_small_100', 'mobilenetv3_large_100'],
];

interface Row {
  model: string;
  runtime: string;
  pictures: number;
  /** Pictures whose best class is the one `predict` names. */
  sameTop1: number;
  /** Largest distance of two logits. */
  worst: number;
  /** Largest absolute logit. */
  scale: number;
}

const rows: Row[] = [];
const classesOf = (model: ModelForTests): number => model.card.classes.length;

function compare(model: ModelForTests, runtime: string, expected: Float32Array, actual: Float32Array): void {
  const classes = classesOf(model);
  if (actual.length !== expected.length) throw new Error(`${runtime}: ${actual.length} logits, not ${expected.length}`);
  const best = (logits: Float32Array, picture: number): number => {
    const row = logits.subarray(picture * classes, (picture + 1) * classes);
    return row.indexOf(Math.max(...row));
  };
  const pictures = expected.length / classes;
  const indices = Array.from({ length: pictures }, (_, picture) => picture);
  const row: Row = {
    model: model.card.backbone.name,
    ...{ runtime, pictures },
    sameTop1: indices.filter((picture) => best(actual, picture) === best(expected, picture)).length,
    worst: expected.reduce((worst, value, index) => Math.max(worst, Math.abs(value - actual[index]!)), 0),
    scale: expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0),
  };
  rows.push(row);
  const { worst, scale, sameTop1 } = row;
  const line = `top-1 ${sameTop1}/${pictures}, logits ${worst.toExponential(1)} apart (of ${scale.toFixed(1)})`;
  process.stderr.write(`${row.model.padEnd(26)} ${runtime.padEnd(34)} ${line}\n`);
}

/** Runtimes of Python, by the format they open. */
const peers: Partial<Record<ExportFormat, string>> = { onnx: 'onnxruntime', hf: 'timm', safetensors: 'torch' };

/** All formats of one model, each in its runtimes. */
async function examine(
  model: ModelForTests,
  pictures: Float32Array,
  expected: Float32Array,
  photo: string,
): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'graftwork-exports-'));
  const size = model.card.input.crop;
  const exported = async (format: ExportFormat): Promise<string | undefined> => {
    const out = join(home, format);
    try {
      await writeExport({ ...model, testNotes: [], format, out, force: false, version: 'bench' });
    } catch (thrown) {
      process.stderr.write(`${model.card.backbone.name.padEnd(26)} ${format}: ${(thrown as Error).message}\n`);
      return undefined;
    }
    await copyFile(photo, join(out, 'photo.jpg'));
    return out;
  };
  try {
    for (const format of exportFormats) {
      const folder = await exported(format);
      if (folder === undefined) continue;
      const peer = peers[format];
      if (peer !== undefined) {
        const isBare = !(await readFile(join(folder, 'README.md'), 'utf8')).includes('logits =') && format !== 'onnx';
        if (isBare) continue;
        const [answer] = await peerLogits([{ folder, size, pictures }]);
        compare(model, peer, expected, answer!.logits);
        continue;
      }
      if (format !== 'tfjs') continue;
      const [input, output] = [join(home, 'pictures'), join(home, 'logits')];
      compare(model, 'TensorFlow.js, native kernels', expected, await nativeLogits(folder, size, pictures));
      const few = Math.min(Number(values.plain), expected.length / classesOf(model));
      if (few === 0) continue;
      await writeFile(input, pictures.subarray(0, few * size * size * 3));
      const program = join(checkout, 'dist', 'test', 'exports', 'plainTfjs.js');
      await promisify(execFile)(process.execPath, [program, folder, input, String(size), output]);
      const plain = new Float32Array(Uint8Array.from(await readFile(output)).buffer);
      compare(model, 'TensorFlow.js on node', expected.subarray(0, few * classesOf(model)), plain);
      if (browserMissing !== false) continue;
      const backend = values.backend as PageRequest['backend'];
      const { logits } = await logitsInBrowser({ folder, size, pictures, backend });
      compare(model, `TensorFlow.js in a browser, ${backend}`, expected, logits);
    }
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

/** The layers of TensorFlow.js, on the kernels that the engine has: as many pictures as one likes. */
async function nativeLogits(folder: string, size: number, pictures: Float32Array): Promise<Float32Array> {
  const json = JSON.parse(await readFile(join(folder, 'model.json'), 'utf8')) as io.ModelJSON;
  const paths = json.weightsManifest.flatMap((group) => group.paths);
  const shards = await Promise.all(paths.map((path) => readFile(join(folder, path))));
  const model = await tf.loadLayersModel({
    load: async () => ({
      modelTopology: json.modelTopology,
      weightSpecs: json.weightsManifest.flatMap((group) => group.weights),
      weightData: Uint8Array.from(Buffer.concat(shards)).buffer,
    }),
  });
  const logits = tf.tidy(() => {
    const x = tf.tensor4d(pictures, [pictures.length / (size * size * 3), size, size, 3]);
    const [first] = [model.predict(x, { batchSize: 16 })].flat();
    return first!.dataSync<'float32'>().slice();
  });
  model.dispose();
  return logits;
}

/** Photos of a folder, spread over all classes and splits, as a network sees them. */
async function photos({ input }: ModelForTests['card']): Promise<{ pictures: Float32Array; photo: string }> {
  const found = (await listFolder(values.folder)).files.filter(({ path }) => /\.jpe?g$/i.test(path));
  const step = Math.max(1, found.length / Number(values.pictures));
  const chosen = found.filter((_, index) => Math.floor(index / step) !== Math.floor((index - 1) / step));
  const { crop } = input;
  const pictures = new Float32Array(chosen.length * crop * crop * 3);
  for (const [index, { file }] of chosen.entries()) {
    const square = await preprocessImage(await readFile(file), input);
    const x = tf.tidy(() => applyViews(square, [centreView], input).dataSync<'float32'>());
    pictures.set(x, index * x.length);
  }
  return { pictures, photo: chosen[0]!.file };
}

/** A registered model. */
async function registered(name: string): Promise<ModelForTests> {
  await using graftwork = await Graftwork.connect();
  const reference = await graftwork.resolveModel(name);
  const card = await graftwork.models.card(reference.name, reference.version);
  const parameters = await graftwork.store.get(objectKeys.modelParameters(card.parameters.sha256));
  const { unlike } = card.calibration ?? {};
  const means = unlike && { means: await graftwork.store.get(objectKeys.modelParameters(unlike.means)) };
  return { card, parameters, arrays: namedArrays(parameters, name), ...means };
}

function named(architectures: string): string[] {
  if (architectures === 'families') return families;
  return architectures === 'all' ? backboneNames() : architectures.split(',');
}

await peerPython();
const models =
  values.model === undefined
    ? named(values.architectures ?? 'resnet18').map((name) => async () => {
        return modelForTests(name, undefined, await realWeights(getBackbone(name)));
      })
    : [() => registered(values.model!)];
for (const make of models) {
  const model = await make();
  const { pictures, photo } = await photos(model.card);
  await examine(model, pictures, predictedLogits(model, pictures), photo);
}
if (values.json) process.stdout.write(`${JSON.stringify({ rows })}\n`);
if (rows.some(({ worst, sameTop1, pictures }) => worst > 1e-4 || sameTop1 < pictures)) process.exitCode = 1;
