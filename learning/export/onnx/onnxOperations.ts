import {
  convolvedShape,
  kernelSize,
  pooledSize,
  poolingMargins,
  sameMargins,
  symmetricPadding,
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
import type { DistanceLayer } from '../../metrics/trust/likeness.js';
import { activationNodes } from './activationNodes.js';
import { nearestNodes } from './likenessNodes.js';
import type { NodeWriter } from './nodeWriter.js';
import { attributes, dataTypes, type OnnxNode, type OnnxTensor } from './schema.js';
import {
  attentionNodes,
  denseNodes,
  headNodes,
  learnedTensor,
  mapOf,
  normalisationNode,
  positionNodes,
  prependNodes,
  responseNodes,
  rotationNodes,
  rowsOf,
  takeNode,
  tokenNodes,
} from './sequenceNodes.js';

/** An activation: the name of the tensor, and the shape of one example. */
export interface OnnxTensorValue extends Shape {
  readonly tensor: string;
  /** [batch, channels] instead of [batch, channels, height, width]. */
  readonly flat: boolean;
  /** [batch, height, width, channels] instead of channels first, as tokens are. */
  readonly rows?: boolean;
}

type Attributes = Parameters<typeof attributes>[0];

/** The operations as nodes of an ONNX graph of operator set 17, in torch's own order: batch, channels, height, width. */
export class OnnxOperations implements Operations<OnnxTensorValue> {
  readonly nodes: OnnxNode[] = [];
  readonly initializers: OnnxTensor[] = [];
  private readonly writer: NodeWriter = {
    node: (...node) => this.node(...node),
    floats: (...constant) => this.floats(...constant),
    integers: (values) => this.integers(values),
  };

  /** @param folded filter and bias of a layer, by its torch name */
  constructor(private readonly folded: (name: string) => FoldedLayer) {}

  conv(x: OnnxTensorValue, o: Convolution): OnnxTensorValue {
    const shape = convolvedShape(x, o);
    const kernel = kernelSize(o.kernel);
    const { filter, bias } = this.folded(o.name);
    const dims = [o.out, o.depthwise ? 1 : x.c, ...kernel];
    const inputs = [this.mapOf(x), this.floats(`${o.name}.weight`, dims, filter)];
    const tensor = this.node(
      'Conv',
      [...inputs, this.floats(`${o.name}.bias`, [o.out], bias)],
      {
        ...{ kernel_shape: kernel, strides: [o.stride ?? 1, o.stride ?? 1], group: o.depthwise ? x.c : 1 },
        pads: pads(convolutionPads(x, o)),
      },
      o.name,
    );
    const y = { ...shape, tensor, flat: false };
    return o.activation ? this.activate(y, o.activation) : y;
  }

  dense(x: OnnxTensorValue, o: Dense): OnnxTensorValue {
    const y = denseNodes(this.writer, x, o.name, this.folded(o.name));
    return o.activation ? this.activate(y, o.activation) : y;
  }

  layerNorm(x: OnnxTensorValue, o: LayerNormalisation): OnnxTensorValue {
    return normalisationNode(this.writer, x, o, this.folded(o.name));
  }

  responseNorm(x: OnnxTensorValue, o: ResponseNormalisation): OnnxTensorValue {
    return responseNodes(this.writer, x, o, this.folded(o.name));
  }

  tokens(x: OnnxTensorValue): OnnxTensorValue {
    return tokenNodes(this.writer, x);
  }

  take(x: OnnxTensorValue, range: TokenRange): OnnxTensorValue {
    return takeNode(this.writer, x, range);
  }

  learned(o: LearnedTokens): OnnxTensorValue {
    return learnedTensor(this.writer, o, this.folded(o.name).filter);
  }

  prepend(x: OnnxTensorValue, o: LearnedTokens): OnnxTensorValue {
    return prependNodes(this.writer, x, o, this.folded(o.name).filter);
  }

  addPositions(x: OnnxTensorValue, o: Positions): OnnxTensorValue {
    return positionNodes(this.writer, x, o, this.folded(o.name).filter);
  }

  heads(x: OnnxTensorValue, o: { parts: number; heads: number }): OnnxTensorValue[] {
    return headNodes(this.writer, x, o);
  }

  rotate(x: OnnxTensorValue, o: Rotation): OnnxTensorValue {
    return rotationNodes(this.writer, x, o);
  }

  attention(queries: OnnxTensorValue, keys: OnnxTensorValue, values: OnnxTensorValue): OnnxTensorValue {
    return attentionNodes(this.writer, queries, keys, values);
  }

  dropPath(x: OnnxTensorValue): OnnxTensorValue {
    return x;
  }

  linear(x: OnnxTensorValue, o: Linear): OnnxTensorValue {
    const { filter, bias } = this.folded(o.name);
    // ONNX flattens as torch does, channels first.
    const flat = x.flat ? x.tensor : this.node('Flatten', [this.mapOf(x)], { axis: 1 });
    const weight = this.floats(`${o.name}.weight`, [o.out, x.h * x.w * x.c], filter);
    const inputs = [flat, weight, this.floats(`${o.name}.bias`, [o.out], bias)];
    const y = { h: 1, w: 1, c: o.out, tensor: this.node('Gemm', inputs, { transB: 1 }, o.name), flat: true };
    return o.activation ? this.activate(y, o.activation) : y;
  }

  maxPool(x: OnnxTensorValue, o: Pooling): OnnxTensorValue {
    return this.pool('MaxPool', x, o, {});
  }

  averagePool(x: OnnxTensorValue, o: Pooling): OnnxTensorValue {
    return this.pool('AveragePool', x, o, { count_include_pad: 1 });
  }

  globalAveragePool(x: OnnxTensorValue): OnnxTensorValue {
    // The mean of one value.
    if (x.flat || x.h * x.w === 1) return x;
    const shape = { h: 1, w: 1, c: x.c, flat: false };
    if (x.rows) return { ...shape, rows: true, tensor: this.node('ReduceMean', [x.tensor], { axes: [1, 2] }) };
    return { ...shape, tensor: this.node('GlobalAveragePool', [x.tensor]) };
  }

  add(a: OnnxTensorValue, b: OnnxTensorValue, activation?: Activation): OnnxTensorValue {
    const other = a.rows ? rowsOf(this.writer, b) : mapOf(this.writer, b);
    const sum = { ...a, tensor: this.node('Add', [a.tensor, other.tensor]) };
    return activation ? this.activate(sum, activation) : sum;
  }

  concat(xs: readonly OnnxTensorValue[]): OnnxTensorValue {
    const [first] = xs;
    if (!first) throw new RangeError('concat of nothing');
    const c = xs.reduce((sum, x) => sum + x.c, 0);
    if (xs.every((x) => x.flat)) {
      const tensors = xs.map(({ tensor }) => tensor);
      return { ...first, c, tensor: this.node('Concat', tensors, { axis: 1 }) };
    }
    const inputs = xs.map((x) => (first.rows ? rowsOf(this.writer, x).tensor : this.mapOf(x)));
    return { ...first, c, tensor: this.node('Concat', inputs, { axis: first.rows ? 3 : 1 }) };
  }

  activate(x: OnnxTensorValue, activation: Activation): OnnxTensorValue {
    return { ...x, tensor: activationNodes[activation](this.writer, x.tensor) };
  }

  scaleChannels(x: OnnxTensorValue, factors: OnnxTensorValue): OnnxTensorValue {
    const others = x.rows ? rowsOf(this.writer, factors).tensor : this.mapOf(factors);
    return { ...x, tensor: this.node('Mul', [x.tensor, others]) };
  }

  localResponseNorm(x: OnnxTensorValue, { size, alpha, beta, k }: LocalResponseNormalisation): OnnxTensorValue {
    const values = { size, alpha: { f: alpha }, beta: { f: beta }, bias: { f: k } };
    return { ...x, tensor: this.node('LRN', [this.mapOf(x)], values) };
  }

  reverseChannels(x: OnnxTensorValue): OnnxTensorValue {
    const order = BigInt64Array.from({ length: x.c }, (_, channel) => BigInt(x.c - 1 - channel));
    const indices = this.constant(`reversed.${x.c}`, [x.c], dataTypes.int64, order);
    return { ...x, tensor: this.node('Gather', [this.mapOf(x), indices], { axis: 1 }) };
  }

  /** The value as [batch, channels] under a name of its own: what the graph gives. */
  output(x: OnnxTensorValue, name: string): void {
    const [operation, values]: [string, Attributes] = x.flat ? ['Identity', {}] : ['Flatten', { axis: 1 }];
    this.nodes.push(makeNode(name, operation, [x.tensor], values));
  }

  /** Distance of pooled features, scaled to length 1, to the nearest mean: [batch], under a name of its own. */
  nearest(x: OnnxTensorValue, distances: DistanceLayer, name: string): void {
    nearestNodes(this.writer, x.flat ? x.tensor : this.node('Flatten', [this.mapOf(x)], { axis: 1 }), distances, name);
  }

  /**
   * Explicit margins instead of `ceil_mode`: runtimes disagree about windows that round up and padding at once.
   */
  private pool(operation: string, x: OnnxTensorValue, o: Pooling, more: Attributes): OnnxTensorValue {
    const tensor = this.node(operation, [this.mapOf(x)], {
      ...{ kernel_shape: [o.size, o.size], strides: [o.stride, o.stride] },
      ...{ pads: pads(poolingMargins(x, o)), ...more },
    });
    return { h: pooledSize(x.h, o), w: pooledSize(x.w, o), c: x.c, tensor, flat: false };
  }

  private mapOf(x: OnnxTensorValue): string {
    if (x.flat) throw new RangeError(`${x.tensor} is no map`);
    return mapOf(this.writer, x).tensor;
  }

  /** @returns the name of the node's output. @param name @default the operation's, counted through */
  private node(operation: string, inputs: readonly string[], values: Attributes = {}, name?: string): string {
    const output = name ?? `${operation}_${this.nodes.length}`;
    this.nodes.push(makeNode(output, operation, inputs, values));
    return output;
  }

  private floats(name: string, dims: readonly number[], values: Float32Array): string {
    return this.constant(name, dims, dataTypes.float32, values);
  }

  private integers(values: readonly number[] | number): string {
    const list = typeof values === 'number' ? [values] : values;
    const name = `integers.${typeof values === 'number' ? values : `list.${list.join('.')}`}`;
    return this.constant(
      name,
      typeof values === 'number' ? [] : [list.length],
      dataTypes.int64,
      BigInt64Array.from(list, BigInt),
    );
  }

  private constant(
    name: string,
    dims: readonly number[],
    data_type: number,
    { buffer, byteOffset, byteLength }: Float32Array | BigInt64Array,
  ): string {
    if (!this.initializers.some((one) => one.name === name)) {
      this.initializers.push({ name, dims, data_type, raw_data: new Uint8Array(buffer, byteOffset, byteLength) });
    }
    return name;
  }
}

function makeNode(output: string, op_type: string, input: readonly string[], values: Attributes): OnnxNode {
  return { name: output, op_type, input, output: [output], attribute: attributes(values) };
}

function convolutionPads(x: Shape, o: Convolution): Margins {
  if (o.padding === 'same') return sameMargins(x, kernelSize(o.kernel), o.stride ?? 1);
  const [height, width] = symmetricPadding(o.padding);
  return [height, height, width, width];
}

/** ONNX lists all beginnings before all ends. */
function pads([top, bottom, left, right]: Margins): readonly number[] {
  return [top, left, bottom, right];
}
