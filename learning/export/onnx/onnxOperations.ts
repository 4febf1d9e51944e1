import { GraftworkError } from '../../../contracts/errors.js';
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
  type Linear,
  type LocalResponseNormalisation,
  type Margins,
  type Operations,
  type Pooling,
  type Shape,
} from '../../backbones/architecture.js';
import { attributes, dataTypes, type OnnxNode, type OnnxTensor } from './schema.js';

/** An activation: the name of the tensor, and the shape of one example. */
export interface OnnxTensorValue extends Shape {
  readonly tensor: string;
  /** [batch, channels] instead of [batch, channels, height, width]. */
  readonly flat: boolean;
}

type Attributes = Parameters<typeof attributes>[0];

/** The operations as nodes of an ONNX graph of operator set 17, in torch's own order: batch, channels, height, width. */
export class OnnxOperations implements Operations<OnnxTensorValue> {
  readonly nodes: OnnxNode[] = [];
  readonly initializers: OnnxTensor[] = [];

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

  dense(_x: OnnxTensorValue, _o: Dense): OnnxTensorValue {
    throw unsupported('linear layers at every position of a map');
  }

  layerNorm(_x: OnnxTensorValue, _o: LayerNormalisation): OnnxTensorValue {
    throw unsupported('layer normalisation');
  }

  linear(x: OnnxTensorValue, o: Linear): OnnxTensorValue {
    const { filter, bias } = this.folded(o.name);
    // ONNX flattens as torch does, channels first.
    const flat = x.flat ? x.tensor : this.node('Flatten', [x.tensor], { axis: 1 });
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
    if (x.flat) return x;
    return { h: 1, w: 1, c: x.c, tensor: this.node('GlobalAveragePool', [x.tensor]), flat: false };
  }

  add(a: OnnxTensorValue, b: OnnxTensorValue, activation?: Activation): OnnxTensorValue {
    const sum = { ...a, tensor: this.node('Add', [a.tensor, b.tensor]) };
    return activation ? this.activate(sum, activation) : sum;
  }

  concat(xs: readonly OnnxTensorValue[]): OnnxTensorValue {
    const [first] = xs;
    if (!first) throw new RangeError('concat of nothing');
    const inputs = xs.map((x) => this.mapOf(x));
    return { ...first, c: xs.reduce((sum, { c }) => sum + c, 0), tensor: this.node('Concat', inputs, { axis: 1 }) };
  }

  activate(x: OnnxTensorValue, activation: Activation): OnnxTensorValue {
    return { ...x, tensor: this.activated(x.tensor, activation) };
  }

  private activated(x: string, activation: Activation): string {
    switch (activation) {
      case 'relu':
        return this.node('Relu', [x]);
      case 'relu6': {
        const limit = (name: string, value: number) => this.floats(`relu6.${name}`, [], Float32Array.of(value));
        return this.node('Clip', [x, limit('min', 0), limit('max', 6)]);
      }
      case 'sigmoid':
        return this.node('Sigmoid', [x]);
      case 'silu':
        return this.node('Mul', [x, this.node('Sigmoid', [x])]);
      case 'hard_sigmoid':
        return this.node('HardSigmoid', [x], { alpha: { f: 1 / 6 }, beta: { f: 0.5 } });
      case 'hard_swish':
        return this.node('HardSwish', [x]);
      default:
        throw unsupported(`the activation ${activation}`);
    }
  }

  scaleChannels(x: OnnxTensorValue, factors: OnnxTensorValue): OnnxTensorValue {
    return { ...x, tensor: this.node('Mul', [this.mapOf(x), this.mapOf(factors)]) };
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
    return x.tensor;
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

function unsupported(what: string): GraftworkError {
  return new GraftworkError('GW_EXPORT_UNSUPPORTED', `This network cannot be exported as ONNX yet: it has ${what}.`, {
    remedy: 'Export it as safetensors.',
  });
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
