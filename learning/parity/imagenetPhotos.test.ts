import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { backboneNames, FoldedNetwork, getBackbone } from '../backbones/index.js';
import { preprocessImage } from '../images/preprocessImage.js';
import { tf, type Tensor4D } from '../tensorflow.js';
import { resolveWeights } from '../weights/index.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const data = path.resolve(root, '..', 'shared', 'data');
const photos = path.join(data, 'imagenet-samples');
const skip = existsSync(photos) ? false : 'the ImageNet photos (../shared/data/imagenet-samples) are not here';

interface Label {
  file: string;
  index: number;
  /** By weights file, whether PyTorch gets it right. */
  correct: Record<string, boolean>;
}

const labels = skip === false ? (JSON.parse(readFileSync(path.join(photos, 'labels.json'), 'utf8')) as Label[]) : [];
test('the photos are here', { skip }, () => assert.ok(labels.length > 0));

/** Published weights that decide by colour order, padding and normalisation alike: any of them wrong costs 10 points. */
for (const name of backboneNames()) {
  const { weightsName } = getBackbone(name).reference;
  if (weightsName === undefined || labels[0]?.correct[weightsName] === undefined) continue;
  test(`${name} recognises the photos PyTorch recognises`, async () => {
    const backbone = getBackbone(name);
    const source = path.join(data, 'weights', `${weightsName}.safetensors`);
    const { parameters } = await resolveWeights({ backbone, home: path.join(root, '.graftwork'), source });
    using network = new FoldedNetwork(backbone, parameters);
    const { size, resize, interpolation, mean, std } = backbone.input;
    const settings = { resize, store: size, crop: size, interpolation };
    let agreements = 0;
    for (const label of labels) {
      const pixels = await preprocessImage(readFileSync(path.join(photos, label.file)), settings);
      const best = tf.tidy(() => {
        const rgb = tf.tensor4d(pixels, [1, size, size, 3], 'float32');
        const input = tf.div<Tensor4D>(tf.sub(tf.div(rgb, 255), [...mean]), [...std]);
        return network.logits(network.run(input)).argMax(1).dataSync()[0]!;
      });
      if ((best === label.index) === label.correct[weightsName]) agreements += 1;
    }
    // A picture on the edge of a decision may fall the other way when it is resized one grey value differently.
    assert.ok(agreements >= labels.length - 1, `${agreements} of ${labels.length} as in PyTorch`);
  });
}
