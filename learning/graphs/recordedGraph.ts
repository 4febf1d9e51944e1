/**
 * A function as a TensorFlow graph: it runs once, and the operations it runs are written down (as `tf.function` of Python and
 * `jax.jit` trace theirs). So whatever TensorFlow.js can do, gradients included, is compiled without a second definition.
 */
import { memoryOf, observed, type RunOperation, type Tensor, type TensorInfo } from '../tensorflow.js';
import { dataTypes, tensorShape, type Attribute, type GraphNode } from './savedModel.js';

export type NamedInputs = Readonly<Record<string, Tensor>>;

/** From some tensors to new ones, synchronous; what it computes depends on nothing else that changes. */
export type TensorFunction = (inputs: NamedInputs) => Tensor[];

export interface RecordedGraph {
  readonly nodes: readonly GraphNode[];
  /** Names of the nodes whose values the function returned. */
  readonly outputs: readonly string[];
}

/**
 * @param compute is run once; every tensor that is not one of its inputs becomes a constant of the graph
 * @param inputs their shapes become the graph's; they stay the caller's
 * @param anyRows whether the graph takes any number of rows instead of as many as the inputs have
 * @param given what else becomes an input, of the shape it has
 * @returns the graph, and what `compute` returned, the caller's
 */
export function recordGraph(
  compute: TensorFunction,
  inputs: NamedInputs,
  anyRows = false,
  given: NamedInputs = {},
): { graph: RecordedGraph; results: Tensor[] } {
  const recording = new Recording();
  for (const [name, tensor] of Object.entries(inputs)) recording.input(name, tensor, anyRows);
  for (const [name, tensor] of Object.entries(given)) recording.input(name, tensor, false);
  const results = observed(
    () => compute(inputs),
    (operation) => {
      recording.operation(operation);
    },
  );
  const outputs = results.map((result) => recording.nameOf(result));
  return { graph: { nodes: recording.nodes, outputs }, results };
}

class Recording {
  readonly nodes: GraphNode[] = [];
  /** The node that gives a tensor, by the tensor's memory. */
  private readonly names = new Map<object, string>();

  input(name: string, { shape, dtype, dataId }: Tensor, anyRows: boolean): void {
    const expected = anyRows ? [-1, ...shape.slice(1)] : shape;
    const attr = { dtype: { type: typeOf(dtype) }, shape: { shape: tensorShape(expected) } };
    this.nodes.push({ name, op: 'Placeholder', input: [], attr });
    this.names.set(dataId, name);
  }

  operation({ name: op, attributes, inputs, outputs }: RunOperation): void {
    const input = inputs.map((tensor) => this.nameOf(tensor));
    const name = `${op}_${this.nodes.length}`;
    const attr = Object.fromEntries(attributes.map((each) => [each.name, attributeOf(each)]));
    this.nodes.push({ name, op, input, attr, rank: inputs[0]?.shape.length ?? 0 });
    for (const [index, { dataId }] of outputs.entries()) {
      this.names.set(dataId, index === 0 ? name : `${name}:${index}`);
    }
  }

  /** Of a tensor that nothing here gave: a constant. */
  nameOf(tensor: TensorInfo): string {
    const known = this.names.get(tensor.dataId);
    if (known !== undefined) return known;
    const name = `Const_${this.nodes.length}`;
    const dtype = typeOf(tensor.dtype);
    const { buffer, byteOffset, byteLength } = memoryOf(tensor);
    // A copy: the tensor is disposed of before the graph is written.
    const content = new Uint8Array(buffer, byteOffset, byteLength).slice();
    const value: Attribute = {
      tensor: { dtype, tensor_shape: tensorShape(tensor.shape), tensor_content: content },
    };
    this.nodes.push({ name, op: 'Const', input: [], attr: { dtype: { type: dtype }, value } });
    this.names.set(tensor.dataId, name);
    return name;
  }
}

function typeOf(dtype: string): number {
  if (dtype in dataTypes) return dataTypes[dtype as keyof typeof dataTypes];
  throw new RangeError(`a graph holds no tensors of type ${dtype}`);
}

function attributeOf({ name, kind, value }: RunOperation['attributes'][number]): Attribute {
  switch (kind) {
    case 'STRING':
      return { s: Buffer.from(value as string) };
    case 'INT':
      return Array.isArray(value) ? { list: { i: value as number[] } } : { i: value as number };
    case 'FLOAT':
      return { f: value as number };
    case 'BOOL':
      return { b: value as boolean };
    case 'TYPE':
      if (typeof value === 'number') return { type: value };
      throw new RangeError(`the attribute ${name} lists types, which a graph here does not hold`);
  }
}
