import type { Pooling } from '../../contracts/spec/sources/pooling.js';
import type { NetworkFacts } from './facts.js';
import type { Operations, Stage } from './operations.js';
import type { Tuning } from './tuning.js';

/** How a picture becomes the network's input; travels with the weights, as in timm. */
export interface InputSpec {
  /** Edge of the square crop, pixels. */
  size: number;
  /** Short side after resizing, pixels. */
  resize: number;
  interpolation: 'bilinear' | 'bicubic';
  /** Of red, green and blue, on a 0–1 scale. */
  mean: readonly [number, number, number];
  std: readonly [number, number, number];
  /** Left out: the centre is cut out. */
  fit?: 'pad' | 'squash';
  /** Left out: as the format of the picture says. */
  range?: 'auto';
}

/** The parts of a network that depend on how its features are pooled. */
export type PooledPart = Pick<Backbone, 'stages' | 'featureSize'>;

export interface Backbone extends NetworkFacts {
  readonly name: string;
  readonly family: string;
  /** The network this one is the beginning of, which published weights are for. */
  readonly whole?: Backbone;
  /** From the picture to the last feature map, in order. */
  readonly stages: readonly Stage[];
  /** Channels of the last feature map, which is what a new head sees after global average pooling. */
  readonly featureSize: number;
  /** Torch name of the layer that gives the ImageNet logits, without `.weight`. */
  readonly classifierName: string;
  /** Of a second one, whose answers are averaged with the first one's. @default there is none */
  readonly furtherClassifier?: string;
  /** The network's own classifier on the last feature map; gives a 1×1×classes map. */
  readonly classify: <T>(ops: Operations<T>, featureMap: T, classes: number) => T;
  readonly input: InputSpec;
  /** Pixels that the edge of a picture has to be a multiple of. @default 1 */
  readonly sizeStep?: number;
  /** How its features are pooled, and the other ways there are. @default the mean of the last map, and no other */
  readonly pooling?: {
    readonly usual: Pooling;
    readonly others: Readonly<Partial<Record<Pooling, () => PooledPart>>>;
  };
  /** How it is fine-tuned where the spec says nothing. @default plainly */
  readonly tuning?: Tuning;
  /** Stages the default recipe fine-tunes. */
  readonly defaultUnfreeze: readonly string[];
  /** The stage the reference recipe unfreezes. */
  readonly lastStage: string;
}

export const imagenetInput = (size: number, interpolation: InputSpec['interpolation'] = 'bilinear'): InputSpec => ({
  size,
  resize: Math.floor(size / 0.875),
  interpolation,
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
});

/** Global average pooling, then one linear layer: the classifier of most families. */
export const pooledLinear =
  (name: string): Backbone['classify'] =>
  (ops, featureMap, classes) =>
    ops.linear(ops.globalAveragePool(featureMap), { name, out: classes });
