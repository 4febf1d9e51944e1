import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { backboneNames, denseStages, getBackbone } from '../backbones/index.js';
import { formulaParameters, weightsAtHand } from '../weights/index.js';
import {
  compareWithGolden,
  computedParameters,
  goldenCaseSchema,
  goldenFileSchema,
  tolerance,
  type GoldenCase,
  type TensorDeviation,
} from './golden.js';
import { compareWithPublished, publishedParameters } from './published.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const golden = path.resolve(root, '..', 'shared', 'data', 'golden');
const home = path.resolve(root, '.graftwork');
const skip = existsSync(golden) ? false : 'the golden files (../shared/data/golden) are not here';
const read = (file: string): Record<string, GoldenCase> =>
  skip === false ? goldenFileSchema.parse(JSON.parse(readFileSync(path.join(golden, file), 'utf8'))) : {};

test('computed parameters have the classifier that a case was made with, or none', () => {
  const backbone = getBackbone('mobilenetv3_small_050');
  const classes = (golden: object): number | undefined =>
    computedParameters(backbone, goldenCaseSchema.parse({ input_size: 32, stages: {}, ...golden })).get(
      'classifier.bias',
    )?.shape[0];
  assert.equal(classes({}), 1000);
  assert.equal(classes({ output_shape: [1, 21_841], output_first8: [1], pooled_first8: [2] }), 21_841);
  assert.equal(classes({ output_shape: [1, 1024], output_first8: [2], pooled_first8: [2] }), undefined);
});

function assertNear(deviations: readonly TensorDeviation[]): void {
  for (const { tensor, worst } of deviations) assert.ok(worst < tolerance, `${tensor} deviates by ${worst}`);
}

const [architectures, weights, timm] = [read('architectures.json'), read('weights.json'), read('timm.json')];
test('golden files are here', { skip }, () => assert.ok(Object.keys({ ...architectures, ...weights }).length > 0));

/** The smallest of each kind of timm's networks; `npm run parity` compares all. */
for (const name of ['vit_tiny_patch16_224', 'convnext_atto', 'efficientnet_b0']) {
  const ofFormula = timm[name];
  if (ofFormula === undefined) continue;
  test(`${name} gives timm's numbers at every stage`, () => {
    const backbone = getBackbone(name);
    assertNear(compareWithGolden(backbone, formulaParameters(backbone), ofFormula));
  });
}

for (const backbone of backboneNames().map(getBackbone)) {
  const { name, reference, packaged } = backbone;
  // Computed parameters of VGG's dense layers take 2 GB; `npm run parity` compares those too.
  const ofFormula = denseStages(backbone).size > 0 ? undefined : architectures[name];
  if (ofFormula !== undefined) {
    test(`${name} gives torchvision's numbers at every stage`, () => {
      assertNear(compareWithGolden(backbone, formulaParameters(backbone), ofFormula));
    });
  }
  const ofPublished = reference.weightsName === undefined ? undefined : weights[reference.weightsName];
  if (ofPublished === undefined) continue;
  const file = path.resolve(golden, '..', 'weights', `${reference.weightsName}.safetensors`);
  const atHand = await weightsAtHand(backbone, packaged === undefined ? file : undefined, home);
  const noWeights = atHand === undefined ? 'its published weights are not here' : false;
  test(`${name} with its published weights gives PyTorch's numbers at every stage`, { skip: noWeights }, async () => {
    assertNear(compareWithPublished(backbone, await publishedParameters(backbone, file, home), ofPublished));
  });
}
