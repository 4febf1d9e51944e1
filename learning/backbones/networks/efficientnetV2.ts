/** EfficientNetV2 (Tan & Le 2021): fused blocks first, as Google trained it (`tf_`) and as timm did before that was published (`rw`). */
import { pooledLinear, type Backbone } from '../backbone.js';
import { publishedByTimm, type TimmWeights } from '../publishedByTimm.js';
import { efficientnetReference, efficientnetStyle } from './efficientnet.js';
import { blockStages, headStage, stemStage } from './mobileBlocks.js';
import { roundChannels, scaledBlocks, tensorflowStyle, torchStyle, type Row, type Scale } from './mobileTable.js';

interface Table {
  stem: number;
  stages: readonly (readonly Row[])[];
  head: number;
}

const plain = (repeats: number, out: number): Row[] => [
  { kind: 'convolution', repeats, kernel: 3, stride: 1, out, shortcut: true },
];
const fused = (repeats: number, out: number): Row[] => [
  { kind: 'fused', repeats, kernel: 3, stride: 2, expand: 4, out },
];
const inverted = (repeats: number, expand: number, stride: number, out: number): Row[] => [
  { kind: 'inverted', repeats, kernel: 3, stride, expand, out, squeeze: true },
];

const base: Table = {
  stem: 32,
  stages: [
    ...[plain(1, 16), fused(2, 32), fused(2, 48)],
    ...[inverted(3, 4, 2, 96), inverted(5, 6, 1, 112), inverted(8, 6, 2, 192)],
  ],
  head: 1280,
};

const small: Table = {
  stem: 24,
  stages: [
    ...[plain(2, 24), fused(4, 48), fused(4, 64)],
    ...[inverted(6, 4, 2, 128), inverted(9, 6, 1, 160), inverted(15, 6, 2, 256)],
  ],
  head: 1280,
};

/** After a figure of the paper, which its authors did not follow. */
const smallOfPaper: Table = {
  stem: 24,
  stages: [
    [{ kind: 'fused', repeats: 2, kernel: 3, stride: 1, out: 24 }],
    ...small.stages.slice(1, -1),
    inverted(15, 6, 2, 272),
  ],
  head: 1792,
};

const medium: Table = {
  stem: 24,
  stages: [
    ...[plain(3, 24), fused(5, 48), fused(5, 80)],
    ...[inverted(7, 4, 2, 160), inverted(14, 6, 1, 176), inverted(18, 6, 2, 304), inverted(5, 6, 1, 512)],
  ],
  head: 1280,
};

const large: Table = {
  stem: 32,
  stages: [
    ...[plain(4, 32), fused(7, 64), fused(7, 96)],
    ...[inverted(10, 4, 2, 192), inverted(19, 6, 1, 224), inverted(25, 6, 2, 384), inverted(7, 6, 1, 640)],
  ],
  head: 1280,
};

const extraLarge: Table = {
  stem: 32,
  stages: [
    ...[plain(4, 32), fused(8, 64), fused(8, 96)],
    ...[inverted(16, 4, 2, 192), inverted(24, 6, 1, 256), inverted(32, 6, 2, 512), inverted(8, 6, 1, 640)],
  ],
  head: 1280,
};

const unscaled: Scale = { width: 1, depth: 1 };
/** Rounded to the nearest multiple, even if that is far below. */
const nearest = { roundLimit: 0 };

const imagenet = { tag: 'in1k', colours: 'imagenet' } as const;
/** Trained on ImageNet-21k first. */
const from21k = { tag: 'in21k_ft_in1k', colours: 'half' } as const;
/** timm has the network, with the layers of torch, and no weights. */
const unpublished = { tag: undefined, colours: 'imagenet', cropShare: 1, imagenetTop1: undefined } as const;
const timms = { tag: 'ra2_in1k', colours: 'imagenet', cropShare: 1 } as const;

const variants: readonly (readonly [name: string, Table, Scale, TimmWeights])[] = [
  [
    ...(['tf_efficientnetv2_b0', base, { ...unscaled, ...nearest }] as const),
    { ...imagenet, size: 192, cropShare: 0.875, imagenetTop1: 0.769, parameterCount: 7_139_704 },
  ],
  [
    ...(['tf_efficientnetv2_b1', base, { width: 1, depth: 1.1, ...nearest }] as const),
    { ...imagenet, size: 192, cropShare: 0.882, imagenetTop1: 0.779, parameterCount: 8_141_052 },
  ],
  [
    ...(['tf_efficientnetv2_b2', base, { width: 1.1, depth: 1.2, ...nearest }] as const),
    { ...imagenet, size: 208, cropShare: 0.89, imagenetTop1: 0.792, parameterCount: 10_096_086 },
  ],
  [
    ...(['tf_efficientnetv2_b3', base, { width: 1.2, depth: 1.4, ...nearest }] as const),
    { ...from21k, size: 240, cropShare: 0.9, fit: 'squash', imagenetTop1: 0.811, parameterCount: 14_358_406 },
  ],
  [
    ...(['tf_efficientnetv2_s', small, unscaled] as const),
    { ...from21k, size: 300, cropShare: 1, imagenetTop1: 0.833, parameterCount: 21_458_488 },
  ],
  [
    ...(['tf_efficientnetv2_m', medium, unscaled] as const),
    { ...from21k, size: 384, cropShare: 1, fit: 'squash', imagenetTop1: 0.848, parameterCount: 54_139_356 },
  ],
  [
    ...(['tf_efficientnetv2_l', large, unscaled] as const),
    { ...from21k, size: 384, cropShare: 1, fit: 'squash', imagenetTop1: 0.858, parameterCount: 118_515_272 },
  ],
  [
    ...(['tf_efficientnetv2_xl', extraLarge, unscaled] as const),
    { ...from21k, size: 384, cropShare: 1, fit: 'squash', imagenetTop1: 0.856, parameterCount: 208_119_808 },
  ],
  [...(['efficientnetv2_s', small, unscaled] as const), { ...unpublished, size: 288, parameterCount: 21_458_488 }],
  [...(['efficientnetv2_m', medium, unscaled] as const), { ...unpublished, size: 320, parameterCount: 54_139_356 }],
  [...(['efficientnetv2_l', large, unscaled] as const), { ...unpublished, size: 384, parameterCount: 118_515_272 }],
  [
    ...(['efficientnetv2_rw_t', small, { width: 0.8, depth: 0.9 }] as const),
    { ...timms, size: 224, imagenetTop1: 0.814, parameterCount: 13_649_388 },
  ],
  [
    ...(['efficientnetv2_rw_s', smallOfPaper, unscaled] as const),
    { ...timms, size: 288, imagenetTop1: 0.829, parameterCount: 23_941_296 },
  ],
  [
    ...(['efficientnetv2_rw_m', smallOfPaper, { width: 1.2, depth: [1.2, 1.2, 1.2, 1.2, 1.6, 1.6] }] as const),
    { ...timms, tag: 'agc_in1k', size: 320, imagenetTop1: 0.843, parameterCount: 53_236_442 },
  ],
];

export const efficientnetV2s: readonly Backbone[] = variants.map(([name, table, scale, weights]) => {
  const style = { ...(name.startsWith('tf_') ? tensorflowStyle : torchStyle), ...efficientnetStyle };
  const featureSize = roundChannels(table.head, scale.width, scale.roundLimit);
  const stem = roundChannels(table.stem, scale.width, scale.roundLimit);
  const blocks = blockStages(scaledBlocks(table.stages, stem, scale, style), style);
  return {
    ...publishedByTimm(name, weights),
    family: 'efficientnet',
    stages: [stemStage(stem, style), ...blocks, headStage(featureSize, style)],
    featureSize,
    classifierName: 'classifier',
    classify: pooledLinear('classifier'),
    defaultUnfreeze: [...blocks.slice(3).map((stage) => stage.name), 'conv_head'],
    lastStage: 'conv_head',
    reference: efficientnetReference,
  };
});
