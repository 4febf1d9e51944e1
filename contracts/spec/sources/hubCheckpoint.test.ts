import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkpointText, hubCheckpoint } from './hubCheckpoint.js';

test('a name with an owner is a checkpoint of the hub, and is written as it was read', () => {
  for (const text of [
    'timm/resnet50.a1_in1k',
    'facebook/dinov2-small@0123abc',
    'timm/resnet50.a1_in1k@refs/pr/3:layer3',
    'microsoft/resnet-50:layer3',
    'facebook/dinov2-small:token+mean:blocks.8',
  ]) {
    const found = hubCheckpoint(text);
    assert.ok(found, text);
    assert.equal(checkpointText(found), text);
    assert.deepEqual(hubCheckpoint(`hf:${text}`), found);
  }
});

test('names of the zoo, models, and names that lead elsewhere are no checkpoints', () => {
  for (const text of [
    ...['resnet50', 'resnet50:layer3', 'auto', 'model:birds@3', 'hf:resnet50', '/tmp/x', 'a/b/c', '../secret', 'a/..'],
    ...['a/b@..', 'a/b@x/../y', 'a//b', 'https://example.org/x', 'a/b c'],
  ]) {
    assert.equal(hubCheckpoint(text), undefined, text);
  }
});
