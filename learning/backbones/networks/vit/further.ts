/**
 * Vision transformers that timm trained: small ones with registers and without a class token ("searching for better ViT
 * baselines"), medium ones without either, and two of others.
 */
import type { Backbone } from '../../backbone.js';
import type { Transformer } from './transformer.js';
import { augregTuning } from './tuning.js';
import { croppedInput, sizes, visionTransformer, type normalisations } from './visionTransformer.js';

interface Row {
  /** Behind `vit_` in timm's name. */
  name: string;
  transformer: Omit<Transformer, 'patch' | 'positions'>;
  /** @default 16 */
  patch?: number;
  picture: number;
  /** timm's tag of the weights. */
  tag: string;
  cropShare: number;
  fit?: 'squash';
  /** @default 'half' */
  normalisation?: keyof typeof normalisations;
  interpolation?: 'bilinear';
  top1: number | undefined;
  parameters: number;
}

/** The mean of the tokens, no class token. */
const mean = { classToken: false, pooling: 'mean' } as const;
const plain = { ...mean, projectionBias: false, layerScale: 'ls' } as const;

/** Their registers have no positions, and the mean is normalised, not the tokens. */
const searched = (registers: number) => ({ ...mean, registers, layerScale: 'ls', normalisedPooled: true }) as const;
const wee = { width: 256, depth: 14, heads: 4, hidden: 1280 };
const little = { width: 320, depth: 14, heads: 5, hidden: 1792 };
const deepMedium = { ...sizes.medium, depth: 20 };

/** Of shapes that scaling laws favour (Alabdulmohsin et al. 2023); their registers have positions. */
const so150m = { ...mean, width: 896, depth: 18, heads: 14, hidden: 2304, registers: 4 } as const;
const so150m2 = { ...searched(1), width: 832, depth: 21, heads: 13, hidden: 2176, projectionBias: false } as const;

const from12k = 'sbb_in12k_ft_in1k';
const second = 'sbb2_e200_in12k_ft_in1k';

const rows: readonly Row[] = [
  {
    ...{ name: 'large_patch32_224', transformer: sizes.large, patch: 32, picture: 224, cropShare: 0.9 },
    ...{ tag: 'orig_in21k', top1: undefined, parameters: 306_535_400 },
  },
  {
    ...{ name: 'large_patch32_384', transformer: sizes.large, patch: 32, picture: 384, cropShare: 1 },
    ...{ tag: 'orig_in21k_ft_in1k', top1: 0.815, parameters: 306_632_680 },
  },
  {
    ...{ name: 'base_patch16_224_miil', transformer: { ...sizes.base, projectionBias: false }, picture: 224 },
    ...{ cropShare: 0.875, normalisation: 'none', interpolation: 'bilinear', tag: 'in21k_ft_in1k' },
    ...{ top1: 0.843, parameters: 86_540_008 },
  },
  {
    ...{ name: 'medium_patch16_gap_256', transformer: { ...sizes.medium, ...plain }, picture: 256, cropShare: 0.95 },
    ...{ tag: 'sw_in12k_ft_in1k', top1: 0.844, parameters: 38_861_288 },
  },
  {
    ...{ name: 'medium_patch16_gap_384', transformer: { ...sizes.medium, ...plain }, picture: 384, cropShare: 0.95 },
    ...{ tag: 'sw_in12k_ft_in1k', fit: 'squash', top1: 0.856, parameters: 39_025_128 },
  },
  {
    ...{ name: 'wee_patch16_reg1_gap_256', transformer: { ...wee, ...searched(1) }, picture: 256, cropShare: 0.95 },
    ...{ tag: 'sbb_in1k', top1: 0.803, parameters: 13_422_568 },
  },
  {
    ...{ name: 'little_patch16_reg1_gap_256', transformer: { ...little, ...searched(1) }, picture: 256 },
    ...{ cropShare: 0.95, tag: from12k, top1: 0.838, parameters: 22_515_048 },
  },
  {
    ...{ name: 'little_patch16_reg4_gap_256', transformer: { ...little, ...searched(4) }, picture: 256 },
    ...{ cropShare: 0.95, tag: 'sbb_in1k', top1: 0.825, parameters: 22_516_008 },
  },
  {
    ...{ name: 'medium_patch16_reg1_gap_256', transformer: { ...sizes.medium, ...searched(1) }, picture: 256 },
    ...{ cropShare: 0.95, tag: 'sbb_in1k', top1: 0.835, parameters: 38_880_232 },
  },
  {
    ...{ name: 'medium_patch16_reg4_gap_256', transformer: { ...sizes.medium, ...searched(4) }, picture: 256 },
    ...{ cropShare: 0.95, tag: from12k, top1: 0.85, parameters: 38_881_768 },
  },
  {
    ...{ name: 'mediumd_patch16_reg4_gap_256', transformer: { ...deepMedium, ...searched(4) }, picture: 256 },
    ...{ cropShare: 0.95, tag: second, top1: 0.866, parameters: 64_109_032 },
  },
  {
    ...{ name: 'mediumd_patch16_reg4_gap_384', transformer: { ...deepMedium, ...searched(4) }, picture: 384 },
    ...{ cropShare: 1, tag: second, top1: 0.874, parameters: 64_272_872 },
  },
  {
    ...{ name: 'betwixt_patch16_reg1_gap_256', transformer: { ...sizes.betwixt, ...searched(1) }, picture: 256 },
    ...{ cropShare: 0.95, tag: 'sbb_in1k', top1: 0.837, parameters: 60_396_520 },
  },
  {
    ...{ name: 'betwixt_patch16_reg4_gap_256', transformer: { ...sizes.betwixt, ...searched(4) }, picture: 256 },
    ...{ cropShare: 0.95, tag: second, top1: 0.857, parameters: 60_398_440 },
  },
  {
    ...{ name: 'betwixt_patch16_reg4_gap_384', transformer: { ...sizes.betwixt, ...searched(4) }, picture: 384 },
    ...{ cropShare: 1, tag: second, top1: 0.866, parameters: 60_603_240 },
  },
  {
    ...{ name: 'so150m_patch16_reg4_gap_256', transformer: so150m, picture: 256, cropShare: 0.95 },
    ...{ tag: 'sbb_e250_in12k_ft_in1k', top1: 0.867, parameters: 134_131_560 },
  },
  {
    ...{ name: 'so150m_patch16_reg4_gap_384', transformer: so150m, picture: 384, cropShare: 1 },
    ...{ tag: 'sbb_e250_in12k_ft_in1k', top1: 0.874, parameters: 134_418_280 },
  },
  {
    ...{ name: 'so150m2_patch16_reg1_gap_256', transformer: so150m2, picture: 256, cropShare: 1 },
    ...{ tag: 'sbb_e200_in12k_ft_in1k', top1: 0.873, parameters: 136_059_560 },
  },
  {
    ...{ name: 'so150m2_patch16_reg1_gap_384', transformer: so150m2, picture: 384, cropShare: 1 },
    ...{ tag: 'sbb_e200_in12k_ft_in1k', top1: 0.879, parameters: 136_325_800 },
  },
  {
    ...{ name: 'so150m2_patch16_reg1_gap_448', transformer: so150m2, picture: 448, cropShare: 1, fit: 'squash' },
    ...{ tag: 'sbb_e200_in12k_ft_in1k', top1: 0.881, parameters: 136_498_856 },
  },
];

export const further: readonly Backbone[] = rows.map((row) => {
  const { transformer, patch = 16, picture, fit, interpolation } = row;
  const name = `vit_${row.name}`;
  const grid = picture / patch;
  // Searched for: no position for what is no part of the map.
  const placesMapOnly = row.tag.startsWith('sbb') && !row.name.startsWith('so150m');
  return visionTransformer({
    name,
    transformer: { ...transformer, patch, positions: placesMapOnly ? { grid, of: 'map' } : { grid } },
    input: {
      ...croppedInput(picture, row.cropShare, row.normalisation ?? 'half'),
      ...(interpolation === undefined ? {} : { interpolation }),
      ...(fit === undefined ? {} : { fit }),
    },
    weights: `hf:timm/${name}.${row.tag}`,
    licence: 'Apache-2.0',
    imagenetTop1: row.top1,
    parameterCount: row.parameters,
    tuning: augregTuning(transformer.width >= sizes.large.width ? 'large' : 'base'),
  });
});
