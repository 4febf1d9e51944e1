/**
 * Features of the default recipe's views, in images a second, against the network alone on input that is ready: what drawing
 * the views costs. At a ratio of 1 they would cost nothing.
 *
 *   npm run bench features -- [--backbones efficientnet_lite0] [--batches 2] [--repetitions 5] [--dtype bfloat16] [--json]
 */
import { parseArgs } from 'node:util';
import { inputSettings } from '../activities/plan/inputSettings.js';
import { computeDtypeSchema } from '../contracts/spec/computeSpec.js';
import { recipes } from '../contracts/spec/recipes.js';
import { FoldedNetwork, getBackbone, stageIndex } from '../learning/backbones/index.js';
import { computeFeatures } from '../learning/features/index.js';
import { randomBits } from '../learning/random.js';
import { tf, type Rank, type Tensor4D } from '../learning/tensorflow.js';
import { alternate, compare, print, type Measure } from './measures/measures.js';
import { weightsOf } from './peers/weights.js';

const batch = 32;

const { values } = parseArgs({
  options: {
    backbones: { type: 'string', default: 'efficientnet_lite0' },
    batches: { type: 'string', default: '2' },
    repetitions: { type: 'string', default: '5' },
    dtype: { type: 'string', default: 'float32' },
    json: { type: 'boolean', default: false },
  },
});
const dtype = computeDtypeSchema.parse(values.dtype);
const { augmentation } = recipes.default;
const { views } = augmentation;
const count = batch * Number(values.batches);

async function measure(name: string): Promise<Measure> {
  const backbone = getBackbone(name);
  const input = inputSettings(backbone.input, recipes.default.preprocess);
  const stages = backbone.stages.length;
  const firstTrained = Math.min(...backbone.defaultUnfreeze.map((stage) => stageIndex(backbone, stage)));
  const cut = firstTrained > 0 ? (backbone.stages[firstTrained - 1]?.name ?? null) : null;
  const ends = cut === null ? [stages] : [firstTrained, stages];
  using network = new FoldedNetwork(backbone, await weightsOf(backbone), { images: Infinity, dtype });

  const images = Array.from({ length: count }, (_, index) => `image ${index}`);
  const pixels = Uint8Array.from({ length: count * input.store ** 2 * 3 }, (_, index) => randomBits(index) & 255);
  const ours = async (): Promise<void> => {
    await computeFeatures(network, pixels, { input, views, augmentation, seed: 0, images, cut, batchSize: batch });
  };
  const ready = tf.randomUniform<Rank.R4>([batch, input.crop, input.crop, 3], -1, 1);
  const networkAlone = async (): Promise<void> => {
    for (let pass = 0; pass < Number(values.batches) * views; pass++) {
      const found = tf.tidy(() => {
        const activations = network.activations(ready, ends);
        return [...activations.slice(0, -1), network.pooled(activations.at(-1) as Tensor4D)];
      });
      await Promise.all(found.map((tensor) => tensor.data()));
      tf.dispose(found);
    }
  };
  const imagesPerSecond = (run: () => Promise<void>) => async (): Promise<number> => {
    const began = performance.now();
    await run();
    return (count * 1000) / (performance.now() - began);
  };
  await ours();
  const samples = await alternate(Number(values.repetitions), {
    ours: imagesPerSecond(ours),
    peer: imagesPerSecond(networkAlone),
  });
  ready.dispose();
  return compare(`${name}: features of ${views} views ÷ the network alone`, samples, 'images/s', 'ours ÷ peer');
}

const measures: Measure[] = [];
for (const name of values.backbones.split(',')) measures.push(await measure(name));
print(measures, values.json);
