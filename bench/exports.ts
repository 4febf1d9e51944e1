/**
 * Exports in the runtimes they are made for, against `predict`: top-1 and logits on photos.
 *
 *   npm run bench exports -- --model <name[@version]> [--folder …] [--pictures 200] [--backend webgl|cpu] [--json]
 *   npm run bench exports -- --architectures resnet50,vgg16,…|all [--json]
 *
 * The first takes a registered model of the embedded stack. The second takes networks with computed parameters at their own
 * size: top-1 of 1000 such logits means nothing, their distance does.
 */
import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { Graftwork } from '../client/index.js';
import { listFolder } from '../client/folders/localFolder.js';
import { exportFormats, type ExportFormat } from '../contracts/models/export.js';
import { objectKeys } from '../contracts/objectKeys.js';
import { checkout } from '../infra/stack.js';
import { applyViews, centreView } from '../learning/augmentation/index.js';
import { backboneNames } from '../learning/backbones/index.js';
import { writeExport } from '../learning/export/index.js';
import { preprocessImage } from '../learning/images/preprocessImage.js';
import { tf } from '../learning/tensorflow.js';
import { namedArrays } from '../learning/weights/index.js';
import { browserMissing, logitsInBrowser, type PageRequest } from '../test/exports/layersPage.js';
import { modelForTests, picturesForTests, predictedLogits, type ModelForTests } from '../test/exports/modelForTests.js';
import { peerLogits } from '../test/exports/peerLogits.js';
import { sharedData } from '../test/fixtures/sharedData.js';
import { peerPython } from './peers/environment.js';

const { values } = parseArgs({
  options: {
    model: { type: 'string' },
    architectures: { type: 'string' },
    folder: { type: 'string', default: sharedData('datasets/hymenoptera') },
    pictures: { type: 'string', default: '200' },
    backend: { type: 'string', default: 'webgl' },
    json: { type: 'boolean', default: false },
  },
});

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
      // JavaScript alone takes a second a picture.
      const few = Math.min(4, expected.length / classesOf(model));
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

/** A registered model, and what its network sees of the first pictures of a folder. */
async function registered(name: string): Promise<{ model: ModelForTests; pictures: Float32Array; photo: string }> {
  await using graftwork = await Graftwork.connect();
  const reference = await graftwork.resolveModel(name);
  const card = await graftwork.models.card(reference.name, reference.version);
  const parameters = await graftwork.store.get(objectKeys.modelParameters(card.parameters.sha256));
  const { unlike } = card.calibration ?? {};
  const means = unlike && { means: await graftwork.store.get(objectKeys.modelParameters(unlike.means)) };
  const photos = (await listFolder(values.folder)).files.filter(({ path }) => /\.jpe?g$/i.test(path));
  // Spread over all classes and splits.
  const step = Math.max(1, photos.length / Number(values.pictures));
  const chosen = photos.filter((_, index) => Math.floor(index / step) !== Math.floor((index - 1) / step));
  const { crop } = card.input;
  const pictures = new Float32Array(chosen.length * crop * crop * 3);
  for (const [index, { file }] of chosen.entries()) {
    const square = await preprocessImage(await readFile(file), card.input);
    const x = tf.tidy(() => applyViews(square, [centreView], card.input).dataSync<'float32'>());
    pictures.set(x, index * x.length);
  }
  return {
    model: { card, parameters, arrays: namedArrays(parameters, name), ...means },
    pictures,
    photo: chosen[0]!.file,
  };
}

await peerPython();
if (values.model !== undefined) {
  const { model, pictures, photo } = await registered(values.model);
  await examine(model, pictures, predictedLogits(model, pictures), photo);
} else {
  const names = values.architectures === 'all' ? backboneNames() : (values.architectures ?? 'resnet18').split(',');
  const [photo] = (await listFolder(values.folder)).files.filter(({ path }) => /\.jpe?g$/i.test(path));
  for (const name of names) {
    const model = modelForTests(name);
    const pictures = picturesForTests(2, model.card.input.crop);
    await examine(model, pictures, predictedLogits(model, pictures), photo!.file);
  }
}
if (values.json) process.stdout.write(`${JSON.stringify({ rows })}\n`);
if (rows.some(({ worst, sameTop1, pictures }) => worst > 1e-4 || sameTop1 < pictures)) process.exitCode = 1;
