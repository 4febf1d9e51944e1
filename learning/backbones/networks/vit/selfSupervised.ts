/**
 * DINO (Caron et al. 2021), DINOv2 without and with registers (Oquab et al. 2023, Darcet et al. 2023) and DINOv3 (Siméoni et al.
 * 2025). Their top-1 is that of a linear classifier on frozen features, and so is the mean of DINOv2's paper.
 */
import type { Backbone } from '../../backbone.js';
import type { Transformer } from './transformer.js';
import { deitTuning, dinov2Tuning } from './tuning.js';
import { croppedInput, sizes, visionTransformer, type Size } from './visionTransformer.js';

type Row = readonly [size: Size, top1: number, parameters: number, linearTransfer?: number];

const dino: readonly (readonly [size: Size, patch: number, top1: number, linearTransfer?: number])[] = [
  ['small', 16, 0.77],
  ['small', 8, 0.797],
  ['base', 16, 0.782],
  ['base', 8, 0.801, 0.851],
];

const dinov2: readonly Row[] = [
  ['small', 0.811, 22_441_192, 0.877],
  ['base', 0.845, 87_348_712, 0.901],
  ['large', 0.863, 305_392_616, 0.912],
];

const dinov2Registers: readonly Row[] = [
  ['small', 0.809, 22_442_344],
  ['base', 0.846, 87_351_016],
  ['large', 0.867, 305_395_688],
];

const dinov3: readonly (readonly [size: Size | 'small_plus', parameters: number])[] = [
  ['small', 21_971_944],
  ['small_plus', 29_068_264],
  ['base', 86_410_216],
  ['large', 304_104_424],
];

const dinoBackbones = dino.map(([size, patch, imagenetTop1, linearTransfer]) => {
  const architecture = `vit_${size}_patch${patch}_224`;
  return visionTransformer({
    name: `${architecture}.dino`,
    architecture,
    transformer: { ...sizes[size], patch, positions: { grid: 224 / patch } },
    input: croppedInput(224, 0.9, 'imagenet'),
    weights: `hf:timm/${architecture}.dino`,
    licence: 'Apache-2.0',
    imagenetTop1,
    ...(linearTransfer === undefined ? {} : { linearTransfer }),
    parameterCount: undefined,
    tuning: deitTuning(size),
  });
});

/** Positions are learned for 518 pixels; its authors evaluate at 224, which is seven times cheaper. */
function dinov2Backbone([size, imagenetTop1, parameterCount, linearTransfer]: Row, registers: number): Backbone {
  const name = `vit_${size}_patch14_${registers > 0 ? `reg${registers}_` : ''}dinov2`;
  const transformer: Transformer = {
    ...{ ...sizes[size], patch: 14, registers, layerScale: 'ls' },
    positions: registers > 0 ? { grid: 37, of: 'map' } : { grid: 37 },
  };
  return visionTransformer({
    ...{ name, transformer, imagenetTop1, parameterCount },
    ...(linearTransfer === undefined ? {} : { linearTransfer }),
    input: croppedInput(224, 0.875, 'imagenet'),
    weights: `hf:timm/${name}.lvd142m`,
    licence: 'Apache-2.0',
    tuning: dinov2Tuning(size),
  });
}

/**
 * @param isBiased whether queries and values have a bias, which is nearly zero in the published weights: timm has the network with it,
 * and without
 */
function dinov3Backbone([size, plainCount]: (typeof dinov3)[number], isBiased: boolean): Backbone {
  const name = `vit_${size}_patch16_dinov3${isBiased ? '_qkvb' : ''}`;
  const { width, depth } = sizes[size === 'small_plus' ? 'small' : size];
  const parameterCount = plainCount + (isBiased ? 2 * depth * width : 0);
  const transformer: Transformer = {
    ...(size === 'small_plus' ? { ...sizes.small, gated: true } : sizes[size]),
    ...{ patch: 16, registers: 4, layerScale: 'gamma', epsilon: 1e-5 },
    projectionBias: isBiased && 'apart',
    positions: { rotary: { temperature: 100 } },
    // As timm pools; its authors take the class token.
    pooling: 'mean',
  };
  return visionTransformer({
    ...{ name, transformer, imagenetTop1: undefined, parameterCount },
    input: croppedInput(256, 1, 'imagenet'),
    weights: `hf:timm/${name}.lvd1689m`,
    licence: 'DINOv3 License',
    tuning: dinov2Tuning(size),
  });
}

export const selfSupervised: readonly Backbone[] = [
  ...dinoBackbones,
  ...dinov2.map((row) => dinov2Backbone(row, 0)),
  ...dinov2Registers.map((row) => dinov2Backbone(row, 4)),
  ...dinov3.map((row) => dinov3Backbone(row, false)),
  ...dinov3.map((row) => dinov3Backbone(row, true)),
];
