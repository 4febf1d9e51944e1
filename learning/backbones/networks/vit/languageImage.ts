/** Image towers of CLIP (Radford et al. 2021) and its kin, and of SigLIP (Zhai et al. 2023). */
import type { Backbone } from '../../backbone.js';
import type { Transformer } from './transformer.js';
import { beitTuning } from './tuning.js';
import { croppedInput, sizes, visionTransformer, type normalisations, type Size } from './visionTransformer.js';

interface Clip {
  size: Size | 'xsmall' | 'base_plus';
  patch: number;
  picture: number;
  /** CLIP's own weights have it, and some that follow it. */
  isQuick?: boolean;
  /** timm's tag of the weights. */
  tag: string;
  cropShare: number;
  /** Whether the whole picture becomes a square, whatever its shape. @default its centre is cropped */
  fit?: 'squash';
  licence?: Backbone['licence'];
  normalisation?: keyof typeof normalisations;
  top1?: number;
  parameters: number;
}

const ownSizes = {
  xsmall: { width: 256, depth: 10, heads: 4 },
  base_plus: { width: 896, depth: 12, heads: 14 },
};

const tuned = 'laion2b_ft_in12k_in1k';

const clip: readonly Clip[] = [
  { size: 'base', patch: 32, picture: 224, tag: tuned, cropShare: 0.9, top1: 0.833, parameters: 88_225_000 },
  { size: 'base', patch: 32, picture: 256, tag: 'datacompxl', cropShare: 1, parameters: 88_236_520 },
  { size: 'base', patch: 32, picture: 384, tag: tuned, cropShare: 1, top1: 0.854, parameters: 88_297_960 },
  { size: 'base', patch: 32, picture: 448, tag: tuned, cropShare: 1, top1: 0.858, parameters: 88_337_896 },
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
  {
    ...{ size: 'huge', patch: 14, picture: 336, tag: tuned, cropShare: 1, fit: 'squash', top1: 0.886 },
    parameters: 632_456_680,
  },
  // OpenCLIP's (Cherti et al. 2022).
  {
    ...{ size: 'base_plus', patch: 16, picture: 240, tag: 'laion400m_e32', cropShare: 1, licence: 'MIT' },
    parameters: 117_537_384,
  },
  // DFN (Fang et al. 2023), which is trained with the approximation; timm has it by either name.
  ...(
    [
      { picture: 378, parameters: 632_652_520 },
      { picture: 224, isQuick: true, parameters: 632_047_080 },
      { picture: 378, isQuick: true, parameters: 632_652_520 },
    ] as const
  ).map((row): Clip => ({ size: 'huge', patch: 14, tag: 'dfn5b', cropShare: 1, licence: 'Apple ASCL', ...row })),
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
    ...{ size: 'betwixt', patch: 32, picture: 224, tag: 'tinyclip_laion400m', cropShare: 0.9, licence: 'MIT' },
    parameters: 61_724_520,
  },
  {
    ...{ size: 'medium', patch: 16, picture: 224, tag: 'tinyclip_yfcc15m', cropShare: 0.9, licence: 'MIT' },
    parameters: 38_838_248,
  },
];

const clipBackbones = clip.map((row): Backbone => {
  const { size, patch, picture, tag } = row;
  // timm keeps the weights under the name without the activation.
  const plain = `vit_${size === 'base_plus' ? `base_patch${patch}_plus` : `${size}_patch${patch}`}_clip`;
  return visionTransformer({
    name: `${plain}_${row.isQuick ? 'quickgelu_' : ''}${picture}`,
    transformer: {
      ...(size === 'xsmall' || size === 'base_plus' ? ownSizes[size] : sizes[size]),
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

interface Siglip {
  size: Size;
  patch: number;
  picture: number;
  parameters: number;
  /** Whether timm has it with GELU's approximation by tanh, as Google trained all of them. */
  isTanh?: boolean;
  /** @default the second version's */
  tag?: string;
  /** Google's own repository, whose network is the one with the approximation. */
  repository?: string;
}

const siglip: readonly Siglip[] = [
  { size: 'base', patch: 32, picture: 256, parameters: 95_321_320, isTanh: true },
  { size: 'base', patch: 16, picture: 224, parameters: 93_653_224, repository: 'siglip-base-patch16-224' },
  { size: 'base', patch: 16, picture: 256, parameters: 93_699_304, repository: 'siglip-base-patch16-256' },
  { size: 'base', patch: 16, picture: 384, parameters: 93_945_064, repository: 'siglip-base-patch16-384' },
  { size: 'base', patch: 16, picture: 512, parameters: 94_289_128, repository: 'siglip-base-patch16-512' },
  { size: 'large', patch: 16, picture: 256, parameters: 316_981_224, repository: 'siglip-large-patch16-256' },
  { size: 'large', patch: 16, picture: 384, parameters: 317_308_904, repository: 'siglip-large-patch16-384' },
  { size: 'large', patch: 16, picture: 512, parameters: 317_767_656, isTanh: true },
  { size: 'so400m', patch: 14, picture: 224, parameters: 428_833_704, repository: 'siglip-so400m-patch14-224' },
  { size: 'so400m', patch: 14, picture: 378, parameters: 429_378_600 },
  {
    ...{ size: 'so400m', patch: 14, picture: 384, parameters: 429_378_600, tag: 'webli' },
    repository: 'siglip-so400m-patch14-384',
  },
  { size: 'so400m', patch: 16, picture: 256, parameters: 429_041_064, isTanh: true },
  { size: 'so400m', patch: 16, picture: 384, parameters: 429_409_704, isTanh: true },
  { size: 'so400m', patch: 16, picture: 512, parameters: 429_925_800, isTanh: true },
];

/** @param pooling by a learned query, or the mean of the tokens, for which timm leaves the query out (`gap`) */
function siglipBackbone(row: Siglip, pooling: 'attention' | 'mean'): Backbone {
  const { size, patch, picture, parameters, isTanh = false, tag = 'v2_webli' } = row;
  const isMean = pooling === 'mean';
  const name = `vit_${size}_patch${patch}_siglip_${isMean ? 'gap_' : ''}${picture}`;
  return visionTransformer({
    name,
    transformer: siglipTransformer(row, pooling, isTanh),
    input: croppedInput(picture, 0.9, 'half'),
    weights: `hf:timm/${name}.${tag}`,
    licence: 'Apache-2.0',
    imagenetTop1: undefined,
    parameterCount: isMean ? parameters - poolParameters(row) : parameters,
    tuning: beitTuning(size),
  });
}

/** As Google and transformers compute it: `vit_base_patch16_siglip_224.google`. */
function googleSiglip(row: Siglip & { repository: string }): Backbone {
  const { size, patch, picture, parameters, repository } = row;
  const architecture = `vit_${size}_patch${patch}_siglip_${picture}`;
  return visionTransformer({
    name: `${architecture}.google`,
    architecture,
    modelArguments: { act_layer: 'gelu_tanh' },
    transformer: siglipTransformer(row, 'attention', true),
    input: { ...croppedInput(picture, 1, 'half'), fit: 'squash' },
    weights: `hf:google/${repository}`,
    licence: 'Apache-2.0',
    imagenetTop1: undefined,
    parameterCount: parameters,
    tuning: beitTuning(size),
  });
}

function siglipTransformer(
  { size, patch, picture }: Siglip,
  pooling: 'attention' | 'mean',
  isTanh: boolean,
): Transformer {
  return {
    ...{ ...sizes[size], patch, classToken: false, positions: { grid: Math.floor(picture / patch) }, pooling },
    activation: isTanh ? 'gelu_tanh' : 'gelu',
  };
}

/** Of the query, its four matrices, its norm and its perceptron. */
function poolParameters({ size }: Siglip): number {
  const { width, hidden = 4 * width }: { width: number; hidden?: number } = sizes[size];
  return width + 4 * (width + 1) * width + 2 * width + (2 * width + 1) * hidden + width;
}

const hasRepository = (row: Siglip): row is Siglip & { repository: string } => row.repository !== undefined;

export const languageImage: readonly Backbone[] = [
  ...clipBackbones,
  ...siglip.map((row) => siglipBackbone(row, 'attention')),
  ...siglip.map((row) => siglipBackbone(row, 'mean')),
  ...siglip.filter(hasRepository).map(googleSiglip),
];
