/** Image towers of CLIP (Radford et al. 2021) and its kin, and of SigLIP (Zhai et al. 2023). */
import type { Backbone } from '../../backbone.js';
import { beitTuning } from './tuning.js';
import { croppedInput, sizes, visionTransformer, type normalisations, type Size } from './visionTransformer.js';

interface Clip {
  size: Size | 'xsmall';
  patch: number;
  picture: number;
  /** CLIP's own weights have it, and some that follow it. */
  isQuick?: boolean;
  /** timm's tag of the weights. */
  tag: string;
  cropShare: number;
  /** Whether the whole picture becomes a square, whatever its shape. @default its centre is cropped */
  fit?: 'squash';
  licence?: 'MIT';
  normalisation?: keyof typeof normalisations;
  top1?: number;
  parameters: number;
}

const tuned = 'laion2b_ft_in12k_in1k';

const clip: readonly Clip[] = [
  { size: 'base', patch: 32, picture: 224, tag: tuned, cropShare: 0.9, top1: 0.833, parameters: 88_225_000 },
  { size: 'base', patch: 32, picture: 256, tag: 'datacompxl', cropShare: 1, parameters: 88_236_520 },
  { size: 'base', patch: 32, picture: 384, tag: tuned, cropShare: 1, top1: 0.854, parameters: 88_297_960 },
  { size: 'base', patch: 16, picture: 224, tag: tuned, cropShare: 0.95, top1: 0.862, parameters: 86_568_424 },
  {
    ...{ size: 'base', patch: 16, picture: 384, tag: tuned, cropShare: 1, fit: 'squash', top1: 0.872 },
    parameters: 86_860_264,
  },
  {
    ...{ size: 'large', patch: 14, picture: 224, tag: tuned, cropShare: 1, normalisation: 'half', top1: 0.879 },
    parameters: 304_204_776,
  },
  {
    ...{ size: 'large', patch: 14, picture: 336, tag: tuned, cropShare: 1, normalisation: 'half', top1: 0.882 },
    ...{ fit: 'squash', parameters: 304_532_456 },
  },
  { size: 'huge', patch: 14, picture: 224, tag: tuned, cropShare: 1, top1: 0.883, parameters: 632_047_080 },
  { size: 'base', patch: 32, picture: 224, isQuick: true, tag: 'openai', cropShare: 0.9, parameters: 88_225_000 },
  { size: 'base', patch: 16, picture: 224, isQuick: true, tag: 'openai', cropShare: 0.9, parameters: 86_568_424 },
  { size: 'large', patch: 14, picture: 224, isQuick: true, tag: 'openai', cropShare: 1, parameters: 304_204_776 },
  { size: 'large', patch: 14, picture: 336, isQuick: true, tag: 'openai', cropShare: 1, parameters: 304_532_456 },
  // TinyCLIP (Wu et al. 2023).
  {
    ...{ size: 'xsmall', patch: 16, picture: 224, tag: 'tinyclip_yfcc15m', cropShare: 0.9, licence: 'MIT' },
    parameters: 8_402_920,
  },
  {
    ...{ size: 'medium', patch: 32, picture: 224, tag: 'tinyclip_laion400m', cropShare: 0.9, licence: 'MIT' },
    parameters: 39_942_632,
  },
  {
    ...{ size: 'medium', patch: 16, picture: 224, tag: 'tinyclip_yfcc15m', cropShare: 0.9, licence: 'MIT' },
    parameters: 38_838_248,
  },
];

const clipBackbones = clip.map((row): Backbone => {
  const { size, patch, picture, tag } = row;
  // timm keeps the weights under the name without the activation.
  const plain = `vit_${size}_patch${patch}_clip`;
  return visionTransformer({
    name: `${plain}_${row.isQuick ? 'quickgelu_' : ''}${picture}`,
    transformer: {
      ...(size === 'xsmall' ? { width: 256, depth: 10, heads: 4 } : sizes[size]),
      ...{ patch, epsilon: 1e-5, normalisedFirst: true, positions: { grid: Math.floor(picture / patch) } },
      activation: row.isQuick ? 'quick_gelu' : 'gelu',
    },
    input: {
      ...croppedInput(picture, row.cropShare, row.normalisation ?? 'clip'),
      ...(row.fit === undefined ? {} : { fit: row.fit }),
    },
    weights: `hf:timm/${plain}_${picture}.${tag}`,
    licence: row.licence ?? 'Apache-2.0',
    imagenetTop1: row.top1,
    parameterCount: row.parameters,
    tuning: beitTuning(size),
  });
});

/** The last word is GELU's, where it is the approximation. */
const siglip: readonly (readonly [size: Size, patch: number, picture: number, parameters: number, gelu?: 'tanh'])[] = [
  ['base', 32, 256, 95_321_320, 'tanh'],
  ['base', 16, 224, 93_653_224],
  ['base', 16, 256, 93_699_304],
  ['base', 16, 384, 93_945_064],
  ['base', 16, 512, 94_289_128],
  ['large', 16, 256, 316_981_224],
  ['large', 16, 384, 317_308_904],
  ['large', 16, 512, 317_767_656],
  ['so400m', 14, 224, 428_833_704],
  ['so400m', 14, 378, 429_378_600],
  ['so400m', 16, 256, 429_041_064, 'tanh'],
  ['so400m', 16, 384, 429_409_704, 'tanh'],
];

const siglipBackbones = siglip.map(([size, patch, picture, parameterCount, gelu]): Backbone => {
  const name = `vit_${size}_patch${patch}_siglip_${picture}`;
  return visionTransformer({
    name,
    transformer: {
      ...{ ...sizes[size], patch, classToken: false, positions: { grid: picture / patch }, pooling: 'attention' },
      activation: gelu === 'tanh' ? 'gelu_tanh' : 'gelu',
    },
    input: croppedInput(picture, 0.9, 'half'),
    weights: `hf:timm/${name}.v2_webli`,
    licence: 'Apache-2.0',
    imagenetTop1: undefined,
    parameterCount,
    tuning: beitTuning(size),
  });
});

export const languageImage: readonly Backbone[] = [...clipBackbones, ...siglipBackbones];
