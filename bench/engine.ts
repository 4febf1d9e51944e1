/**
 * The engine's three kinds of step against PyTorch's eager mode and, for the forward pass, onnxruntime; batch 32.
 *
 *   npm run bench engine -- [--backbones resnet50,efficientnet_lite0] [--only forward,head,suffix] [--repetitions 7]
 *     [--dtype bfloat16] [--json]
 *
 * `onnx` is the part of `forward` against onnxruntime alone, `cached` the part of `suffix` from cached activations on both sides.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { planStages } from '../activities/plan/stagePlans.js';
import { computeDtypeSchema } from '../contracts/spec/computeSpec.js';
import { resolveSpec } from '../contracts/spec/recipes.js';
import { FoldedNetwork, getBackbone, stageIndex } from '../learning/backbones/index.js';
import { tf, type Rank } from '../learning/tensorflow.js';
import { initialHead } from '../learning/training/index.js';
import { alternate, compare, print, type Measure, type RatioOf } from './measures/measures.js';
import { timed, withSteps } from './measures/stepsOfStage.js';
import { peersFolder } from './peers/environment.js';
import { networkName } from './peers/networkName.js';
import { PeerProcess } from './peers/peerProcess.js';
import { unfreezeNames } from './peers/unfreezeNames.js';
import { weightsFile, weightsOf } from './peers/weights.js';

const batch = 32;
const classes = 2;

const { values } = parseArgs({
  options: {
    backbones: { type: 'string', default: 'resnet50,efficientnet_lite0' },
    only: { type: 'string', default: 'forward,head,suffix' },
    repetitions: { type: 'string', default: '7' },
    dtype: { type: 'string', default: 'float32' },
    json: { type: 'boolean', default: false },
  },
});
const repetitions = Number(values.repetitions);
const dtype = computeDtypeSchema.parse(values.dtype);
const only = new Set(values.only.split(','));
const measures: Measure[] = [];

/** Measures a step of ours against a peer's in turn; both are warm. */
async function against(
  name: string,
  ours: () => Promise<number>,
  args: readonly string[],
  ratioOf: RatioOf = 'peer ÷ ours',
): Promise<void> {
  process.stderr.write(`${name}\n`);
  const peer = await PeerProcess.start('engine.py', args);
  await ours();
  measures.push(compare(name, await alternate(repetitions, { ours, peer: () => peer.step() }), 's', ratioOf));
  await peer.stop();
}

async function measure(name: string): Promise<void> {
  const backbone = getBackbone(name);
  const common = [
    ...['--network', networkName(backbone), '--weights', await weightsFile(backbone)],
    ...['--size', String(backbone.input.size)],
  ];
  const loaded = await weightsOf(backbone);
  // The suffix that fine-tuning trains: layer4 of a ResNet, blocks 3 to the last of an EfficientNet-Lite.
  const unfreeze = 'default';
  const { head: headSpec, fineTune } = resolveSpec({
    recipe: 'reference',
    dataset: { uri: 's3://bench/none' },
    fineTune: [{ unfreeze }],
  });
  const stages = planStages(backbone, headSpec, fineTune, { images: batch });
  const [headStage, suffixStage] = stages;
  if (headStage?.kind !== 'head' || suffixStage?.kind !== 'fineTune') throw new Error('a stage is missing');
  const parameters = new Map([...loaded, ...initialHead(backbone, classes)]);
  const [first = ''] = suffixStage.trainable;
  const cutIndex = stageIndex(backbone, first) - 1;
  const { size } = backbone.input;

  using network = new FoldedNetwork(backbone, loaded, { images: Infinity, dtype });
  const images = tf.randomUniform<Rank.R4>([batch, size, size, 3]);
  if (only.has('forward') || only.has('onnx')) {
    const forward = (): Promise<number> =>
      timed(async () => {
        const pooled = tf.tidy(() => network.pooled(network.run(images)));
        await pooled.data();
        pooled.dispose();
      });
    if (only.has('forward')) await against(`${name}: forward, PyTorch ÷ ours`, forward, ['forward', ...common]);
    const onnx = join(peersFolder, `${name}.onnx`);
    await against(`${name}: forward, ours ÷ onnxruntime`, forward, ['onnx', ...common, '--onnx', onnx], 'ours ÷ peer');
  }
  if (only.has('head')) {
    const features = tf.randomUniform([batch, backbone.featureSize]);
    await withSteps(backbone, headStage, { parameters, features, cut: null, classes, dtype }, (step) =>
      against(`${name}: head step, PyTorch ÷ ours`, step, ['head', ...common]),
    );
    features.dispose();
  }
  if (only.has('suffix') || only.has('cached')) {
    const features = tf.tidy(() => network.run(images, { to: cutIndex + 1 }));
    const [, height, width, channels] = features.shape;
    const trained = [...common, '--unfreeze', ...unfreezeNames(backbone, unfreeze)];
    const cut = backbone.stages[cutIndex]?.name ?? null;
    await withSteps(backbone, suffixStage, { parameters, features, cut, classes, dtype }, async (step) => {
      if (only.has('suffix')) {
        const whole = `${name}: fine-tuning step from ${first}, PyTorch’s whole step ÷ ours`;
        await against(whole, step, ['finetune', ...trained]);
      }
      await against(`${name}: the same from cached activations on both sides, PyTorch ÷ ours`, step, [
        'suffix',
        ...[...trained, '--first', first],
        ...['--cut', String(channels), String(height), String(width)],
      ]);
    });
    features.dispose();
  }
  images.dispose();
}

for (const name of values.backbones.split(',')) await measure(name);
print(measures, values.json);
