/** Every tensor of a forward pass that a golden file may name. */
import { CompiledFunction } from '../graphs/compiledFunction.js';
import {
  classifierIn,
  classify,
  declareParameters,
  differentiableOperations,
  FoldedNetwork,
  toTensors,
  type Backbone,
  type NamedArrays,
} from '../backbones/index.js';
import { tf, type Tensor2D, type Tensor4D } from '../tensorflow.js';

export interface TensorsOfNetwork {
  /** After each stage. */
  stages: Tensor4D[];
  pooled: Tensor2D;
  /** undefined where the parameters came without a classifier. */
  logits: Tensor2D | undefined;
}

/** As inference computes them. In `tf.tidy`. */
export function tensorsInFloat32(backbone: Backbone, parameters: NamedArrays, x: Tensor4D): TensorsOfNetwork {
  using network = new FoldedNetwork(backbone, parameters);
  const stages: Tensor4D[] = [];
  for (const index of backbone.stages.keys()) {
    stages.push(network.run(stages.at(-1) ?? x, { from: index, to: index + 1 }));
  }
  const last = stages.at(-1) ?? x;
  return { stages, pooled: network.pooled(last), logits: network.hasClassifier ? network.logits(last) : undefined };
}

/**
 * What the definition says, without the rounding of float32: every layer is computed in float64, and nothing is folded before.
 * In `tf.tidy`.
 */
export function tensorsInFloat64(backbone: Backbone, parameters: NamedArrays, x: Tensor4D): TensorsOfNetwork {
  const { classes, classifier } = classifierIn(backbone, parameters);
  const given = declareParameters(backbone, classes, classifier).filter(({ name }) => parameters.has(name));
  const operations = differentiableOperations(toTensors(given, parameters));
  using compiled = new CompiledFunction(
    (inputs) =>
      tf.tidy(() => {
        const stages: Tensor4D[] = [];
        for (const stage of backbone.stages)
          stages.push(stage.run(operations, stages.at(-1) ?? (inputs['x'] as Tensor4D)));
        const last = stages.at(-1)!;
        const pooled = tf.mean<Tensor2D>(last, [1, 2]);
        if (classes === undefined) return [...stages, pooled];
        return [...stages, pooled, classify(backbone, classifier)(operations, last, classes).reshape([-1, classes])];
      }),
    () => 1,
    { dtype: 'float64' },
  );
  const tensors = compiled.run({ x });
  const [pooled, logits] = tensors.slice(backbone.stages.length) as [Tensor2D, Tensor2D | undefined];
  return { stages: tensors.slice(0, backbone.stages.length) as Tensor4D[], pooled, logits };
}
