import type { ComputeDtype } from '../../contracts/spec/computeSpec.js';
import { tf, usesGpu, type Tensor } from '../tensorflow.js';
import { withDoublePrecision } from './doublePrecision.js';
import { LoadedGraph } from './loadedGraph.js';
import { withLowPrecision } from './lowPrecision.js';
import { hasBfloat16 } from './processor.js';
import { roundedInFloat32 } from './roundedPrecision.js';
import { recordGraph, type NamedInputs, type RecordedGraph, type TensorFunction } from './recordedGraph.js';

interface Compiled {
  readonly graph: LoadedGraph;
  readonly outputs: RecordedGraph['outputs'];
}

export interface CompiledFunctionOptions {
  /**
   * Whether one graph serves any number of rows: no operation of the function depends on how many there are, and each input has a
   * row for each example. It is then recorded on one row. @default false
   */
  anyRows?: boolean;
  /**
   * Number format: of convolutions, linear layers and attention with `bfloat16`, of everything with `float64`. With both every call
   * is compiled, because operations run one by one are float32.
   * @default float32
   */
  dtype?: ComputeDtype | 'float64';
}

/** Calls from which on compiling pays: the first runs the function as it is, and loading its graph takes about as long. */
const worthCompiling = 12;

/**
 * A function of tensors that runs as one TensorFlow graph where that pays. TensorFlow then sees all operations at once: it
 * fuses them, computes what is constant once, runs independent ones side by side, and frees each result after its last use.
 * On a GPU nothing is compiled in float32: a graph's inputs and outputs would pass through the host's memory in each call.
 * There is a graph for each set of input shapes; results equal those of the function itself up to rounding, and the same inputs
 * give the same bytes. Owns its sessions: call `dispose`, or declare it with `using`.
 */
export class CompiledFunction {
  private readonly compiled = new Map<string, Compiled>();
  private readonly anyRows: boolean;
  private readonly dtype: NonNullable<CompiledFunctionOptions['dtype']>;

  /**
   * @param calls about how often it is called with inputs of these shapes, over all attempts: what it computes, to the bit,
   * depends on whether it is compiled
   */
  constructor(
    private readonly compute: TensorFunction,
    private readonly calls: (inputs: NamedInputs) => number,
    { anyRows = false, dtype = 'float32' }: CompiledFunctionOptions = {},
  ) {
    this.anyRows = anyRows;
    this.dtype = dtype;
  }

  /**
   * @param inputs stay the caller's
   * @param given large tensors that the function uses, the same in each call: so the graph does not hold them several times
   * @returns tensors of the caller's
   */
  run(inputs: NamedInputs, given: NamedInputs = {}): Tensor[] {
    const pays = this.dtype !== 'float32' || (!usesGpu() && this.calls(inputs) >= worthCompiling);
    if (!pays) return this.compute(inputs);
    const key = JSON.stringify(
      Object.entries(inputs).map(([name, { shape, dtype }]) => [name, this.anyRows ? shape.slice(1) : shape, dtype]),
    );
    let compiled = this.compiled.get(key);
    if (compiled === undefined) {
      compiled = this.compile(inputs, given);
      this.compiled.set(key, compiled);
    }
    return compiled.graph.run({ ...inputs, ...given }, compiled.outputs);
  }

  dispose(): void {
    for (const { graph } of this.compiled.values()) graph.dispose();
    this.compiled.clear();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  private compile(inputs: NamedInputs, given: NamedInputs): Compiled {
    const examples = this.anyRows ? mapValues(inputs, (tensor) => tensor.slice([0], [1])) : inputs;
    const { graph: recorded, results } = recordGraph(this.compute, examples, this.anyRows, given);
    tf.dispose(this.anyRows ? [results, examples] : results);
    const graph = inFormat[this.dtype](recorded);
    return { graph: new LoadedGraph(graph.nodes), outputs: graph.outputs };
  }
}

const inFormat = {
  float32: (recorded: RecordedGraph) => recorded,
  bfloat16: inBfloat16,
  float64: withDoublePrecision,
};

function inBfloat16(recorded: RecordedGraph): RecordedGraph {
  const low = withLowPrecision(recorded);
  return hasBfloat16() ? low : roundedInFloat32(low);
}

function mapValues(inputs: NamedInputs, to: (tensor: Tensor) => Tensor): NamedInputs {
  return Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, to(tensor)]));
}
