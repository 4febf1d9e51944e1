import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GraftworkError } from '../../contracts/errors.js';
import { tf, type Tensor4D } from '../tensorflow.js';
import { formulaParameters } from '../weights/formula.js';
import { declareParameters, featureParameters, FoldedNetwork, getBackbone } from './index.js';
import { endingAt } from './truncated.js';

const lite = getBackbone('efficientnet_lite0');
const stages = lite.stages.map(({ name }) => name);

test('a network that ends early has the stages, the channels and the suffix that are left', () => {
  const part = getBackbone('efficientnet_lite0:blocks.5');
  assert.deepEqual(part.stages, lite.stages.slice(0, 7));
  assert.equal(part.featureSize, 192);
  assert.deepEqual(part.defaultUnfreeze, ['blocks.3', 'blocks.4', 'blocks.5']);
  assert.equal(part.lastStage, 'blocks.5');
  assert.equal(part.whole, lite);
  // Where nothing of the usual suffix is left, the last stage is what can be unfrozen.
  assert.deepEqual(getBackbone('efficientnet_lite0:blocks.1').defaultUnfreeze, ['blocks.1']);
  // Its head is no part of the published weights.
  const published = new Set(declareParameters(lite).map(({ name }) => name));
  assert.ok(featureParameters(part).every(({ name }) => published.has(name)));
  assert.ok(!published.has(`${part.classifierName}.weight`));
});

test('its name says where it ends; ending with the last stage it is the network itself', () => {
  assert.equal(endingAt(lite.name, stages, 'blocks.5'), 'efficientnet_lite0:blocks.5');
  assert.equal(endingAt(lite.name, stages, 'conv_head'), 'efficientnet_lite0');
  assert.equal(getBackbone('efficientnet_lite0:conv_head'), lite);
  assert.equal(getBackbone('vgg16:block5').featureSize, 512);
});

test('it computes what the whole network does up to there', () => {
  const parameters = formulaParameters(lite);
  using whole = new FoldedNetwork(lite, parameters);
  using part = new FoldedNetwork(getBackbone('efficientnet_lite0:blocks.2'), parameters);
  const difference = tf.tidy(() => {
    const x = tf.randomUniform([2, 64, 64, 3], 0, 1, 'float32', 1).reshape<Tensor4D>([2, 64, 64, 3]);
    return tf.max(tf.abs(tf.sub(part.run(x), whole.run(x, { to: 4 })))).dataSync()[0];
  });
  assert.equal(difference, 0);
  assert.equal(part.hasClassifier, false);
});

test('an unknown stage is answered with the nearest, and the first one is refused', () => {
  const isHelpful = (code: string, hint: string) => (error: unknown) =>
    error instanceof GraftworkError && error.code === code && error.remedy!.includes(hint);
  assert.throws(() => getBackbone('resnet50:layer33'), isHelpful('GW_STAGE_UNKNOWN', "'layer3'"));
  assert.throws(() => getBackbone('efficientnet_lite0:stem'), isHelpful('GW_SPEC_INVALID', 'blocks.0'));
});
