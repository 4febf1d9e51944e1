import { tf, type Tensor, type Tensor4D } from '../../tensorflow.js';
import { activated, activatedOwned, isRectifier } from './activations.js';
import { adaptedDense, type LowRank } from './adaptedDense.js';
import { attention } from './attention.js';
import { fusedAddition } from './fusedAddition.js';
import { fusedConvolution } from './fusedConvolution.js';
import { fusedDense } from './fusedDense.js';
import { layerNormalised } from './layerNormalisation.js';
import { asRow, headsOf, prepended, rotated, someTokens, tokensOf, withPositions } from './sequences.js';
import { responseNormalised } from './responseNormalisation.js';
import { poolingMargins } from '../margins.js';
import type {
  Activation,
  Convolution,
  Dense,
  LayerNormalisation,
  LearnedTokens,
  Linear,
  LocalResponseNormalisation,
  Operations,
  Pooling,
  Positions,
  ResidualBranch,
  ResponseNormalisation,
  Rotation,
  TokenRange,
} from '../operations.js';

/** What a layer multiplies and adds once batch normalisation and scale are part of it. */
export interface Affine {
  /** HWIO, HWC1 for a depthwise convolution, [in, out] for a dense layer. */
  filter: Tensor;
  bias: Tensor;
  /** Of a dense layer whose filter and bias are frozen. @default none */
  adapter?: LowRank;
}

/** A layer that multiplies and adds, by all that is folded into it. */
export type AffineLayer = Pick<Convolution, 'name' | 'out' | 'depthwise' | 'bias' | 'batchNorm' | 'scale'> &
  Pick<Dense, 'biasParts'>;

/** Where the operations find their parameters. */
export interface ParameterSource {
  affine: (layer: AffineLayer) => Affine;
  /** One of a layer that is not affine, by its torch name. */
  parameter: (name: string) => Tensor;
  /**
   * What a residual branch is multiplied by, for each example: [batch, 1, 1, 1]. @default every branch is taken as it is
   * @returns undefined for a branch that is taken as it is
   */
  kept?: ((branch: string) => Tensor | undefined) | undefined;
}

/**
 * The operations on NHWC tensors. Where filters come from, folded once or folded differentiably in each step,
 * is the one thing the two executions differ in.
 */
export class TensorOperations implements Operations<Tensor4D> {
  constructor(private readonly source: ParameterSource) {}

  conv(x: Tensor4D, o: Convolution): Tensor4D {
    const { filter, bias } = this.source.affine(o);
    return fusedConvolution(x, filter, bias, o);
  }

  dense(x: Tensor4D, o: Dense): Tensor4D {
    const { filter, bias, adapter } = this.source.affine({ ...o, bias: o.bias ?? true });
    const y = adapter === undefined ? fusedDense(x, filter, bias) : adaptedDense(x, filter, bias, adapter);
    return o.activation ? activatedOwned(y, o.activation) : y;
  }

  responseNorm(x: Tensor4D, { name, epsilon }: ResponseNormalisation): Tensor4D {
    const { parameter } = this.source;
    return responseNormalised(x, parameter(`${name}.weight`), parameter(`${name}.bias`), epsilon);
  }

  layerNorm(x: Tensor4D, { name, epsilon }: LayerNormalisation): Tensor4D {
    const { parameter } = this.source;
    return layerNormalised(x, parameter(`${name}.weight`), parameter(`${name}.bias`), epsilon);
  }

  tokens(x: Tensor4D): Tensor4D {
    return tokensOf(x);
  }

  take(x: Tensor4D, range: TokenRange): Tensor4D {
    return someTokens(x, range);
  }

  learned({ name }: LearnedTokens): Tensor4D {
    return asRow(this.source.parameter(name));
  }

  prepend(x: Tensor4D, { name }: LearnedTokens): Tensor4D {
    return prepended(x, this.source.parameter(name));
  }

  addPositions(x: Tensor4D, o: Positions): Tensor4D {
    return withPositions(x, this.source.parameter(o.name), o);
  }

  heads(x: Tensor4D, o: { parts: number; heads: number }): Tensor4D[] {
    return headsOf(x, o);
  }

  rotate(x: Tensor4D, o: Rotation): Tensor4D {
    return rotated(x, o);
  }

  attention(queries: Tensor4D, keys: Tensor4D, values: Tensor4D): Tensor4D {
    return attention(queries, keys, values);
  }

  dropPath(x: Tensor4D, { name }: ResidualBranch): Tensor4D {
    const kept = this.source.kept?.(name);
    return kept === undefined ? x : tf.mul(x, kept);
  }

  linear(x: Tensor4D, o: Linear): Tensor4D {
    // A linear layer on a flattened map is a convolution with a kernel as large as the map.
    return this.conv(x, { ...o, kernel: [x.shape[1], x.shape[2]], bias: true });
  }

  maxPool(x: Tensor4D, o: Pooling): Tensor4D {
    return tf.maxPool(padded(x, o, Number.NEGATIVE_INFINITY), o.size, o.stride, 'valid');
  }

  averagePool(x: Tensor4D, o: Pooling): Tensor4D {
    return tf.avgPool(padded(x, o, 0), o.size, o.stride, 'valid');
  }

  globalAveragePool(x: Tensor4D): Tensor4D {
    return tf.mean(x, [1, 2], true);
  }

  add(a: Tensor4D, b: Tensor4D, activation?: Activation): Tensor4D {
    if (activation !== undefined && isRectifier(activation)) return fusedAddition(a, b, activation);
    const sum = tf.add<Tensor4D>(a, b);
    return activation ? activatedOwned(sum, activation) : sum;
  }

  concat(xs: readonly Tensor4D[]): Tensor4D {
    return tf.concat([...xs], 3);
  }

  reverseChannels(x: Tensor4D): Tensor4D {
    return tf.reverse4d(x, 3);
  }

  activate(x: Tensor4D, activation: Activation): Tensor4D {
    return activated(x, activation);
  }

  scaleChannels(x: Tensor4D, factors: Tensor4D): Tensor4D {
    return tf.mul(x, factors);
  }

  localResponseNorm(x: Tensor4D, o: LocalResponseNormalisation): Tensor4D {
    return tf.localResponseNormalization(x, (o.size - 1) / 2, o.k, o.alpha / o.size, o.beta);
  }
}

/** Explicit padding before pooling, which TensorFlow.js cannot do itself. */
function padded(x: Tensor4D, o: Pooling, value: number): Tensor4D {
  const [, h, w] = x.shape;
  const [top, bottom, left, right] = poolingMargins({ h, w }, o);
  if (top === 0 && bottom === 0 && right === 0) return x;
  return tf.pad4d(
    x,
    [
      [0, 0],
      [top, bottom],
      [left, right],
      [0, 0],
    ],
    value,
  );
}
