/** VGG (Simonyan and Zisserman 2014) as torchvision builds it, with and without batch normalisation. */
import { imagenetInput, type Backbone } from '../backbone.js';
import type { Operations, Stage } from '../operations.js';

/** Convolutions in each of the five blocks, which have 64, 128, 256, 512 and 512 channels. */
const depths: Readonly<Record<string, readonly number[]>> = {
  vgg11: [1, 1, 2, 2, 2],
  vgg13: [2, 2, 2, 2, 2],
  vgg16: [2, 2, 3, 3, 3],
  vgg19: [2, 2, 4, 4, 4],
};

const channels = [64, 128, 256, 512, 512] as const;
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

function define(name: string, depth: readonly number[], normalised: boolean): Backbone {
  // torchvision numbers convolutions, norms, activations and pools through one sequence.
  let index = 0;
  const taps: Record<string, string> = {};
  const blocks = depth.map((count, i): Stage => {
    const block = `block${i + 1}`;
    const layers = Array.from({ length: count }, (): Convolution => {
      const layer = {
        name: `features.${index}`,
        out: channels[i] ?? 0,
        norm: normalised ? `features.${index + 1}` : undefined,
      };
      index += normalised ? 3 : 2;
      return layer;
    });
    taps[`features.${index}`] = block;
    index += 1;
    return {
      name: block,
      run: (ops, x) =>
        ops.maxPool(
          layers.reduce((y, layer) => convolve(ops, y, layer), x),
          { size: 2, stride: 2 },
        ),
    };
  });
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
    licence: 'BSD-3-Clause',
    taps,
  };
}

export const vggs: readonly Backbone[] = Object.entries(depths).flatMap(([name, depth]) => [
  define(name, depth, false),
  define(`${name}_bn`, depth, true),
]);
