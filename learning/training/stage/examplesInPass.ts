/** How many examples of a batch a training step takes in one pass: what it holds of them for the gradient must fit. */
import type { StagePlan } from '../../../contracts/spec/plan.js';
import { stageIndex, type Backbone } from '../../backbones/index.js';
import { Declaration } from '../../backbones/declaration.js';
import type { Activation, Operations } from '../../backbones/operations.js';
import type { Shape } from '../../backbones/shapes.js';

/** Bytes that the examples of a pass may take. */
const usualBytes = 2 * 2 ** 30;

/**
 * What a pass holds, in outputs of its layers: these, their gradients, and what lies between them while the step is recorded. Measured:
 * ViT-Ti with adapters in all blocks took 115 MB for each picture.
 */
const outputsHeld = 3;

interface Pass {
  stage: StagePlan;
  backbone: Backbone;
  featuresAfter: string | null;
  /** Of one example's features: [height, width, channels]. */
  shape: readonly number[];
}

/**
 * @param batch examples
 * @returns the batch, or the largest of its half, its quarter and so on that fits; at least 1
 */
export function examplesInPass(pass: Pass, batch: number, mostBytes = usualBytes): number {
  const bytes = 4 * outputsHeld * outputsOf(pass);
  let examples = batch;
  while (examples > 1 && examples * bytes > mostBytes) examples = Math.ceil(examples / 2);
  return examples;
}

/** Values that the layers from the first one that trains on give for one example. */
function outputsOf({ stage, backbone, featuresAfter, shape: [h = 1, w = 1, c = 1] }: Pass): number {
  if (stage.kind === 'head') return 0;
  const from = featuresAfter === null ? 0 : stageIndex(backbone, featuresAfter) + 1;
  const first = Math.min(...stage.trainable.map((name) => stageIndex(backbone, name)));
  let x: Shape = { h, w, c };
  let total = 0;
  for (const [index, each] of backbone.stages.entries()) {
    if (index < from) continue;
    const counted = counting();
    x = each.run(counted.operations, x);
    if (index >= first) total += counted.total();
  }
  return total;
}

/** Runs on shapes, and counts the values of every result. */
function counting(): { operations: Operations<Shape>; total: () => number } {
  let total = 0;
  const add = ({ h, w, c }: Shape): void => void (total += h * w * c);
  const operations = new Proxy<Operations<Shape>>(new Declaration(''), {
    get(target, name) {
      const operation = Reflect.get(target, name) as (...given: unknown[]) => Shape | Shape[];
      return (...given: [Shape, { activation?: Activation }?]): Shape | Shape[] => {
        const results = operation.apply(target, given);
        for (const result of [results].flat()) {
          add(result);
          // The value before it is kept as well.
          if (given[1]?.activation !== undefined) add(result);
        }
        return results;
      };
    },
  });
  return { operations, total: () => total };
}
