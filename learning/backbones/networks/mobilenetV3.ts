/** MobileNetV3 (Howard et al. 2019), as timm trained it and as Google did (`tf_`). Its last convolution follows the pooling. */
import { pooledLinear, type Backbone } from '../backbone.js';
import type { Activation, Stage } from '../operations.js';
import { publishedByTimm, type TimmWeights } from '../publishedByTimm.js';
import { blockStages, stemStage } from './mobileBlocks.js';
import {
  roundChannels,
  scaledBlocks,
  tensorflowStyle,
  torchStyle,
  type Row,
  type Scale,
  type Style,
} from './mobileTable.js';

interface Table {
  activation: Activation;
  stages: readonly (readonly Row[])[];
  /** Features behind the pooling. */
  head: number;
}

const row = (kernel: number, stride: number, expand: number, out: number, repeats = 1): Row => ({
  ...{ kind: 'inverted', repeats, kernel, stride, expand, out },
});
const separable = (stride: number): Row => ({ kind: 'separable', repeats: 1, kernel: 3, stride, out: 16 });
const last = (out: number): Row => ({ kind: 'convolution', repeats: 1, kernel: 1, stride: 1, out });
const relu = { activation: 'relu' } as const;
const squeeze = { squeeze: true } as const;

const large: Table = {
  activation: 'hard_swish',
  stages: [
    [{ ...separable(1), ...relu }],
    [
      { ...row(3, 2, 4, 24), ...relu },
      { ...row(3, 1, 3, 24), ...relu },
    ],
    [{ ...row(5, 2, 3, 40, 3), ...squeeze, ...relu }],
    [row(3, 2, 6, 80), row(3, 1, 2.5, 80), row(3, 1, 2.3, 80, 2)],
    [{ ...row(3, 1, 6, 112, 2), ...squeeze }],
    [{ ...row(5, 2, 6, 160, 3), ...squeeze }],
    [last(960)],
  ],
  head: 1280,
};

const small: Table = {
  activation: 'hard_swish',
  stages: [
    [{ ...separable(2), ...squeeze, ...relu }],
    [
      { ...row(3, 2, 4.5, 24), ...relu },
      { ...row(3, 1, 3.67, 24), ...relu },
    ],
    [
      { ...row(5, 2, 4, 40), ...squeeze },
      { ...row(5, 1, 6, 40, 2), ...squeeze },
    ],
    [{ ...row(5, 1, 3, 48, 2), ...squeeze }],
    [{ ...row(5, 2, 6, 96, 3), ...squeeze }],
    [last(576)],
  ],
  head: 1024,
};

/** Without what is slow on some processors: gates, hard swish, wide kernels. */
const minimal = ({ stages, head }: Table): Table => ({
  activation: 'relu',
  stages: stages.map((rows) =>
    rows.map((one) => ({ ...one, kernel: Math.min(one.kernel, 3), squeeze: false, activation: 'relu' })),
  ),
  head,
});

const unscaled: Scale = { width: 1, depth: 1 };
const imagenet = { colours: 'imagenet', size: 224, cropShare: 0.875 } as const;
const google = { colours: 'half', size: 224, cropShare: 0.875, interpolation: 'bilinear', tag: 'in1k' } as const;

const variants: readonly (readonly [name: string, Table, Scale, TimmWeights])[] = [
  [
    ...(['mobilenetv3_large_100', large, unscaled] as const),
    { ...imagenet, tag: 'ra_in1k', imagenetTop1: 0.758, parameterCount: 5_483_032 },
  ],
  [
    ...(['mobilenetv3_large_075', large, { width: 0.75, depth: 1 }] as const),
    { ...imagenet, tag: undefined, interpolation: 'bilinear', imagenetTop1: undefined, parameterCount: 3_993_528 },
  ],
  [
    ...(['mobilenetv3_large_150d', large, { width: 1.5, depth: 1.2 }] as const),
    {
      ...{ tag: 'ra4_e3600_r256_in1k', colours: 'half', size: 256, cropShare: 0.95, interpolation: 'bilinear' },
      ...{ imagenetTop1: 0.81, parameterCount: 14_622_320 },
    },
  ],
  [
    ...(['mobilenetv3_small_100', small, unscaled] as const),
    { ...imagenet, tag: 'lamb_in1k', imagenetTop1: 0.676, parameterCount: 2_542_856 },
  ],
  [
    ...(['mobilenetv3_small_075', small, { width: 0.75, depth: 1 }] as const),
    { ...imagenet, tag: 'lamb_in1k', imagenetTop1: 0.653, parameterCount: 2_041_872 },
  ],
  [
    ...(['mobilenetv3_small_050', small, { width: 0.5, depth: 1 }] as const),
    { ...imagenet, tag: 'lamb_in1k', imagenetTop1: 0.579, parameterCount: 1_593_224 },
  ],
  [
    ...(['tf_mobilenetv3_large_100', large, unscaled] as const),
    { ...google, imagenetTop1: 0.755, parameterCount: 5_483_032 },
  ],
  [
    ...(['tf_mobilenetv3_large_075', large, { width: 0.75, depth: 1 }] as const),
    { ...google, imagenetTop1: 0.734, parameterCount: 3_993_528 },
  ],
  [
    ...(['tf_mobilenetv3_large_minimal_100', minimal(large), unscaled] as const),
    { ...google, imagenetTop1: 0.723, parameterCount: 3_924_288 },
  ],
  [
    ...(['tf_mobilenetv3_small_100', small, unscaled] as const),
    { ...google, imagenetTop1: 0.679, parameterCount: 2_542_856 },
  ],
  [
    ...(['tf_mobilenetv3_small_075', small, { width: 0.75, depth: 1 }] as const),
    { ...google, imagenetTop1: 0.657, parameterCount: 2_041_872 },
  ],
  [
    ...(['tf_mobilenetv3_small_minimal_100', minimal(small), unscaled] as const),
    { ...google, imagenetTop1: 0.629, parameterCount: 2_044_736 },
  ],
];

/** The features are those behind it, so it is a stage. */
const head = (out: number, activation: Activation): Stage => ({
  name: 'conv_head',
  run: (ops, x) => ops.conv(ops.globalAveragePool(x), { name: 'conv_head', out, kernel: 1, bias: true, activation }),
});

export const mobilenetV3s: readonly Backbone[] = variants.map(([name, table, scale, weights]) => {
  const { activation } = table;
  const style: Style = {
    ...(name.startsWith('tf_') ? tensorflowStyle : torchStyle),
    activation,
    squeeze: { activation: 'relu', gate: 'hard_sigmoid', channels: (block) => roundChannels(block.width / 4) },
  };
  // At half the width the stem keeps its own.
  const stem = roundChannels(16, scale.width < 0.75 ? 1 : scale.width);
  const blocks = blockStages(scaledBlocks(table.stages, stem, scale, style), style);
  return {
    ...publishedByTimm(name, weights),
    family: 'mobilenet_v3',
    stages: [stemStage(stem, style), ...blocks, head(table.head, activation)],
    featureSize: table.head,
    classifierName: 'classifier',
    classify: pooledLinear('classifier'),
    defaultUnfreeze: [...blocks.slice(-3).map((stage) => stage.name), 'conv_head'],
    lastStage: 'conv_head',
    reference: { weightsName: undefined, channels: 'rgb', taps: { bn1: 'stem', act2: 'conv_head' } },
  };
});
