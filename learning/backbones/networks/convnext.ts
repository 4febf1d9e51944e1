/** ConvNeXt (Liu et al. 2022), the small ones of timm included, and ConvNeXt V2 (Woo et al. 2023). */
import { pooledLinear, type Backbone } from '../backbone.js';
import type { Operations, Stage } from '../operations.js';
import type { Tuning } from '../tuning.js';
import { publishedByTimm, type TimmWeights } from '../publishedByTimm.js';

interface Size {
  /** Blocks of each stage. */
  depths: readonly number[];
  /** Channels of the first stage; each stage has twice as many as the one before. */
  width: number;
  /** Whether a block's two linear layers are convolutions of a pixel in timm, whose weights have another shape. */
  isConvolution: boolean;
  /** Whether the picture is halved twice, by windows that overlap; the channels in between. @default it is cut into patches */
  overlap?: number;
  /** Whether the last map is normalised, and not its mean. @default false */
  normalisedMap?: boolean;
  /** Features of a layer before the classifier. @default there is none */
  hidden?: number;
}

const small = { depths: [2, 2, 6, 2], isConvolution: true };

const sizes = {
  atto: { ...small, width: 40 },
  femto: { ...small, width: 48 },
  pico: { ...small, width: 64 },
  nano: { ...small, depths: [2, 2, 8, 2], width: 80 },
  tiny: { depths: [3, 3, 9, 3], width: 96, isConvolution: false },
  small: { depths: [3, 3, 27, 3], width: 96, isConvolution: false },
  base: { depths: [3, 3, 27, 3], width: 128, isConvolution: false },
  large: { depths: [3, 3, 27, 3], width: 192, isConvolution: false },
  large_mlp: { depths: [3, 3, 27, 3], width: 192, isConvolution: false, hidden: 1536 },
  xlarge: { depths: [3, 3, 27, 3], width: 256, isConvolution: false },
  atto_ols: { ...small, width: 40, overlap: 24 },
  femto_ols: { ...small, width: 48, overlap: 24 },
  pico_ols: { ...small, width: 64, overlap: 32 },
  nano_ols: { ...small, depths: [2, 2, 8, 2], width: 80, overlap: 80 },
  tiny_hnf: { depths: [3, 3, 9, 3], width: 96, isConvolution: true, normalisedMap: true },
} satisfies Record<string, Size>;

/** The second version has global response normalisation in place of LayerScale. */
type Version = 1 | 2;

const epsilon = 1e-6;

interface Block extends Pick<Size, 'isConvolution'> {
  name: string;
  width: number;
  version: Version;
}

function block<T>(ops: Operations<T>, x: T, { name, width, isConvolution, version }: Block): T {
  const filter = { name: `${name}.conv_dw`, out: width, kernel: 7, padding: 3, depthwise: true, bias: true } as const;
  const normal = ops.layerNorm(ops.conv(x, filter), { name: `${name}.norm`, epsilon });
  const wide = ops.dense(normal, { name: `${name}.mlp.fc1`, out: 4 * width, isConvolution, activation: 'gelu' });
  const even = version === 2 ? ops.responseNorm(wide, { name: `${name}.mlp.grn`, epsilon }) : wide;
  const scale = version === 1 ? { scale: `${name}.gamma` } : {};
  const branch = ops.dense(even, { name: `${name}.mlp.fc2`, out: width, isConvolution, ...scale });
  return ops.add(ops.dropPath(branch, { name: `${name}.drop_path` }), x);
}

function stem({ width: out, overlap }: Size): Stage {
  const half = { kernel: 3, stride: 2, padding: 1, bias: true } as const;
  return {
    name: 'stem',
    run(ops, x) {
      if (overlap === undefined) {
        const patches = ops.conv(x, { name: 'stem.0', out, kernel: 4, stride: 4, bias: true });
        return ops.layerNorm(patches, { name: 'stem.1', epsilon });
      }
      const halved = ops.conv(x, { ...half, name: 'stem.0', out: overlap });
      return ops.layerNorm(ops.conv(halved, { ...half, name: 'stem.1', out }), { name: 'stem.2', epsilon });
    },
  };
}

function stagesOf(size: Size, version: Version): Stage[] {
  const { depths, width: first, isConvolution, normalisedMap = false, hidden } = size;
  const stages = depths.map((depth, index): Stage => {
    const name = `stages.${index}`;
    const width = first * 2 ** index;
    const smaller = { name: `${name}.downsample.1`, out: width, kernel: 2, stride: 2, bias: true };
    const names = Array.from({ length: depth }, (_, k) => `${name}.blocks.${k}`);
    return {
      name,
      run(ops, x) {
        const y = index === 0 ? x : ops.conv(ops.layerNorm(x, { name: `${name}.downsample.0`, epsilon }), smaller);
        return names.reduce((z, each) => block(ops, z, { name: each, width, isConvolution, version }), y);
      },
    };
  });
  /** The features are those behind it, so it is a stage. */
  const norm: Stage = {
    name: 'head.norm',
    run: (ops, x) => ops.layerNorm(ops.globalAveragePool(x), { name: 'head.norm', epsilon }),
  };
  const normFirst: Stage = { name: 'norm_pre', run: (ops, x) => ops.layerNorm(x, { name: 'norm_pre', epsilon }) };
  return [
    stem(size),
    ...stages,
    normalisedMap ? normFirst : norm,
    ...(hidden === undefined ? [] : [preLogits(hidden)]),
  ];
}

/** The features are those behind it. */
const preLogits = (out: number): Stage => ({
  name: 'head.pre_logits',
  run: (ops, x) => ops.dense(x, { name: 'head.pre_logits.fc', out, activation: 'gelu' }),
});

/** The stages behind the last block. */
function endOf(size: Size): string[] {
  const norm = size.normalisedMap === true ? 'norm_pre' : 'head.norm';
  return size.hidden === undefined ? [norm] : [norm, 'head.pre_logits'];
}

type Weights = readonly [size: keyof typeof sizes, top1: number | undefined, parameters: number, more: Published];
type Published = Pick<TimmWeights, 'tag'> & Partial<TimmWeights>;

/** Trained by timm on ImageNet-12k first. */
const from12k = { tag: 'in12k_ft_in1k', cropShare: 0.95 };
/** By the paper's authors on ImageNet-22k first. */
const from22k = { tag: 'fb_in22k_ft_in1k' };

const first: readonly Weights[] = [
  ['atto', 0.757, 3_695_520, { tag: 'd2_in1k' }],
  ['femto', 0.775, 5_217_784, { tag: 'd1_in1k' }],
  ['pico', 0.795, 9_045_672, { tag: 'd1_in1k' }],
  ['nano', 0.823, 15_593_560, from12k],
  ['tiny', 0.842, 28_589_128, from12k],
  ['small', 0.852, 50_223_688, from12k],
  ['base', 0.858, 88_591_464, from22k],
  ['large', 0.866, 197_767_336, from22k],
  [
    ...(['large_mlp', 0.88, 200_128_168] as const),
    { tag: 'clip_laion2b_soup_ft_in12k_in1k_320', size: 320, cropShare: 1, colours: 'clip' },
  ],
  ['xlarge', 0.87, 350_196_968, from22k],
  ['atto_ols', 0.759, 3_702_912, { tag: 'a2_in1k' }],
  ['femto_ols', 0.779, 5_226_520, { tag: 'd1_in1k' }],
  ['pico_ols', 0.795, 9_061_928, { tag: 'd1_in1k', cropShare: 0.95 }],
  ['nano_ols', 0.809, 15_649_560, { tag: 'd1h_in1k', cropShare: 0.95 }],
  ['tiny_hnf', 0.822, 28_589_128, { tag: 'a2h_in1k', cropShare: 0.95 }],
];

const unpublished = { tag: undefined };
const fcmae = { tag: 'fcmae_ft_in1k' };
const fcmaeFrom22k = { tag: 'fcmae_ft_in22k_in1k' };

const second: readonly Weights[] = [
  ['atto', 0.766, 3_708_400, fcmae],
  ['femto', 0.785, 5_233_240, fcmae],
  ['pico', 0.803, 9_066_280, fcmae],
  ['nano', 0.82, 15_623_800, fcmaeFrom22k],
  ['tiny', 0.839, 28_635_496, fcmaeFrom22k],
  ['small', undefined, 50_318_440, unpublished],
  ['base', 0.868, 88_717_800, fcmaeFrom22k],
  ['large', 0.873, 197_956_840, fcmaeFrom22k],
];

const largerRates: Partial<Record<keyof typeof sizes, number>> = { base: 0.2, large: 0.3, large_mlp: 0.3, xlarge: 0.4 };

/**
 * TRAINING.md of facebookresearch/ConvNeXt, for what was trained on ImageNet-22k: a decay of 0.8 for three blocks at a time, which is 0.93 for
 * each. Its drop path is given from ConvNeXt-B on; smaller ones have the 0.1 that ConvNeXt-T is trained with.
 */
const firstTuning = (size: keyof typeof sizes): Tuning => ({
  settings: { layerDecay: 0.93, dropPath: largerRates[size] ?? 0.1 },
  source: 'ConvNeXt (Liu et al. 2022)',
});

const aboveTiny: readonly string[] = ['small', 'base', 'large'];

/**
 * TRAINING.md of facebookresearch/ConvNeXt-V2: up to ConvNeXt V2-T a decay of 0.9 for each block, above it 0.6 for three at a time, which is
 * 0.84 for each.
 */
const secondTuning = (size: keyof typeof sizes): Tuning => ({
  settings: {
    layerDecay: aboveTiny.includes(size) ? 0.84 : 0.9,
    dropPath: size === 'tiny' ? 0.2 : 0.1,
  },
  source: 'ConvNeXt V2 (Woo et al. 2023)',
});

const family = (name: string, version: Version, table: readonly Weights[], licence: Backbone['licence']): Backbone[] =>
  table.map(([size, imagenetTop1, parameterCount, published]) => ({
    ...publishedByTimm(`${name}_${size}`, {
      ...{ size: 224, cropShare: 0.875, colours: 'imagenet', licence, imagenetTop1, parameterCount },
      ...published,
    }),
    family: name,
    stages: stagesOf(sizes[size], version),
    featureSize: (sizes[size] as Size).hidden ?? 8 * sizes[size].width,
    classifierName: 'head.fc',
    classify: pooledLinear('head.fc'),
    defaultUnfreeze: ['stages.3', ...endOf(sizes[size])],
    lastStage: 'stages.3',
    tuning: version === 1 ? firstTuning(size) : secondTuning(size),
    reference: { weightsName: undefined, channels: 'rgb', taps: {} },
  }));

export const convnexts: readonly Backbone[] = [
  ...family('convnext', 1, first, 'Apache-2.0'),
  ...family('convnextv2', 2, second, 'CC-BY-NC-4.0'),
];
