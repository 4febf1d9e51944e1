import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveSpec } from '../../contracts/spec/recipes.js';
import type { UserSpec } from '../../contracts/spec/runSpec.js';
import { fails } from '../../test/fixtures/hubForTests.js';
import { checkSpecAlone } from './checkSpec.js';

const check = (spec: UserSpec): void =>
  checkSpecAlone(resolveSpec({ name: 'birds', dataset: { uri: 's3://bucket/birds' }, ...spec }));

test('a picture is cut into whole patches, or the size is refused with those beside it', () => {
  check({ backbone: 'vit_small_patch14_dinov2', preprocess: { crop: 168 } });
  assert.throws(
    () => check({ backbone: 'vit_small_patch14_dinov2', preprocess: { crop: 170 } }),
    fails('GW_SPEC_INVALID', 'preprocess.crop', 'multiples of 14 pixels, not 170', '168 or 182'),
  );
  check({ backbone: 'resnet18', preprocess: { crop: 65 } });
});

test('a size at which nothing of a picture is left is refused with the least one', () => {
  assert.throws(
    () => check({ backbone: 'resnet18', preprocess: { crop: 1 } }),
    fails('GW_SPEC_INVALID', 'preprocess.crop: 1 pixel is too few for resnet18', 'at least 32'),
  );
  assert.throws(
    () => check({ backbone: 'vit_small_patch14_dinov2', preprocess: { crop: 28 } }),
    fails('GW_SPEC_INVALID', 'at least 42'),
  );
});

test('a pooling that the network has not is refused with those it has', () => {
  for (const pooling of ['token', 'mean', 'token+mean'] as const) {
    check({ backbone: { name: 'vit_small_patch14_dinov2', pooling } });
  }
  check({ backbone: { name: 'resnet18', pooling: 'mean' } });
  assert.throws(
    () => check({ backbone: { name: 'resnet18', pooling: 'token' } }),
    fails('GW_SPEC_INVALID', 'resnet18', "'token'", 'choose: mean'),
  );
  assert.throws(
    () => check({ backbone: { name: 'vit_small_patch14_dinov2', pooling: 'map' } }),
    fails('GW_SPEC_INVALID', 'token, mean, token+mean'),
  );
  assert.throws(
    () => check({ backbone: { name: 'auto', pooling: 'mean' } }),
    fails('GW_SPEC_INVALID', 'backbone.pooling'),
  );
});

test('a checkpoint of the hub is left to the workers', () => {
  check({ backbone: { name: 'timm/no_such_network.at_all', pooling: 'map' }, fineTune: [{ unfreeze: 'anything' }] });
});
