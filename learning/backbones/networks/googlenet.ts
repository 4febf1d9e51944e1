/**
 * GoogLeNet (Szegedy et al. 2014, Inception v1) as its authors' Caffe model has it: biases instead of batch
 * normalisation, local response normalisation, pools that round up, true 5×5 convolutions.
 */
import { pooledLinear, type Backbone } from '../backbone.js';
import { sameNames } from '../facts.js';
import type { Operations, Stage } from '../operations.js';

interface Module {
  name: string;
  /** 1×1; 3×3 reduction and output; 5×5 reduction and output; projection of the pool. */
  channels: readonly [number, number, number, number, number, number];
}

const pool = { size: 3, stride: 2, ceil: true } as const;
const normalisation = { size: 5, alpha: 1e-4, beta: 0.75, k: 1 } as const;

function convolve<T>(ops: Operations<T>, x: T, name: string, out: number, kernel: number, stride = 1): T {
  const padding = Math.floor(kernel / 2);
  return ops.conv(x, { name: `${name}.conv`, out, kernel, stride, padding, bias: true, activation: 'relu' });
}

function inception<T>(ops: Operations<T>, x: T, { name, channels }: Module): T {
  const [one, reduceThree, three, reduceFive, five, projection] = channels;
  return ops.concat([
    convolve(ops, x, `${name}.branch1`, one, 1),
    convolve(ops, convolve(ops, x, `${name}.branch2.0`, reduceThree, 1), `${name}.branch2.1`, three, 3),
    convolve(ops, convolve(ops, x, `${name}.branch3.0`, reduceFive, 1), `${name}.branch3.1`, five, 5),
    convolve(ops, ops.maxPool(x, { size: 3, stride: 1, padding: 1 }), `${name}.branch4.1`, projection, 1),
  ]);
}

const modules: Readonly<Record<string, readonly Module[]>> = {
  inception3: [
    { name: 'inception3a', channels: [64, 96, 128, 16, 32, 32] },
    { name: 'inception3b', channels: [128, 128, 192, 32, 96, 64] },
  ],
  inception4: [
    { name: 'inception4a', channels: [192, 96, 208, 16, 48, 64] },
    { name: 'inception4b', channels: [160, 112, 224, 24, 64, 64] },
    { name: 'inception4c', channels: [128, 128, 256, 24, 64, 64] },
    { name: 'inception4d', channels: [112, 144, 288, 32, 64, 64] },
    { name: 'inception4e', channels: [256, 160, 320, 32, 128, 128] },
  ],
  inception5: [
    { name: 'inception5a', channels: [256, 160, 320, 32, 128, 128] },
    { name: 'inception5b', channels: [384, 192, 384, 48, 128, 128] },
  ],
};

const stem: readonly Stage[] = [
  { name: 'conv1', run: (ops, x) => convolve(ops, ops.reverseChannels(x), 'conv1', 64, 7, 2) },
  {
    name: 'conv3',
    run(ops, x) {
      const normalised = ops.localResponseNorm(ops.maxPool(x, pool), normalisation);
      return convolve(ops, convolve(ops, normalised, 'conv2', 64, 1), 'conv3', 192, 3);
    },
  },
];

export const googlenet: Backbone = {
  name: 'googlenet',
  family: 'googlenet',
  stages: [
    ...stem,
    ...Object.entries(modules).map(([name, inner]): Stage => ({
      name,
      run(ops, x) {
        const before = name === 'inception3' ? ops.localResponseNorm(x, normalisation) : x;
        return inner.reduce((y, module) => inception(ops, y, module), ops.maxPool(before, pool));
      },
    })),
  ],
  featureSize: 1024,
  classifierName: 'fc',
  classify: pooledLinear('fc'),
  input: {
    size: 224,
    resize: 256,
    interpolation: 'bilinear',
    mean: [123 / 255, 117 / 255, 104 / 255],
    std: [1 / 255, 1 / 255, 1 / 255],
  },
  defaultUnfreeze: ['inception5'],
  lastStage: 'inception5',
  weights: undefined,
  packaged: undefined,
  licence: 'BVLC, unrestricted use',
  fileNames: sameNames,
  imagenetTop1: 0.687,
  parameterCount: 6_998_552,
  // torchvision's has batch normalisation and takes 3×3 for 5×5.
  torchvision: undefined,
  timm: 'timm does not have this network',
  reference: {
    weightsName: 'googlenet',
    channels: 'bgr',
    taps: { inception3b: 'inception3', inception4e: 'inception4', inception5b: 'inception5' },
  },
};
