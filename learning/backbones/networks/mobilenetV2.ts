/** MobileNetV2 (Sandler et al. 2018) under torchvision's names, and two published variants of it. */
import { imagenetInput, pooledLinear, type Backbone } from '../backbone.js';
import { sameInTimm, sameNames } from '../facts.js';
import type { Operations, Padding, Stage } from '../operations.js';

/** Expansion, output channels, repeats and stride of each stage. */
const table = [
  { expand: 1, out: 16, repeats: 1, stride: 1 },
  { expand: 6, out: 24, repeats: 2, stride: 2 },
  { expand: 6, out: 32, repeats: 3, stride: 2 },
  { expand: 6, out: 64, repeats: 4, stride: 2 },
  { expand: 6, out: 96, repeats: 3, stride: 1 },
  { expand: 6, out: 160, repeats: 3, stride: 2 },
  { expand: 6, out: 320, repeats: 1, stride: 1 },
] as const;

const stemChannels = 32;
const headChannels = 1280;
const bn = (name: string) => ({ name, epsilon: 1e-5 });

interface Variant {
  /** Padding of the 3×3 convolutions. */
  padding: Padding;
  /** Whether even the first block has an expansion convolution, of factor 1. */
  expandFirst: boolean;
}

interface Block extends Variant {
  name: string;
  in: number;
  out: number;
  expand: number;
  stride: number;
}

function block<T>(ops: Operations<T>, x: T, b: Block): T {
  const width = b.in * b.expand;
  const expands = b.expand > 1 || b.expandFirst;
  let layer = 0;
  let y = x;
  if (expands) {
    y = ops.conv(y, {
      name: `${b.name}.conv.${layer}.0`,
      out: width,
      kernel: 1,
      batchNorm: bn(`${b.name}.conv.${layer}.1`),
      activation: 'relu6',
    });
    layer += 1;
  }
  y = ops.conv(y, {
    name: `${b.name}.conv.${layer}.0`,
    out: width,
    kernel: 3,
    stride: b.stride,
    padding: b.padding,
    depthwise: true,
    batchNorm: bn(`${b.name}.conv.${layer}.1`),
    activation: 'relu6',
  });
  y = ops.conv(y, {
    name: `${b.name}.conv.${layer + 1}`,
    out: b.out,
    kernel: 1,
    batchNorm: bn(`${b.name}.conv.${layer + 2}`),
  });
  return b.stride === 1 && b.in === b.out ? ops.add(ops.dropPath(y, { name: `${b.name}.drop_path` }), x) : y;
}

/** The blocks of each stage between stem and head. */
function blocksOf(variant: Variant): Block[][] {
  let channels: number = stemChannels;
  let index = 1;
  return table.map((row) =>
    Array.from({ length: row.repeats }, (_, k): Block => {
      const b = {
        ...variant,
        name: `features.${index}`,
        in: channels,
        out: row.out,
        expand: row.expand,
        stride: k === 0 ? row.stride : 1,
      };
      channels = row.out;
      index += 1;
      return b;
    }),
  );
}

function stagesOf(variant: Variant): Stage[] {
  const stem: Stage = {
    name: 'stem',
    run: (ops, x) =>
      ops.conv(x, {
        name: 'features.0.0',
        out: stemChannels,
        kernel: 3,
        stride: 2,
        padding: variant.padding,
        batchNorm: bn('features.0.1'),
        activation: 'relu6',
      }),
  };
  const stages = blocksOf(variant).map((blocks, i): Stage => ({
    name: `stage${i + 1}`,
    run: (ops, x) => blocks.reduce((y, b) => block(ops, y, b), x),
  }));
  const head: Stage = {
    name: 'head',
    run: (ops, x) =>
      ops.conv(x, {
        name: 'features.18.0',
        out: headChannels,
        kernel: 1,
        batchNorm: bn('features.18.1'),
        activation: 'relu6',
      }),
  };
  return [stem, ...stages, head];
}

/** torchvision counts blocks through and their layers by position; timm counts blocks within their stage and names layers. */
function timmNames(variant: Variant): Map<string, string> {
  const names = new Map([
    ['features.0.0', 'conv_stem'],
    ['features.0.1', 'bn1'],
    ['features.18.0', 'conv_head'],
    ['features.18.1', 'bn2'],
    ['classifier.1', 'classifier'],
  ]);
  for (const [stage, blocks] of blocksOf(variant).entries()) {
    for (const [index, b] of blocks.entries()) {
      for (const [layer, timm] of b.expand > 1 ? expandedInTimm : plainInTimm) {
        names.set(`${b.name}.conv.${layer}`, `blocks.${stage}.${index}.${timm}`);
      }
    }
  }
  return names;
}

const expandedInTimm = [
  ['0.0', 'conv_pw'],
  ['0.1', 'bn1'],
  ['1.0', 'conv_dw'],
  ['1.1', 'bn2'],
  ['2', 'conv_pwl'],
  ['3', 'bn3'],
] as const;

const plainInTimm = [
  ['0.0', 'conv_dw'],
  ['0.1', 'bn1'],
  ['1', 'conv_pw'],
  ['2', 'bn2'],
] as const;

const common = {
  family: 'mobilenet_v2',
  featureSize: headChannels,
  classifierName: 'classifier.1',
  classify: pooledLinear('classifier.1'),
  input: imagenetInput(224),
  defaultUnfreeze: ['stage5', 'stage6', 'stage7', 'head'],
  lastStage: 'head',
  packaged: undefined,
  fileNames: sameNames,
} satisfies Partial<Backbone>;

/** Modules of torchvision that end a stage. */
const taps = {
  'features.0': 'stem',
  'features.1': 'stage1',
  'features.3': 'stage2',
  'features.6': 'stage3',
  'features.10': 'stage4',
  'features.13': 'stage5',
  'features.16': 'stage6',
  'features.17': 'stage7',
  'features.18': 'head',
};

const torchvision: Variant = { padding: 1, expandFirst: false };
const tensorflow: Variant = { padding: 'same', expandFirst: false };
const gluon: Variant = { padding: 1, expandFirst: true };

export const mobilenets: readonly Backbone[] = [
  {
    ...common,
    name: 'mobilenet_v2',
    stages: stagesOf(torchvision),
    weights: 'https://download.pytorch.org/models/mobilenet_v2-b0353104.pth',
    licence: 'BSD-3-Clause',
    imagenetTop1: 0.7188,
    parameterCount: 3_504_872,
    torchvision: { model: 'mobilenet_v2', moreArguments: '' },
    timm: { ...sameInTimm('mobilenetv2_100'), names: timmNames(torchvision) },
    reference: { weightsName: undefined, channels: 'rgb', taps },
  },
  {
    // Trained in TensorFlow: SAME padding and its own normalisation.
    ...common,
    name: 'tf_mobilenet_v2',
    stages: stagesOf(tensorflow),
    input: { ...common.input, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
    weights: undefined,
    licence: 'Apache-2.0',
    imagenetTop1: undefined,
    parameterCount: 3_504_872,
    torchvision: undefined,
    timm: {
      ...sameInTimm('mobilenetv2_100'),
      modelArguments: { pad_type: 'same' },
      names: timmNames(tensorflow),
    },
    reference: { weightsName: 'mobilenet_v2', channels: 'rgb', taps },
  },
  {
    // Trained in Gluon, whose first block expands too.
    ...common,
    name: 'mobilenet_v2_expand_first',
    stages: stagesOf(gluon),
    weights: undefined,
    licence: 'Apache-2.0',
    imagenetTop1: undefined,
    // Gluon's classifier has no bias.
    parameterCount: undefined,
    torchvision: undefined,
    timm: 'timm’s first block has no expansion',
    reference: { weightsName: 'mobilenet_v2.expand_first.features', channels: 'rgb', taps },
  },
];
