/**
 * Mixed precision (Micikevicius et al. 2018, in the format of Kalamkar et al. 2019): convolutions of a graph, and products of
 * linear layers and of attention, in bfloat16, which keeps the exponents of float32 and 8 bits of its fractions. All else stays
 * float32.
 */
import type { RecordedGraph } from './recordedGraph.js';
import { castNode, dataTypes, type DataType, type GraphNode } from './savedModel.js';

/** Which of an operation's inputs are of its type `T`. The others are integers: sizes, margins, axes. */
interface Typed {
  readonly inputs: (count: number) => number[];
  /** As many of these inputs, the first ones, are low if the operation follows its inputs. @default all */
  readonly deciding?: number;
}

const all: Typed = { inputs: (count) => range(count) };
const at = (...inputs: number[]): Typed => ({ inputs: () => inputs });

/** Low in any case: they are the work. */
const dense: Readonly<Record<string, Typed>> = {
  BatchMatMulV2: at(0, 1),
  Conv2D: at(0, 1),
  Conv2DBackpropInput: at(1, 2),
  Conv2DBackpropFilter: at(0, 2),
  MatMul: at(0, 1),
};

/** The head's product, of two axes, is float32: it is small, and decides the logits. */
const isOfHead = ({ op, rank }: GraphNode): boolean => op === 'BatchMatMulV2' && (rank ?? 2) <= 2;

/** Low between low ones: they move data, and lose next to nothing. */
const following: Readonly<Record<string, Typed>> = {
  AddN: all,
  AddV2: all,
  BiasAdd: { ...all, deciding: 1 },
  BiasAddGrad: all,
  ConcatV2: { inputs: (count) => range(count - 1) },
  Identity: all,
  MaxPool: at(0),
  MaxPoolGrad: all,
  Pack: all,
  Mul: all,
  Pad: at(0),
  PadV2: { ...at(0, 2), deciding: 1 },
  Relu: all,
  Relu6: all,
  Relu6Grad: all,
  ReluGrad: all,
  Reshape: at(0),
  Sigmoid: all,
  SigmoidGrad: all,
  Slice: at(0),
  Transpose: at(0),
  Unpack: all,
};

/**
 * Low as well where nothing is trained. The gradients of a depthwise convolution have no fast kernel in bfloat16, and take what it
 * was given. GELU is one operation with the product before it, if it is as low.
 */
const followingInInference = { ...following, DepthwiseConv2dNative: { ...at(0, 1), deciding: 1 }, Erf: all, Tanh: all };

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/**
 * The graph with its dense operations, and what lies between two of them, in bfloat16. Tensors are cast where the type changes,
 * each at most once. Norms, softmax, other reductions and the loss stay float32, and so do sums with what is float32 (a residual
 * network's), inputs, outputs, and the depthwise convolutions of a graph with gradients.
 */
export function withLowPrecision({ nodes, outputs }: RecordedGraph): RecordedGraph {
  const lowered = new Lowering(!nodes.some(({ op }) => gradients.test(op)));
  for (const node of nodes) lowered.add(node);
  return { outputs: outputs.map((name) => lowered.inFloat32(name)), nodes: lowered.nodes };
}

/** Operations that only training has. */
const gradients = /Backprop|Grad$/;

class Lowering {
  readonly nodes: GraphNode[] = [];
  private readonly low = new Set<string>();
  private readonly casts = new Set<string>();
  private readonly following: Readonly<Record<string, Typed>>;
  /** Constants of no axes. In inference one is as low as what it is combined with. */
  private readonly numbers = new Set<string>();

  constructor(private readonly isInference: boolean) {
    this.following = isInference ? followingInInference : following;
  }

  add(node: GraphNode): void {
    if (this.isInference && isNumber(node)) this.numbers.add(node.name);
    const typed = this.typedIfLow(node);
    if (typed === undefined) {
      this.nodes.push({ ...node, input: node.input.map((name) => this.inFloat32(name)) });
      return;
    }
    const inputs = new Set(typed);
    const input = node.input.map((name, index) => (inputs.has(index) ? this.inBfloat16(name) : name));
    this.nodes.push({ ...node, input, attr: { ...node.attr, T: { type: dataTypes.bfloat16 } } });
    this.low.add(node.name);
  }

  inFloat32(name: string): string {
    return this.isLow(name) ? this.cast(name, 'bfloat16', 'float32') : name;
  }

  private inBfloat16(name: string): string {
    return this.isLow(name) ? name : this.cast(name, 'float32', 'bfloat16');
  }

  /** @param name a node, or `name:index` of one of its outputs */
  private isLow(name: string): boolean {
    return this.low.has(name.replace(/:\d+$/, ''));
  }

  /** The inputs of type `T` of a node that is to be low; undefined for one that stays as it is. */
  private typedIfLow(node: GraphNode): number[] | undefined {
    const { op, input } = node;
    const always = isOfHead(node) ? undefined : dense[op];
    if (always !== undefined) return always.inputs(input.length);
    const follower = this.following[op];
    if (follower === undefined) return undefined;
    const typed = follower.inputs(input.length);
    const deciding = typed.slice(0, follower.deciding).map((index) => input[index] as string);
    const others = deciding.filter((name) => !this.isLow(name));
    const follows = others.length < deciding.length && others.every((name) => this.numbers.has(name));
    return follows ? typed : undefined;
  }

  private cast(name: string, from: DataType, to: DataType): string {
    const cast = `${name.replace(':', '_')}_as_${to}`;
    if (!this.casts.has(cast)) {
      this.nodes.push(castNode(cast, name, from, to));
      this.casts.add(cast);
    }
    return cast;
  }
}

function isNumber({ op, attr }: GraphNode): boolean {
  const value = attr['value'];
  return op === 'Const' && value !== undefined && 'tensor' in value && value.tensor.tensor_shape.dim.length === 0;
}
