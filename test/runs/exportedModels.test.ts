/** Exports opened by the runtimes they are made for, each by the lines of its own README. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import type { ExportFormat } from '../../contracts/models/export.js';
import { checkout } from '../../infra/stack.js';
import { writeExport } from '../../learning/export/index.js';
import { browserMissing, logitsInBrowser } from '../exports/layersPage.js';
import {
  modelForTests,
  modelWithMeans,
  picturesForTests,
  predictedLogits,
  predictedUnlikeness,
  type ModelForTests,
} from '../exports/modelForTests.js';
import { peerLogits, peersMissing, type PeerJob } from '../exports/peerLogits.js';

const run = promisify(execFile);
const version = '0.0.0-test';
let home: string;

before(async () => {
  home = await mkdtemp(join(tmpdir(), 'graftwork-exports-'));
});
after(() => rm(home, { recursive: true, force: true }));

/** An export with a photo in it, for the README's lines. */
async function exported(model: ModelForTests, format: ExportFormat): Promise<string> {
  const out = join(home, `${model.card.backbone.name.replace(':', '-')}-${format}`);
  await writeExport({ ...model, testNotes: [], format, out, force: true, version });
  const photo = sharp({ create: { width: 120, height: 90, channels: 3, background: '#a63' } });
  await writeFile(join(out, 'photo.jpg'), await photo.jpeg().toBuffer());
  return out;
}

function assertNear(actual: Float32Array, expected: Float32Array, name: string): void {
  assert.equal(actual.length, expected.length, name);
  const worst = Math.max(...actual.map((value, index) => Math.abs(value - expected[index]!)));
  assert.ok(worst < 1e-4, `${name}: they are ${worst} apart`);
}

/** Sizes are odd or even where it matters: SAME at stride 2, pools that round up. */
const cases = [
  { name: 'efficientnet_lite0', size: 65, formats: ['onnx', 'hf', 'safetensors'] },
  { name: 'mobilenet_v2', size: 64, formats: ['hf', 'safetensors'] },
  { name: 'tf_mobilenet_v2', size: 64, formats: ['onnx', 'hf'] },
  { name: 'resnet18', size: 64, formats: ['onnx', 'hf', 'safetensors'] },
  { name: 'squeezenet1_1', size: 64, formats: ['onnx'] },
  { name: 'googlenet:inception3', size: 70, formats: ['onnx'] },
  { name: 'inception_v3:mixed5', size: 99, formats: ['onnx'] },
  { name: 'vgg11_bn:block3', size: 35, formats: ['onnx'] },
] as const;

test('onnxruntime, timm and torch give the answers of predict', { skip: peersMissing }, async () => {
  const jobs: (PeerJob & { title: string; expected: Float32Array; scores: Float32Array })[] = [];
  for (const { name, size, formats } of cases) {
    const model = modelWithMeans(name, size);
    const pictures = picturesForTests(3, size);
    const expected = predictedLogits(model, pictures);
    const scores = predictedUnlikeness(model, pictures);
    for (const format of formats) {
      const folder = await exported(model, format);
      jobs.push({
        ...{ title: `${name} as ${format}`, folder, size, pictures, expected },
        scores: format === 'onnx' ? scores : new Float32Array(0),
      });
    }
  }
  const answers = await peerLogits(jobs);
  for (const [index, { logits, unlikeness, printed }] of answers.entries()) {
    const { title, expected, scores } = jobs[index]!;
    assertNear(logits, expected, title);
    assertNear(unlikeness, scores, `unlikeness of ${title}`);
    assert.match(printed, title.endsWith('safetensors') ? /^torch\.Size\(\[1, 5\]\)$/ : /^(ant|bee|wasp|flie|moth)s$/);
  }
});

describe('TensorFlow.js', () => {
  const size = 33;
  const pictures = picturesForTests(2, size);
  let folder: string;
  let expected: Float32Array;
  let scores: Float32Array;

  before(async () => {
    const model = modelWithMeans('efficientnet_lite0', size);
    folder = await exported(model, 'tfjs');
    expected = predictedLogits(model, pictures);
    scores = predictedUnlikeness(model, pictures);
  });

  test('without native code gives the answers of predict', async () => {
    const [input, output] = [join(home, 'pictures'), join(home, 'logits')];
    await writeFile(input, pictures);
    const program = join(checkout, 'dist', 'test', 'exports', 'plainTfjs.js');
    await run(process.execPath, [program, folder, input, String(size), output]);
    const numbers = async (file: string) => new Float32Array(Uint8Array.from(await readFile(file)).buffer);
    assertNear(await numbers(output), expected, 'plain TensorFlow.js');
    assertNear(await numbers(`${output}.unlikeness`), scores, 'unlikeness in plain TensorFlow.js');
  });

  test('of a multi-label model gives the probabilities of predict, and the thresholds lie beside it', async () => {
    const model = modelForTests('efficientnet_lite0', size);
    const card = { ...model.card, task: 'multi-label' as const };
    const out = join(home, 'multi-label-tfjs');
    await writeExport({ ...model, card, testNotes: [], format: 'tfjs', out, force: true, version });
    const [input, output] = [join(home, 'pictures'), join(home, 'probabilities')];
    await writeFile(input, pictures);
    const program = join(checkout, 'dist', 'test', 'exports', 'plainTfjs.js');
    await run(process.execPath, [program, out, input, String(size), output]);
    const probabilities = new Float32Array(Uint8Array.from(await readFile(output)).buffer);
    assertNear(
      probabilities,
      expected.map((logit) => 1 / (1 + Math.exp(-logit))),
      'multi-label',
    );
    assert.deepEqual(JSON.parse(await readFile(join(out, 'thresholds.json'), 'utf8')), [0.5, 0.5, 0.5, 0.5, 0.5]);
    assert.match(await readFile(join(out, 'README.md'), 'utf8'), /any number of 5 labels/);
  });

  test('in a browser gives the answers of predict, by the lines of the README', { skip: browserMissing }, async () => {
    const { logits, unlikeness, printed } = await logitsInBrowser({ folder, size, pictures, backend: 'cpu' });
    assertNear(logits, expected, 'in a browser');
    assertNear(unlikeness, scores, 'unlikeness in a browser');
    assert.match(printed, /^(ant|bee|wasp|flie|moth)s$/);
  });
});

test('safetensors are the registered bytes; labels, preprocessing, card and digests come along', async () => {
  const model = modelForTests('squeezenet1_1', 64);
  const out = join(home, 'registered');
  const { files } = await writeExport({ ...model, testNotes: [], format: 'safetensors', out, force: false, version });
  assert.equal(files.find(({ name }) => name === 'model.safetensors')?.sha256, model.card.parameters.sha256);
  for (const { name, sha256 } of files) {
    assert.equal(
      createHash('sha256')
        .update(await readFile(join(out, name)))
        .digest('hex'),
      sha256,
      name,
    );
  }
  const json = async (name: string): Promise<unknown> => JSON.parse(await readFile(join(out, name), 'utf8'));
  assert.deepEqual(await json('labels.json'), model.card.classes);
  const preprocessing = (await json('preprocessing.json')) as Record<string, unknown>;
  assert.deepEqual(preprocessing['resize'], { shortSide: 72, interpolation: 'bilinear', antialias: true });
  const readme = await readFile(join(out, 'README.md'), 'utf8');
  for (const fact of [model.card.dataset.version, 'BSD-3-Clause', '100.0 %, 95 % interval 30.0 % to 100.0 %']) {
    assert.ok(readme.includes(fact), fact);
  }
});

test('the licence of the source weights is in the file that holds them', async () => {
  const model = modelForTests('tf_mobilenet_v2', 32);
  const license = 'DINOv3 License';
  const card = { ...model.card, backbone: { ...model.card.backbone, license } };
  for (const [format, file] of [
    ['onnx', 'model.onnx'],
    ['tfjs', 'model.json'],
    ['hf', 'model.safetensors'],
  ] as const) {
    const out = join(home, `licence-${format}`);
    await writeExport({ ...model, testNotes: [], card, format, out, force: false, version });
    assert.ok((await readFile(join(out, file))).includes(license), file);
    assert.match(await readFile(join(out, 'README.md'), 'utf8'), /^license: other\nlicense_name: "DINOv3 License"$/m);
  }
});

test('a parameter that is missing is named, and nothing is written', async () => {
  const model = modelForTests('squeezenet1_1', 64);
  const out = join(home, 'other');
  const card = { ...model.card, backbone: { ...model.card.backbone, name: 'resnet18' } };
  await assert.rejects(writeExport({ ...model, testNotes: [], card, format: 'onnx', out, force: false, version }), {
    code: 'GW_WEIGHTS_MISMATCH',
    message: /'fc\.weight' is missing/,
  });
  await assert.rejects(readFile(join(out, 'README.md')), { code: 'ENOENT' });
});

test('the client writes exports without loading TensorFlow', async () => {
  const code = `
    import { createRequire } from 'node:module';
    await import('./dist/client/index.js');
    await import('./dist/learning/export/index.js');
    const loaded = Object.keys(createRequire(process.cwd() + '/x.js').cache);
    console.log(JSON.stringify({ all: loaded.length, tensorflow: loaded.filter((path) => path.includes('@tensorflow')) }));`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', code], { cwd: checkout });
  const { all, tensorflow } = JSON.parse(stdout) as { all: number; tensorflow: string[] };
  assert.ok(all > 10);
  assert.deepEqual(tensorflow, []);
});
