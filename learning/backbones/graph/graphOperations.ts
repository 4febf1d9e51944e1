import { convolvedShape, pooledSize, type Shape } from '../declare.js';
import { geometryOf } from '../fusedConvolution.js';
import { poolingMargins, type Margins } from '../margins.js';
import type {
  Activation,
  Convolution,
  Linear,
  LocalResponseNormalisation,
  Operations,
  Pooling,
} from '../operations.js';
import type { Affine } from '../tensorOperations.js';
import { dataTypes, tensorShape, type Attribute, type GraphNode } from '../../graphs/savedModel.js';

/** An activation: the node that computes it, and the shape of one example. */
export interface GraphValue extends Shape {
  readonly node: string;
}

type Attributes = Record<string, Attribute>;

const float: Attribute = { type: dataTypes.float32 };
const integer: Attribute = { type: dataTypes.int32 };
const text = (value: string): Attribute => ({ s: Buffer.from(value) });
const list = (values: readonly number[]): Attribute => ({ list: { i: values } });
const activations: Record<Activation, string> = { relu: 'Relu', relu6: 'Relu6' };

/** The operations as nodes of a TensorFlow graph with constant filters: what `TensorOperations` computes, at once. */
export class GraphOperations implements Operations<GraphValue> {
  readonly nodes: GraphNode[] = [];

  constructor(private readonly affine: (o: Convolution) => Affine) {}

  /** The graph's input, any number of examples. */
  input(name: string, shape: Shape): GraphValue {
    const { h, w, c } = shape;
    this.nodes.push({
      ...{ name, op: 'Placeholder', input: [] },
      attr: { dtype: float, shape: { shape: tensorShape([-1, h, w, c]) } },
    });
    return { ...shape, node: name };
  }

  conv(x: GraphValue, o: Convolution): GraphValue {
    const { filter, bias } = this.affine(o);
    const { attributes: geometry, margins } = geometryOf(o);
    const input = margins === undefined ? x.node : this.padded(x.node, [...margins[1], ...margins[2]], 0);
    const operation = o.depthwise ? 'DepthwiseConv2dNative' : 'Conv2D';
    const attributes = Object.entries(geometry).map(
      ([name, value]) => [name, typeof value === 'string' ? text(value) : list(value)] as const,
    );
    const convolved = this.node(operation, [input, this.weights(filter)], Object.fromEntries(attributes));
    const biased = this.node('BiasAdd', [convolved, this.weights(bias)], { data_format: text('NHWC') });
    return { ...convolvedShape(x, o), node: o.activation ? this.node(activations[o.activation], [biased]) : biased };
  }

  linear(x: GraphValue, o: Linear): GraphValue {
    return this.conv(x, { ...o, kernel: [x.h, x.w], bias: true });
  }

  maxPool(x: GraphValue, o: Pooling): GraphValue {
    return this.pool('MaxPool', x, o, Number.NEGATIVE_INFINITY);
  }

  averagePool(x: GraphValue, o: Pooling): GraphValue {
    return this.pool('AvgPool', x, o, 0);
  }

  add(a: GraphValue, b: GraphValue, activation?: Activation): GraphValue {
    const sum = { ...a, node: this.node('AddV2', [a.node, b.node]) };
    return activation ? this.activate(sum, activation) : sum;
  }

  concat(xs: readonly GraphValue[]): GraphValue {
    const [first] = xs;
    if (!first) throw new RangeError('concat of nothing');
    const inputs = [...xs.map(({ node }) => node), this.integers([3], [])];
    const node = this.node('ConcatV2', inputs, { N: { i: xs.length }, Tidx: integer });
    return { ...first, c: xs.reduce((sum, { c }) => sum + c, 0), node };
  }

  activate(x: GraphValue, activation: Activation): GraphValue {
    return { ...x, node: this.node(activations[activation], [x.node]) };
  }

  localResponseNorm(x: GraphValue, o: LocalResponseNormalisation): GraphValue {
    const node = this.node('LRN', [x.node], {
      ...{ depth_radius: { i: (o.size - 1) / 2 }, bias: { f: o.k } },
      ...{ alpha: { f: o.alpha / o.size }, beta: { f: o.beta } },
    });
    return { ...x, node };
  }

  reverseChannels(x: GraphValue): GraphValue {
    return { ...x, node: this.node('ReverseV2', [x.node, this.integers([3])], { Tidx: integer }) };
  }

  globalAveragePool(x: GraphValue): GraphValue {
    const node = this.node('Mean', [x.node, this.integers([1, 2])], { Tidx: integer, keep_dims: { b: true } });
    return { h: 1, w: 1, c: x.c, node };
  }

  private pool(operation: 'MaxPool' | 'AvgPool', x: GraphValue, o: Pooling, padding: number): GraphValue {
    const margins = poolingMargins(x, o);
    const input = margins.some((margin) => margin > 0) ? this.padded(x.node, margins, padding) : x.node;
    const node = this.node(operation, [input], {
      ...{ ksize: list([1, o.size, o.size, 1]), strides: list([1, o.stride, o.stride, 1]) },
      ...{ padding: text('VALID'), data_format: text('NHWC') },
    });
    return { h: pooledSize(x.h, o), w: pooledSize(x.w, o), c: x.c, node };
  }

  private padded(node: string, [top, bottom, left, right]: Margins, value: number): string {
    const paddings = this.integers([0, 0, top, bottom, left, right, 0, 0], [4, 2]);
    // Zeros TensorFlow can make part of the convolution behind them.
    if (value === 0) return this.node('Pad', [node, paddings], { Tpaddings: integer });
    const constant = this.constant('float32', [], Float32Array.of(value));
    return this.node('PadV2', [node, paddings, constant], { Tpaddings: integer });
  }

  private node(op: string, input: readonly string[], attr: Attributes = {}): string {
    const name = `${op}_${this.nodes.length}`;
    this.nodes.push({ name, op, input, attr: { T: float, ...attr } });
    return name;
  }

  private weights(tensor: Affine['filter']): string {
    return this.constant('float32', tensor.shape, tensor.dataSync<'float32'>());
  }

  private integers(values: readonly number[], shape: readonly number[] = [values.length]): string {
    return this.constant('int32', shape, Int32Array.from(values));
  }

  private constant(
    type: keyof typeof dataTypes,
    shape: readonly number[],
    { buffer, byteOffset, byteLength }: Float32Array | Int32Array,
  ): string {
    const name = `Const_${this.nodes.length}`;
    const dtype = dataTypes[type];
    const content = new Uint8Array(buffer, byteOffset, byteLength);
    const value: Attribute = { tensor: { dtype, tensor_shape: tensorShape(shape), tensor_content: content } };
    this.nodes.push({ name, op: 'Const', input: [], attr: { dtype: { type: dtype }, value } });
    return name;
  }
}
