import { LoadedGraph } from '../../graphs/loadedGraph.js';
import type { Tensor4D } from '../../tensorflow.js';
import type { Backbone } from '../backbone.js';
import type { Affine } from '../tensorOperations.js';
import type { Convolution } from '../operations.js';
import { GraphOperations } from './graphOperations.js';

const inputName = 'x';

export interface Wanted {
  /** The first stage to run. */
  from: number;
  /** After how many of the backbone's stages an activation is wanted; `from`: the input itself. */
  ends: readonly number[];
  /** Whether their means over height and width are wanted instead, as 1×1 maps. */
  pooled: boolean;
}

/**
 * Some stages of a backbone as one TensorFlow graph. TensorFlow then sees all operations at once: convolution, bias and
 * activation become one pass over memory, and filters are brought into oneDNN's own order once instead of in every call.
 * On two cores that takes a third off EfficientNet-Lite0's forward pass and a tenth off ResNet50's (measured
 * with AVX-512), with the same results up to rounding; it costs some tenths of a second first. Owns its session: call `dispose`.
 */
export class CompiledStages {
  private readonly graph: LoadedGraph;
  private readonly outputs: string[];

  /**
   * @param affine filter and bias of a convolution
   * @param size height, width and channels of one example before stage `from`
   */
  constructor(
    backbone: Backbone,
    affine: (o: Convolution) => Affine,
    [h, w, c]: readonly [h: number, w: number, c: number],
    { from, ends, pooled }: Wanted,
  ) {
    const graph = new GraphOperations(affine);
    let x = graph.input(inputName, { h, w, c });
    const after = new Map<number, string>();
    for (let index = from; index < Math.max(...ends); index++) {
      x = backbone.stages[index]!.run(graph, x);
      after.set(index + 1, (pooled && ends.includes(index + 1) ? graph.globalAveragePool(x) : x).node);
    }
    this.outputs = ends.map((end) => after.get(end) ?? inputName);
    this.graph = new LoadedGraph(graph.nodes);
  }

  /** @param x [batch, h, w, c]; stays the caller's @returns an activation for each of the ends; the caller's */
  run(x: Tensor4D): Tensor4D[] {
    return this.graph.run({ [inputName]: x }, this.outputs) as Tensor4D[];
  }

  dispose(): void {
    this.graph.dispose();
  }
}
