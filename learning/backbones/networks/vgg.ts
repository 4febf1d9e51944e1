/** VGG (Simonyan and Zisserman 2014) as torchvision builds it, with and without batch normalisation. */
import { imagenetInput, type Backbone } from '../backbone.js';
import { sameInTimm } from '../facts.js';
import type { Operations, Stage } from '../operations.js';

const hiddenSize = 4096;

/** The two hidden layers, which torchvision counts among the classifier; a new head replaces only the last one. */
const hidden: Stage = {
  name: 'hidden',
  run: (ops, x) =>
    ops.linear(ops.linear(x, { name: 'classifier.0', out: hiddenSize, activation: 'relu' }), {
      name: 'classifier.3',
      out: hiddenSize,
      activation: 'relu',
    }),
};

interface Convolution {
  name: string;
  out: number;
  norm: string | undefined;
}

function convolve<T>(ops: Operations<T>, x: T, { name, out, norm }: Convolution): T {
  return ops.conv(x, {
    name,
    out,
    kernel: 3,
    padding: 1,
    bias: true,
    activation: 'relu',
    ...(norm === undefined ? {} : { batchNorm: { name: norm, epsilon: 1e-5 } }),
  });
}

interface Variant extends Pick<Backbone, 'name' | 'imagenetTop1' | 'parameterCount'> {
  /** Convolutions in each of the five blocks. */
  depths: readonly [number, number, number, number, number];
  normalised: boolean;
}

const variants: readonly Variant[] = [
  { name: 'vgg11', depths: [1, 1, 2, 2, 2], normalised: false, imagenetTop1: 0.6902, parameterCount: 132_863_336 },
  { name: 'vgg11_bn', depths: [1, 1, 2, 2, 2], normalised: true, imagenetTop1: 0.7037, parameterCount: 132_868_840 },
  { name: 'vgg13', depths: [2, 2, 2, 2, 2], normalised: false, imagenetTop1: 0.6993, parameterCount: 133_047_848 },
  { name: 'vgg13_bn', depths: [2, 2, 2, 2, 2], normalised: true, imagenetTop1: 0.7159, parameterCount: 133_053_736 },
  { name: 'vgg16', depths: [2, 2, 3, 3, 3], normalised: false, imagenetTop1: 0.7159, parameterCount: 138_357_544 },
  { name: 'vgg16_bn', depths: [2, 2, 3, 3, 3], normalised: true, imagenetTop1: 0.7336, parameterCount: 138_365_992 },
  { name: 'vgg19', depths: [2, 2, 4, 4, 4], normalised: false, imagenetTop1: 0.7238, parameterCount: 143_667_240 },
  { name: 'vgg19_bn', depths: [2, 2, 4, 4, 4], normalised: true, imagenetTop1: 0.7422, parameterCount: 143_678_248 },
];

/** timm's names of the three linear layers, which the published files are written in. */
const timmNames = new Map([
  ['classifier.0', 'pre_logits.fc1'],
  ['classifier.3', 'pre_logits.fc2'],
  ['classifier.6', 'head.fc'],
]);

/** The five blocks, and where torchvision's last module of each is. */
function blocksOf({ depths, normalised }: Variant): { blocks: Stage[]; taps: Record<string, string> } {
  // torchvision numbers convolutions, norms, activations and pools through one sequence.
  let index = 0;
  const taps: Record<string, string> = {};
  const blocks = depths.map((count, i): Stage => {
    const name = `block${i + 1}`;
    const out = Math.min(64 * 2 ** i, 512);
    const layers = Array.from({ length: count }, (): Convolution => {
      const layer = { name: `features.${index}`, out, norm: normalised ? `features.${index + 1}` : undefined };
      index += normalised ? 3 : 2;
      return layer;
    });
    taps[`features.${index}`] = name;
    index += 1;
    return {
      name,
      run: (ops, x) =>
        ops.maxPool(
          layers.reduce((y, layer) => convolve(ops, y, layer), x),
          { size: 2, stride: 2 },
        ),
    };
  });
  return { blocks, taps };
}

export const vggs: readonly Backbone[] = variants.map((variant) => {
  const { name, imagenetTop1, parameterCount } = variant;
  const { blocks, taps } = blocksOf(variant);
  return {
    name,
    family: 'vgg',
    stages: [...blocks, hidden],
    featureSize: hiddenSize,
    classifierName: 'classifier.6',
    classify: (ops, x, out) => ops.linear(x, { name: 'classifier.6', out }),
    input: imagenetInput(224),
    defaultUnfreeze: ['block5'],
    lastStage: 'block5',
    weights: `hf:timm/${name}.tv_in1k`,
    packaged: undefined,
    licence: 'BSD-3-Clause',
    fileNames: timmNames,
    imagenetTop1,
    parameterCount,
    torchvision: { model: name, moreArguments: '' },
    timm: { ...sameInTimm(name), names: timmNames, windows: { 'classifier.0': 7, 'classifier.3': 1 } },
    reference: { weightsName: name, channels: 'rgb', taps },
  };
});
