/**
 * The vocabulary backbones are written in. A stage is one generic function over these operations; what `T` is
 * decides how it runs: a shape (declaration), an inference tensor with batch normalisation folded away, or a
 * differentiable tensor.
 *
 * A sequence of tokens is a map of one row: [1, tokens, channels]. Split for attention it has a row for each head:
 * [heads, tokens, channels of a head]. So whatever works at every position works on maps, tokens and heads alike.
 */

/**
 * - `silu`: x·sigmoid(x), which is also called swish (Elfwing et al. 2018)
 * - `hard_sigmoid`: relu6(x + 3) / 6, and `hard_swish`: x times that (Howard et al. 2019, MobileNetV3)
 * - `gelu`: by the error function (Hendrycks & Gimpel 2016); `gelu_tanh`: its approximation by tanh; `quick_gelu`: x·σ(1.702 x),
 *   as CLIP was trained with
 */
export type Activation =
  | 'relu'
  | 'relu6'
  | 'sigmoid'
  | 'silu'
  | 'hard_sigmoid'
  | 'hard_swish'
  | 'gelu'
  | 'gelu_tanh'
  | 'quick_gelu';

/**
 * `'same'`: TensorFlow's SAME, asymmetric at stride 2 (the extra pixel is at the bottom and right).
 * A number or `[height, width]`: that many pixels on both sides, as in PyTorch.
 */
export type Padding = 'same' | number | readonly [height: number, width: number];

export interface BatchNorm {
  /** Torch name without `.weight`, e.g. `layer1.0.bn1`. */
  name: string;
  /** Added to the variance. */
  epsilon: number;
}

export interface Convolution {
  /** Torch name without `.weight`, e.g. `layer1.0.conv1`. */
  name: string;
  /** Output channels. */
  out: number;
  kernel: number | readonly [height: number, width: number];
  /** @default 1 */
  stride?: number;
  /** @default 0 */
  padding?: Padding;
  /** One filter per channel; `out` must equal the input channels. @default false */
  depthwise?: boolean;
  /** Whether the convolution has a bias of its own. @default false */
  bias?: boolean;
  batchNorm?: BatchNorm;
  /** Whole torch name of a factor for each output channel, e.g. `blocks.0.gamma` (LayerScale, Touvron et al. 2021). */
  scale?: string;
  activation?: Activation;
}

export interface Pooling {
  /** Edge of the square window, pixels. */
  size: number;
  stride: number;
  /** Symmetric, pixels; padded pixels never win a maximum, and count as zeros in an average. @default 0 */
  padding?: number;
  /** Round the output size up instead of down, as Caffe does. @default false */
  ceil?: boolean;
}

/** Local response normalisation across channels: x / (k + alpha/size · Σ x²)^beta. */
export interface LocalResponseNormalisation {
  /** Channels in the window, odd. */
  size: number;
  alpha: number;
  beta: number;
  k: number;
}

export interface Linear {
  /** Torch name without `.weight`, e.g. `fc`. */
  name: string;
  out: number;
  activation?: Activation;
}

/** A linear layer over the channels, the same at every position: of a map's pixels, or of a sequence's tokens. */
export interface Dense {
  /** Torch name without `.weight`, e.g. `blocks.0.mlp.fc1`. */
  name: string;
  /** Output channels. */
  out: number;
  /** @default true */
  bias?: boolean;
  /** Whole torch names of equal parts of the bias; null: a part that is zero. @default one of the layer's own */
  biasParts?: readonly (string | null)[];
  /** Whether torch has it as a convolution of a pixel, with a weight [out, in, 1, 1]. @default false */
  isConvolution?: boolean;
  /** As of a convolution. */
  scale?: string;
  activation?: Activation;
}

/** (x − mean) / √(variance + ε) over the channels of each position, times a weight, plus a bias (Ba et al. 2016). */
export interface LayerNormalisation {
  /** Torch name without `.weight`, e.g. `blocks.0.norm1`. */
  name: string;
  /** Added to the variance. */
  epsilon: number;
}

/** Of each channel beside the others. */
export interface ResponseNormalisation {
  /** Torch name without `.weight`, e.g. `stages.0.blocks.0.mlp.grn`. */
  name: string;
  /** Added to the mean of the norms. */
  epsilon: number;
}

/** A learned sequence, the same for every example. */
export interface LearnedTokens {
  /** Whole torch name, e.g. `cls_token`; the parameter has the shape [1, tokens, channels]. */
  name: string;
  tokens: number;
  channels: number;
}

/** What is added to each token by where it lies in its square map. */
export interface Positions {
  /** Whole torch name, e.g. `pos_embed`; the parameter has the shape [1, leading + grid², channels]. */
  name: string;
  /** Edge of the map they were learned for, tokens. A map of another size gets them resampled: bicubic, antialiased. */
  grid: number;
  /** Tokens before those of the map; these have positions of their own. */
  leading: number;
}

/** Rotary positions of two axes, as in DINOv3 (Siméoni et al. 2025): pairs of channels turn with the place in the map. */
export interface Rotation {
  /** Tokens before those of the map, which do not turn. */
  leading: number;
  /** The longest period is nearly so many half edges of the map, the shortest one. */
  temperature: number;
}

export interface ResidualBranch {
  /** As timm calls its module: the block's name, a dot, and its own, e.g. `blocks.0.drop_path1`. */
  name: string;
}

export interface TokenRange {
  /** The first token. */
  from: number;
  /** The token after the last. @default the sequence's end */
  to?: number;
}

export interface Operations<T> {
  /** Convolution, then batch normalisation, then scale, then activation. */
  conv(x: T, options: Convolution): T;
  /** Linear layer at every position, then scale, then activation. */
  dense(x: T, options: Dense): T;
  layerNorm(x: T, options: LayerNormalisation): T;
  /**
   * Global response normalisation (Woo et al. 2023, ConvNeXt V2): x + x·n·weight + bias, n being a channel's norm over the whole map
   * as a share of the mean of all channels' norms.
   */
  responseNorm(x: T, options: ResponseNormalisation): T;
  /** A map's pixels as tokens, row by row. */
  tokens(x: T): T;
  /** Some tokens of a sequence. */
  take(x: T, range: TokenRange): T;
  /** For one example: what is computed of it alone is computed once. */
  learned(options: LearnedTokens): T;
  /** A sequence with learned tokens before its own. */
  prepend(x: T, options: LearnedTokens): T;
  addPositions(x: T, options: Positions): T;
  /** A sequence of parts·heads·channels as `parts` of [heads, tokens, channels], in torch's order: parts, then heads. */
  heads(x: T, options: { parts: number; heads: number }): T[];
  /** Of one part. */
  rotate(x: T, options: Rotation): T;
  /**
   * Scaled dot-product attention of every head, the heads side by side again: a sequence of as many tokens as there are queries
   * (Vaswani et al. 2017). The queries of one example may stand for those of all.
   */
  attention(queries: T, keys: T, values: T): T;
  /**
   * A residual block's branch, before it is added to what came into the block. A training step may leave it out for some
   * examples (stochastic depth, Huang et al. 2016); all else takes it as it is.
   */
  dropPath(x: T, branch: ResidualBranch): T;
  maxPool(x: T, options: Pooling): T;
  averagePool(x: T, options: Pooling): T;
  /** Elementwise sum, then the activation. */
  add(a: T, b: T, activation?: Activation): T;
  /** Along the channels. */
  concat(xs: readonly T[]): T;
  activate(x: T, activation: Activation): T;
  /** Each value times its factor. @param factors for each channel, a 1×1 map; or for each value, as large as x */
  scaleChannels(x: T, factors: T): T;
  localResponseNorm(x: T, options: LocalResponseNormalisation): T;
  /** RGB to BGR, for networks trained in that order. */
  reverseChannels(x: T): T;
  /** Mean over height and width; keeps them as size 1. */
  globalAveragePool(x: T): T;
  /** Flatten in torch order (channels first), then a linear layer with bias; gives a 1×1 map. */
  linear(x: T, options: Linear): T;
}

export interface Stage {
  /** As people name it in an unfreezing plan, e.g. `layer4` or `blocks.3`. */
  readonly name: string;
  run<T>(ops: Operations<T>, x: T): T;
  /** What a head sees of the activation after it, a 1×1 map. @default global average pooling */
  pool?<T>(ops: Operations<T>, x: T): T;
}
