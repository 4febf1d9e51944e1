import { GraftworkError } from '../../../contracts/errors.js';
import {
  convolutionMargins,
  convolvedShape,
  kernelSize,
  pooledSize,
  poolingMargins,
  sameMargins,
  type Activation,
  type Convolution,
  type Dense,
  type FoldedLayer,
  type LayerNormalisation,
  type LearnedTokens,
  type Linear,
  type LocalResponseNormalisation,
  type Margins,
  type Operations,
  type Pooling,
  type Positions,
  type ResponseNormalisation,
  type Rotation,
  type Shape,
  type TokenRange,
} from '../../backbones/architecture.js';
import {
  attentionLayers,
  headLayers,
  learnedLayers,
  positionLayers,
  prependLayers,
  rotationLayers,
  takeLayers,
  tokenLayer,
  type LayerWriter,
} from './sequenceLayers.js';
import type { DistanceLayer } from '../../metrics/trust/likeness.js';
import { nearestLayers } from './likenessLayers.js';
import { responseLayers } from './responseLayers.js';
import { activationLayer, inLayer, nonNegative } from './activationLayers.js';
import { spatialFirst } from './spatialFirst.js';

/** An activation: the layer that gives it, and the shape of one example. */
export interface LayersValue extends Shape {
  readonly layer: string;
  /** [batch, channels] instead of [batch, height, width, channels]. */
  readonly flat: boolean;
  /** Whether no value of it can be below zero. */
  readonly nonNegative: boolean;
  /** Of a value that is split for attention, the layer of each head. */
  readonly heads?: readonly string[];
}

/** One layer of a Keras model, as `Model.to_json()` writes it. */
export interface LayerConfig {
  class_name: string;
  name: string;
  config: Readonly<Record<string, unknown>> & { name: string };
  /** One call: of each input the layer, the call and the output it comes from. */
  inbound_nodes: readonly (readonly (readonly [layer: string, node: number, tensor: number, options: object])[])[];
}

export interface LayerWeight {
  name: string;
  shape: readonly number[];
  values: Float32Array;
}

/** The operations as layers of a Keras model, of those that TensorFlow.js brings along. */
export class LayersOperations implements Operations<LayersValue> {
  readonly layers: LayerConfig[] = [];
  readonly weights: LayerWeight[] = [];
  private picture: LayersValue | undefined;
  private readonly writer: LayerWriter = {
    layer: (...layer) => this.layer(...layer),
    weight: (weight) => this.weights.push(weight),
    input: () => this.picture as LayersValue,
  };

  /** @param folded filter and bias of a layer, by its torch name @param network its name, for messages */
  constructor(
    private readonly folded: (name: string) => FoldedLayer,
    private readonly network: string,
  ) {}

  input(name: string, { h, w, c }: Shape): LayersValue {
    this.layers.push({
      class_name: 'InputLayer',
      name,
      config: { name, batch_input_shape: [null, h, w, c], dtype: 'float32', sparse: false },
      inbound_nodes: [],
    });
    this.picture = { h, w, c, layer: name, flat: false, nonNegative: false };
    return this.picture;
  }

  conv(x: LayersValue, o: Convolution): LayersValue {
    const [kh, kw] = kernelSize(o.kernel);
    // On a map of one pixel, a convolution of one pixel is a linear layer.
    if (x.flat && kh * kw === 1 && o.depthwise !== true) return this.linear(x, o);
    const stride = o.stride ?? 1;
    const { padding, margins } = convolutionMargins(o);
    const { filter, bias } = this.folded(o.name);
    // Torch has one input channel a filter where a convolution is depthwise.
    const values = spatialFirst(filter, { out: o.out, in: o.depthwise ? 1 : x.c, positions: kh * kw });
    const [kind, kernel, shape, own] = o.depthwise
      ? (['DepthwiseConv2D', 'depthwise_kernel', [kh, kw, x.c, 1], { depth_multiplier: 1 }] as const)
      : (['Conv2D', 'kernel', [kh, kw, x.c, o.out], { filters: o.out }] as const);
    const input = margins === undefined ? x : this.padded(x, margins);
    const layer = this.layer(
      kind,
      [input],
      {
        ...{ ...own, kernel_size: [kh, kw], strides: [stride, stride], padding, dilation_rate: [1, 1] },
        ...{ data_format: 'channels_last', activation: inLayer(o.activation) ?? 'linear', use_bias: true },
      },
      o.name,
    );
    this.weights.push(
      { name: `${layer}/${kernel}`, shape, values },
      { name: `${layer}/bias`, shape: [o.out], values: bias },
    );
    return this.rest({ ...convolvedShape(x, o), layer, flat: false, nonNegative: false }, o.activation);
  }

  dropPath(x: LayersValue): LayersValue {
    return x;
  }

  linear(x: LayersValue, o: Pick<Linear, 'name' | 'out' | 'activation'>): LayersValue {
    const input = x.flat ? x : { ...x, layer: this.layer('Flatten', [x], { data_format: 'channels_last' }) };
    const layer = this.denseLayer(input, o, x.h * x.w);
    return this.rest({ h: 1, w: 1, c: o.out, layer, flat: true, nonNegative: false }, o.activation);
  }

  /** Keras takes the last axis, whatever is before it. @param positions that were flattened: channels first by torch, last by Keras */
  private denseLayer(x: LayersValue, o: Pick<Linear, 'name' | 'out' | 'activation'>, positions: number): string {
    const { filter, bias } = this.folded(o.name);
    const layer = this.layer(
      'Dense',
      [x],
      { units: o.out, activation: inLayer(o.activation) ?? 'linear', use_bias: true },
      o.name,
    );
    const values = spatialFirst(filter, { out: o.out, in: x.c, positions });
    this.weights.push(
      { name: `${layer}/kernel`, shape: [positions * x.c, o.out], values },
      { name: `${layer}/bias`, shape: [o.out], values: bias },
    );
    return layer;
  }

  /** What a layer could not have of its activation. */
  private rest(x: LayersValue, activation: Activation | undefined): LayersValue {
    if (activation === undefined) return x;
    if (inLayer(activation) === undefined) return this.activate(x, activation);
    return { ...x, nonNegative: nonNegative.has(activation) };
  }

  dense(x: LayersValue, o: Dense): LayersValue {
    return this.rest({ ...x, c: o.out, layer: this.denseLayer(x, o, 1), nonNegative: false }, o.activation);
  }

  layerNorm(x: LayersValue, { name, epsilon }: LayerNormalisation): LayersValue {
    const { filter, bias } = this.folded(name);
    const layer = this.layer('LayerNormalization', [x], { axis: -1, epsilon, center: true, scale: true }, name);
    this.weights.push(
      { name: `${layer}/gamma`, shape: [x.c], values: filter },
      { name: `${layer}/beta`, shape: [x.c], values: bias },
    );
    return { ...x, layer, nonNegative: false };
  }

  responseNorm(x: LayersValue, o: ResponseNormalisation): LayersValue {
    return responseLayers(this.writer, x, o, this.folded(o.name));
  }

  tokens(x: LayersValue): LayersValue {
    return tokenLayer(this.writer, x);
  }

  take(x: LayersValue, range: TokenRange): LayersValue {
    return takeLayers(this.writer, x, range);
  }

  learned(o: LearnedTokens): LayersValue {
    return learnedLayers(this.writer, o, this.folded(o.name).filter);
  }

  prepend(x: LayersValue, o: LearnedTokens): LayersValue {
    return prependLayers(this.writer, x, o, this.folded(o.name).filter);
  }

  addPositions(x: LayersValue, o: Positions): LayersValue {
    return positionLayers(this.writer, x, o, this.folded(o.name).filter);
  }

  heads(x: LayersValue, o: { parts: number; heads: number }): LayersValue[] {
    return headLayers(this.writer, x, o);
  }

  rotate(x: LayersValue, o: Rotation): LayersValue {
    return rotationLayers(this.writer, x, o);
  }

  attention(queries: LayersValue, keys: LayersValue, values: LayersValue): LayersValue {
    return attentionLayers(this.writer, queries, keys, values);
  }

  /** Keras has no margins of −∞: zeros do where nothing is below zero, and SAME where it puts the same margins. */
  maxPool(x: LayersValue, o: Pooling): LayersValue {
    const margins = poolingMargins(x, o);
    const isPadded = margins.some((margin) => margin > 0);
    if (isPadded && margins.join() === sameMargins(x, [o.size, o.size], o.stride).join()) {
      return this.pool('MaxPooling2D', x, x, o, 'same');
    }
    if (isPadded && !x.nonNegative) throw this.unsupported('a maximum over padded values that may be negative');
    return this.pool('MaxPooling2D', x, this.padded(x, margins), o, 'valid');
  }

  /** Padded pixels count as zeros, which Keras's own padding leaves out of the mean. */
  averagePool(x: LayersValue, o: Pooling): LayersValue {
    return this.pool('AveragePooling2D', x, this.padded(x, poolingMargins(x, o)), o, 'valid');
  }

  globalAveragePool(x: LayersValue): LayersValue {
    // The mean of one value.
    if (x.flat) return x;
    const layer = this.layer('GlobalAveragePooling2D', [x], { data_format: 'channels_last' });
    return { ...x, h: 1, w: 1, layer, flat: true };
  }

  add(a: LayersValue, b: LayersValue, activation?: Activation): LayersValue {
    const nonNegative = a.nonNegative && b.nonNegative;
    const sum = { ...a, layer: this.layer('Add', [a, b]), nonNegative };
    return activation ? this.activate(sum, activation) : sum;
  }

  concat(xs: readonly LayersValue[]): LayersValue {
    const [first] = xs;
    if (!first) throw new RangeError('concat of nothing');
    const layer = this.layer('Concatenate', xs, { axis: -1 });
    const nonNegative = xs.every((x) => x.nonNegative);
    return { ...first, c: xs.reduce((sum, { c }) => sum + c, 0), layer, nonNegative };
  }

  activate(x: LayersValue, activation: Activation): LayersValue {
    const layer = activationLayer(this.writer, x, activation);
    return { ...x, layer, nonNegative: nonNegative.has(activation) };
  }

  scaleChannels(x: LayersValue, factors: LayersValue): LayersValue {
    return {
      ...{ ...x, layer: this.layer('Multiply', [x, factors]) },
      nonNegative: x.nonNegative && factors.nonNegative,
    };
  }

  localResponseNorm(_x: LayersValue, _o: LocalResponseNormalisation): LayersValue {
    throw this.unsupported('local response normalisation');
  }

  reverseChannels(_x: LayersValue): LayersValue {
    throw this.unsupported('channels in reverse order');
  }

  /** Distance of pooled features, scaled to length 1, to the nearest mean. @returns the layer that gives [batch, 1] */
  nearest(x: LayersValue, distances: DistanceLayer, name: string): string {
    return nearestLayers(this.writer, x, distances, name);
  }

  private pool(kind: string, x: Shape, input: LayersValue, o: Pooling, padding: 'same' | 'valid'): LayersValue {
    const config = { pool_size: [o.size, o.size], strides: [o.stride, o.stride], padding };
    const layer = this.layer(kind, [input], { ...config, data_format: 'channels_last' });
    return { ...input, h: pooledSize(x.h, o), w: pooledSize(x.w, o), layer };
  }

  private padded(x: LayersValue, [top, bottom, left, right]: Margins): LayersValue {
    if (top + bottom + left + right === 0) return x;
    const padding = [
      [top, bottom],
      [left, right],
    ];
    const layer = this.layer('ZeroPadding2D', [x], { padding, data_format: 'channels_last' });
    return { ...x, h: x.h + top + bottom, w: x.w + left + right, layer };
  }

  /** @returns the layer's name. @param name @default its kind, counted through */
  private layer(
    class_name: string,
    inputs: readonly LayersValue[],
    config: Readonly<Record<string, unknown>> = {},
    name = `${class_name.toLowerCase()}_${this.layers.length}`,
  ): string {
    this.layers.push({
      ...{ class_name, name, config: { name, trainable: true, dtype: 'float32', ...config } },
      inbound_nodes: [inputs.map(({ layer }) => [layer, 0, 0, {}] as const)],
    });
    return name;
  }

  private unsupported(what: string): GraftworkError {
    return new GraftworkError(
      'GW_EXPORT_UNSUPPORTED',
      `${this.network} cannot be a layers model: TensorFlow.js has no layer for ${what}.`,
      { remedy: 'Export it as onnx, which onnxruntime-web runs in a browser.' },
    );
  }
}
