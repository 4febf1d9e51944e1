import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isNear, nearestNames } from './nearest.js';

test('a suggestion is near, or there is none', () => {
  for (const [name, valid] of [
    ['convnext_tiny', 'resnet18'],
    ['init', 'finish'],
    ['swin_t', 'squeezenet1_1'],
    ['a', 'up'],
    ['x', 'blocks.6'],
    ['stem', 'blocks.6'],
  ] as const) {
    assert.equal(isNear(name, valid), false, `${name}: ${valid}`);
  }
  for (const [name, valid] of [
    ['trian', 'train'],
    ['tyni', 'tiny'],
    ['resnet', 'resnet50'],
    ['ResNet-50', 'resnet50'],
    ['efficientnet_lite9', 'efficientnet_lite0'],
    ['epochs', 'head.epochs'],
    ['lerningRate', 'head.learningRate'],
    ['head.epoch', 'head.epochs'],
    ['vgg16_bn', 'vgg16'],
  ] as const) {
    assert.equal(isNear(name, valid), true, `${name}: ${valid}`);
  }
});

test('the likest comes first', () => {
  assert.deepEqual(nearestNames('resnet5', ['vgg16', 'resnet18', 'resnet50'], 2), ['resnet50', 'resnet18']);
  assert.deepEqual(nearestNames('convnext_tiny', ['vgg16', 'resnet18', 'googlenet'], 2), []);
});
