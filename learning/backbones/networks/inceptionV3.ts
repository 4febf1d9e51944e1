/** Inception v3 (Szegedy et al. 2015) as torchvision builds it, without the auxiliary classifier. */
import { imagenetInput, pooledLinear, type Backbone } from '../backbone.js';
import { sameInTimm, sameNames } from '../facts.js';
import type { Operations, Stage } from '../operations.js';

type Kernel = number | readonly [number, number];

/** A convolution of a branch: name, output channels, kernel, stride, padding. */
type Step = readonly [name: string, out: number, kernel: Kernel, stride?: number, padding?: Kernel];

function convolve<T>(ops: Operations<T>, x: T, [name, out, kernel, stride = 1, padding = 0]: Step): T {
  return ops.conv(x, {
    name: `${name}.conv`,
    out,
    kernel,
    stride,
    padding,
    batchNorm: { name: `${name}.bn`, epsilon: 1e-3 },
    activation: 'relu',
  });
}

const branch = <T>(ops: Operations<T>, x: T, module: string, steps: readonly Step[]): T =>
  steps.reduce((y, [name, ...rest]) => convolve(ops, y, [`${module}.${name}`, ...rest]), x);

/** torchvision counts the padding of this pool into the average. */
const averaged = <T>(ops: Operations<T>, x: T): T => ops.averagePool(x, { size: 3, stride: 1, padding: 1 });
const reduced = <T>(ops: Operations<T>, x: T): T => ops.maxPool(x, { size: 3, stride: 2 });

const wide: Kernel = [1, 7];
const tall: Kernel = [7, 1];
const wideSide: Kernel = [0, 3];
const tallSide: Kernel = [3, 0];

type Module = <T>(ops: Operations<T>, x: T, name: string) => T;

/** 35×35: 1×1, 5×5, two 3×3, pool. */
const moduleA =
  (pooled: number): Module =>
  (ops, x, name) =>
    ops.concat([
      branch(ops, x, name, [['branch1x1', 64, 1]]),
      branch(ops, x, name, [
        ['branch5x5_1', 48, 1],
        ['branch5x5_2', 64, 5, 1, 2],
      ]),
      branch(ops, x, name, [
        ['branch3x3dbl_1', 64, 1],
        ['branch3x3dbl_2', 96, 3, 1, 1],
        ['branch3x3dbl_3', 96, 3, 1, 1],
      ]),
      branch(ops, averaged(ops, x), name, [['branch_pool', pooled, 1]]),
    ]);

/** 35×35 to 17×17. */
const moduleB: Module = (ops, x, name) =>
  ops.concat([
    branch(ops, x, name, [['branch3x3', 384, 3, 2]]),
    branch(ops, x, name, [
      ['branch3x3dbl_1', 64, 1],
      ['branch3x3dbl_2', 96, 3, 1, 1],
      ['branch3x3dbl_3', 96, 3, 2],
    ]),
    reduced(ops, x),
  ]);

/** 17×17: 1×1, factorised 7×7, two factorised 7×7, pool. */
const moduleC =
  (width: number): Module =>
  (ops, x, name) =>
    ops.concat([
      branch(ops, x, name, [['branch1x1', 192, 1]]),
      branch(ops, x, name, [
        ['branch7x7_1', width, 1],
        ['branch7x7_2', width, wide, 1, wideSide],
        ['branch7x7_3', 192, tall, 1, tallSide],
      ]),
      branch(ops, x, name, [
        ['branch7x7dbl_1', width, 1],
        ['branch7x7dbl_2', width, tall, 1, tallSide],
        ['branch7x7dbl_3', width, wide, 1, wideSide],
        ['branch7x7dbl_4', width, tall, 1, tallSide],
        ['branch7x7dbl_5', 192, wide, 1, wideSide],
      ]),
      branch(ops, averaged(ops, x), name, [['branch_pool', 192, 1]]),
    ]);

/** 17×17 to 8×8. */
const moduleD: Module = (ops, x, name) =>
  ops.concat([
    branch(ops, x, name, [
      ['branch3x3_1', 192, 1],
      ['branch3x3_2', 320, 3, 2],
    ]),
    branch(ops, x, name, [
      ['branch7x7x3_1', 192, 1],
      ['branch7x7x3_2', 192, wide, 1, wideSide],
      ['branch7x7x3_3', 192, tall, 1, tallSide],
      ['branch7x7x3_4', 192, 3, 2],
    ]),
    reduced(ops, x),
  ]);

/** 8×8: branches that fork into 1×3 and 3×1. */
const moduleE: Module = (ops, x, name) => {
  const three = branch(ops, x, name, [['branch3x3_1', 384, 1]]);
  const double = branch(ops, x, name, [
    ['branch3x3dbl_1', 448, 1],
    ['branch3x3dbl_2', 384, 3, 1, 1],
  ]);
  return ops.concat([
    branch(ops, x, name, [['branch1x1', 320, 1]]),
    branch(ops, three, name, [['branch3x3_2a', 384, [1, 3], 1, [0, 1]]]),
    branch(ops, three, name, [['branch3x3_2b', 384, [3, 1], 1, [1, 0]]]),
    branch(ops, double, name, [['branch3x3dbl_3a', 384, [1, 3], 1, [0, 1]]]),
    branch(ops, double, name, [['branch3x3dbl_3b', 384, [3, 1], 1, [1, 0]]]),
    branch(ops, averaged(ops, x), name, [['branch_pool', 192, 1]]),
  ]);
};

const mixed = (stage: string, modules: readonly (readonly [string, Module])[]): Stage => ({
  name: stage,
  run: (ops, x) => modules.reduce((y, [name, module]) => module(ops, y, name), x),
});

const stages: readonly Stage[] = [
  {
    name: 'stem1',
    run: (ops, x) => {
      const steps: Step[] = [
        ['Conv2d_1a_3x3', 32, 3, 2],
        ['Conv2d_2a_3x3', 32, 3],
        ['Conv2d_2b_3x3', 64, 3, 1, 1],
      ];
      return steps.reduce((y, step) => convolve(ops, y, step), x);
    },
  },
  {
    name: 'stem2',
    run: (ops, x) => convolve(ops, convolve(ops, reduced(ops, x), ['Conv2d_3b_1x1', 80, 1]), ['Conv2d_4a_3x3', 192, 3]),
  },
  {
    name: 'mixed5',
    run: (ops, x) =>
      mixed('mixed5', [
        ['Mixed_5b', moduleA(32)],
        ['Mixed_5c', moduleA(64)],
        ['Mixed_5d', moduleA(64)],
      ]).run(ops, reduced(ops, x)),
  },
  mixed('mixed6', [
    ['Mixed_6a', moduleB],
    ['Mixed_6b', moduleC(128)],
    ['Mixed_6c', moduleC(160)],
    ['Mixed_6d', moduleC(160)],
    ['Mixed_6e', moduleC(192)],
  ]),
  mixed('mixed7', [
    ['Mixed_7a', moduleD],
    ['Mixed_7b', moduleE],
    ['Mixed_7c', moduleE],
  ]),
];

export const inceptionV3: Backbone = {
  name: 'inception_v3',
  family: 'inception_v3',
  stages,
  featureSize: 2048,
  classifierName: 'fc',
  classify: pooledLinear('fc'),
  // torchvision's `transform_input` turns ImageNet normalisation into this one.
  input: { ...imagenetInput(299), mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
  defaultUnfreeze: ['mixed7'],
  lastStage: 'mixed7',
  weights: 'hf:timm/inception_v3.tv_in1k',
  packaged: undefined,
  licence: 'BSD-3-Clause',
  fileNames: sameNames,
  imagenetTop1: 0.7729,
  parameterCount: 23_834_568,
  torchvision: { model: 'inception_v3', moreArguments: ', aux_logits=False, init_weights=False' },
  timm: sameInTimm('inception_v3'),
  reference: {
    weightsName: 'inception_v3',
    channels: 'rgb',
    taps: {
      Conv2d_2b_3x3: 'stem1',
      Conv2d_4a_3x3: 'stem2',
      Mixed_5d: 'mixed5',
      Mixed_6e: 'mixed6',
      Mixed_7c: 'mixed7',
    },
  },
};
