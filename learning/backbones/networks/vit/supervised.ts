/** ViT with AugReg's recipe (Steiner et al. 2021), DeiT (Touvron et al. 2021) and DeiT III (Touvron et al. 2022). */
import type { Backbone } from '../../backbone.js';
import type { Tuning } from '../../tuning.js';
import { augregTuning, deit3Tuning, deitTuning } from './tuning.js';
import { croppedInput, sizes, visionTransformer, type Size } from './visionTransformer.js';

/** Size, patch, picture, top-1 (timm's table for AugReg, their authors' for DeiT), parameters. */
type Row = readonly [size: Size, patch: number, picture: number, top1: number | undefined, parameters: number];

const augreg: readonly Row[] = [
  ['tiny', 16, 224, 0.755, 5_717_416],
  ['tiny', 16, 384, 0.784, 5_790_376],
  ['small', 32, 224, 0.76, 22_878_952],
  ['small', 32, 384, 0.805, 22_915_432],
  ['small', 16, 224, 0.814, 22_050_664],
  ['small', 16, 384, 0.838, 22_196_584],
  ['base', 32, 224, 0.807, 88_224_232],
  ['base', 32, 384, 0.834, 88_297_192],
  ['base', 16, 224, 0.845, 86_567_656],
  ['base', 16, 384, 0.86, 86_859_496],
  ['base', 8, 224, 0.858, 86_576_872],
  ['large', 16, 224, 0.858, 304_326_632],
  ['large', 16, 384, 0.871, 304_715_752],
];

const deit: readonly Row[] = [
  ['tiny', 16, 224, 0.722, 5_717_416],
  ['small', 16, 224, 0.799, 22_050_664],
  ['base', 16, 224, 0.818, 86_567_656],
  ['base', 16, 384, 0.829, 86_859_496],
];

/** With a token that learned from a teacher. */
const distilled: readonly Row[] = [
  ['tiny', 16, 224, 0.745, 5_910_800],
  ['small', 16, 224, 0.812, 22_436_432],
  ['base', 16, 224, 0.834, 87_338_192],
  ['base', 16, 384, 0.854, 87_630_032],
];

const deit3: readonly Row[] = [
  ['small', 16, 224, 0.814, 22_059_496],
  ['small', 16, 384, 0.834, 22_205_416],
  ['medium', 16, 224, 0.83, 38_849_512],
  ['base', 16, 224, 0.838, 86_585_320],
  ['base', 16, 384, 0.85, 86_877_160],
  ['large', 16, 224, 0.849, 304_374_760],
  ['large', 16, 384, 0.858, 304_763_880],
  ['huge', 14, 224, 0.852, 632_126_440],
];

/** A picture that is larger than 224 pixels is seen whole. */
const cropShare = (picture: number): number => (picture > 224 ? 1 : 0.9);

interface Recipe {
  /** The beginning of its networks' names, and what follows their size. */
  prefix: string;
  infix?: string;
  rows: readonly Row[];
  /** timm's tag of the weights. */
  tag: string;
  normalisation: 'imagenet' | 'half';
  hasLayerScale: boolean;
  /** Whether the class token has no position of its own. */
  placesMapOnly: boolean;
  tuning: (size: Size) => Tuning;
  /** @default false */
  isDistilled?: boolean;
}

const recipes: readonly Recipe[] = [
  {
    ...{ prefix: 'vit', rows: augreg, tag: 'augreg_in21k_ft_in1k' },
    ...{ normalisation: 'half', hasLayerScale: false, placesMapOnly: false, tuning: augregTuning },
  },
  {
    ...{ prefix: 'deit', rows: deit, tag: 'fb_in1k' },
    ...{ normalisation: 'imagenet', hasLayerScale: false, placesMapOnly: false, tuning: deitTuning },
  },
  {
    ...{ prefix: 'deit', infix: '_distilled', rows: distilled, tag: 'fb_in1k', isDistilled: true },
    ...{ normalisation: 'imagenet', hasLayerScale: false, placesMapOnly: false, tuning: deitTuning },
  },
  {
    ...{ prefix: 'deit3', rows: deit3, tag: 'fb_in1k' },
    ...{ normalisation: 'imagenet', hasLayerScale: true, placesMapOnly: true, tuning: deit3Tuning },
  },
];

export const supervised: readonly Backbone[] = recipes.flatMap((recipe) =>
  recipe.rows.map(([size, patch, picture, imagenetTop1, parameterCount]) => {
    const name = `${recipe.prefix}_${size}${recipe.infix ?? ''}_patch${patch}_${picture}`;
    const grid = picture / patch;
    return visionTransformer({
      name,
      transformer: {
        ...sizes[size],
        patch,
        positions: recipe.placesMapOnly ? { grid, of: 'map' } : { grid },
        ...(recipe.hasLayerScale ? { layerScale: 'ls' } : {}),
        ...(recipe.isDistilled === true ? { distilled: true } : {}),
      },
      input: croppedInput(picture, cropShare(picture), recipe.normalisation),
      weights: `hf:timm/${name}.${recipe.tag}`,
      licence: 'Apache-2.0',
      imagenetTop1,
      parameterCount,
      tuning: recipe.tuning(size),
    });
  }),
);
