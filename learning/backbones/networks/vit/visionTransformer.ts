/** A vision transformer as a backbone: its stages, and the facts that all of them share. */
import { pooledLinear, type Backbone, type InputSpec, type PooledPart } from '../../backbone.js';
import { sameInTimm, sameNames } from '../../facts.js';
import { coloursOf } from '../../publishedByTimm.js';
import type { Pooling } from '../../../../contracts/spec/sources/pooling.js';
import {
  isTaught,
  poolingOf,
  pooledWidth,
  taughtClassifier,
  transformerStages,
  type TokenPooling,
  type Transformer,
} from './transformer.js';

/** A network's own facts. What is left out is common to its family. */
export interface Variant extends Pick<
  Backbone,
  'name' | 'imagenetTop1' | 'linearTransfer' | 'parameterCount' | 'weights' | 'licence' | 'input' | 'tuning'
> {
  transformer: Transformer;
  /** timm's name of the network, where it is not this one's: timm names weights of other training behind a dot. */
  architecture?: string;
  /** What that name does not say of the network. @default nothing */
  modelArguments?: Readonly<Record<string, string>>;
}

/** Of the blocks, the last third is fine-tuned. */
const fineTunedShare = 1 / 3;

export function visionTransformer({ transformer, architecture, modelArguments = {}, ...facts }: Variant): Backbone {
  const { depth, normalisedPooled = false } = transformer;
  const fineTuned = Math.round(depth * fineTunedShare);
  return {
    ...facts,
    family: 'vit',
    ...pooledPart(transformer),
    pooling: poolingsOf(transformer),
    sizeStep: transformer.patch,
    classifierName: 'head',
    ...(isTaught(transformer)
      ? { furtherClassifier: 'head_dist', classify: taughtClassifier('head', 'head_dist') }
      : { classify: pooledLinear('head') }),
    defaultUnfreeze: Array.from({ length: fineTuned }, (_, index) => `blocks.${depth - fineTuned + index}`),
    lastStage: `blocks.${depth - 1}`,
    packaged: undefined,
    fileNames: sameNames,
    torchvision: undefined,
    timm: { ...sameInTimm(architecture ?? facts.name), modelArguments },
    reference: {
      ...{ weightsName: undefined, channels: 'rgb' },
      taps: { norm_pre: 'tokens', ...(normalisedPooled ? { norm: `blocks.${depth - 1}`, fc_norm: 'pool' } : {}) },
    },
  };
}

const pooledPart = (transformer: Transformer): PooledPart => ({
  stages: transformerStages(transformer),
  featureSize: pooledWidth(transformer),
});

/** A network without a class token has no features of it; a query is learned with the network, or not at all. */
function poolingsOf(transformer: Transformer): NonNullable<Backbone['pooling']> {
  const { classToken = true } = transformer;
  const own = poolingOf(transformer);
  const kinds: TokenPooling[] = classToken ? ['token', 'mean', 'token+mean'] : ['mean'];
  const others = kinds
    .filter((kind) => kind !== own)
    .map((pooling): [Pooling, () => PooledPart] => [inSpec(pooling), () => pooledPart({ ...transformer, pooling })]);
  return { usual: inSpec(own), others: Object.fromEntries(others) };
}

const inSpec = (pooling: TokenPooling): Pooling => (pooling === 'attention' ? 'map' : pooling);

/** Mean and deviation that networks were trained with. */
export const normalisations = {
  ...coloursOf,
  none: { mean: [0, 0, 0], std: [1, 1, 1] },
} as const satisfies Record<string, Pick<InputSpec, 'mean' | 'std'>>;

/**
 * Pictures as these networks take them, resized by a cubic kernel.
 * @param size edge of the crop, pixels
 * @param cropShare of the short side after resizing
 */
export function croppedInput(size: number, cropShare: number, normalisation: keyof typeof normalisations): InputSpec {
  return { size, resize: Math.floor(size / cropShare), interpolation: 'bicubic', ...normalisations[normalisation] };
}

/** The sizes that most families come in. */
export const sizes = {
  tiny: { width: 192, depth: 12, heads: 3 },
  small: { width: 384, depth: 12, heads: 6 },
  medium: { width: 512, depth: 12, heads: 8 },
  betwixt: { width: 640, depth: 12, heads: 10 },
  base: { width: 768, depth: 12, heads: 12 },
  large: { width: 1024, depth: 24, heads: 16 },
  so400m: { width: 1152, depth: 27, heads: 16, hidden: 4304 },
  huge: { width: 1280, depth: 32, heads: 16 },
} as const satisfies Record<string, Pick<Transformer, 'width' | 'depth' | 'heads' | 'hidden'>>;

export type Size = keyof typeof sizes;
