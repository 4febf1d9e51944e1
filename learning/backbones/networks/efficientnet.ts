/** EfficientNet (Tan & Le 2019), as timm trained it and as Google did (`tf_`), whose padding and normalisation are TensorFlow's. */
import { pooledLinear, type Backbone } from '../backbone.js';
import { publishedByTimm, type TimmWeights } from '../publishedByTimm.js';
import { blockStages, headStage, stemStage } from './mobileBlocks.js';
import { roundChannels, scaledBlocks, tensorflowStyle, torchStyle, type Row, type Style } from './mobileTable.js';

const inverted = { kind: 'inverted', expand: 6, squeeze: true } as const;

/** At scale 1. */
export const efficientnetTable: readonly (readonly Row[])[] = [
  [{ kind: 'separable', repeats: 1, kernel: 3, stride: 1, out: 16, squeeze: true }],
  [{ ...inverted, repeats: 2, kernel: 3, stride: 2, out: 24 }],
  [{ ...inverted, repeats: 2, kernel: 5, stride: 2, out: 40 }],
  [{ ...inverted, repeats: 3, kernel: 3, stride: 2, out: 80 }],
  [{ ...inverted, repeats: 3, kernel: 5, stride: 1, out: 112 }],
  [{ ...inverted, repeats: 4, kernel: 5, stride: 2, out: 192 }],
  [{ ...inverted, repeats: 1, kernel: 3, stride: 1, out: 320 }],
];

/** The gates of EfficientNet and its second version: from a quarter of the channels that come into a block. */
export const efficientnetStyle = {
  activation: 'silu',
  squeeze: { activation: 'silu', gate: 'sigmoid', channels: (block) => Math.round(block.in / 4) },
} satisfies Partial<Style>;

/** Width and depth. */
const scales = [
  [1.0, 1.0],
  [1.0, 1.1],
  [1.1, 1.2],
  [1.2, 1.4],
  [1.4, 1.8],
  [1.6, 2.2],
  [1.8, 2.6],
  [2.0, 3.1],
  [2.2, 3.6],
] as const;

type Weights = Omit<TimmWeights, 'parameterCount'>;
const imagenet = { colours: 'imagenet', cropShare: 0.875 } as const;

const unpublished = { colours: 'imagenet', tag: undefined, imagenetTop1: undefined } as const;

/** Of each scale. */
const parameterCounts = [
  ...[5_288_548, 7_794_184, 9_109_994, 12_233_232, 19_341_616],
  ...[30_389_784, 43_040_704, 66_347_960, 87_413_142],
];

const timmWeights: readonly Weights[] = [
  { ...imagenet, tag: 'ra_in1k', size: 224, imagenetTop1: 0.777 },
  { tag: 'ra4_e3600_r240_in1k', size: 240, cropShare: 0.9, colours: 'half', imagenetTop1: 0.804 },
  { ...imagenet, tag: 'ra_in1k', size: 256, imagenetTop1: 0.793 },
  { ...imagenet, tag: 'ra2_in1k', size: 288, imagenetTop1: 0.815 },
  { ...imagenet, tag: 'ra2_in1k', size: 320, imagenetTop1: 0.827 },
  { ...imagenet, tag: 'sw_in12k_ft_in1k', size: 448, cropShare: 1, fit: 'squash', imagenetTop1: 0.859 },
  { ...unpublished, size: 528, cropShare: 0.942 },
  { ...unpublished, size: 600, cropShare: 0.949 },
  { ...unpublished, size: 672, cropShare: 0.954 },
];

/** Noisy Student (Xie et al. 2020). */
const google = { colours: 'imagenet', tag: 'ns_jft_in1k' } as const;

const googleWeights: readonly Weights[] = [
  { ...google, size: 224, cropShare: 0.875, imagenetTop1: 0.787 },
  { ...google, size: 240, cropShare: 0.882, imagenetTop1: 0.814 },
  { ...google, size: 260, cropShare: 0.89, imagenetTop1: 0.824 },
  { ...google, size: 300, cropShare: 0.904, imagenetTop1: 0.841 },
  { ...google, size: 380, cropShare: 0.922, imagenetTop1: 0.852 },
  { ...google, size: 456, cropShare: 0.934, imagenetTop1: 0.861 },
  { ...google, size: 528, cropShare: 0.942, imagenetTop1: 0.865 },
  { ...google, size: 600, cropShare: 0.949, imagenetTop1: 0.869 },
  { ...google, tag: 'ra_in1k', size: 672, cropShare: 0.954, imagenetTop1: 0.853 },
];

const family = (prefix: string, weights: readonly Weights[], style: Style): Backbone[] =>
  weights.map((published, scale) => {
    const parameterCount = parameterCounts[scale]!;
    const [width, depth] = scales[scale]!;
    const stem = roundChannels(32, width);
    const featureSize = roundChannels(1280, width);
    return {
      ...publishedByTimm(`${prefix}efficientnet_b${scale}`, { ...published, parameterCount }),
      family: 'efficientnet',
      stages: [
        stemStage(stem, style),
        ...blockStages(scaledBlocks(efficientnetTable, stem, { width, depth }, style), style),
        headStage(featureSize, style),
      ],
      featureSize,
      classifierName: 'classifier',
      classify: pooledLinear('classifier'),
      defaultUnfreeze: ['blocks.3', 'blocks.4', 'blocks.5', 'blocks.6', 'conv_head'],
      lastStage: 'conv_head',
      reference: efficientnetReference,
    };
  });

/** Modules of timm's that end a stage. */
export const efficientnetReference = {
  ...{ weightsName: undefined, channels: 'rgb', taps: { bn1: 'stem', bn2: 'conv_head' } },
} satisfies Backbone['reference'];

export const efficientnets: readonly Backbone[] = [
  ...family('', timmWeights, { ...torchStyle, ...efficientnetStyle }),
  ...family('tf_', googleWeights, { ...tensorflowStyle, ...efficientnetStyle }),
];
