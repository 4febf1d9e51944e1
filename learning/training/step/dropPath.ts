/**
 * Drop path (stochastic depth, Huang et al. 2016): a step leaves out residual branches of some pictures. Which ones is a function of
 * seed, stage, step, branch and the picture's place in the batch, so a resumed stage leaves out the same ones.
 */
import { residualBlocks, residualBranches, type Backbone } from '../../backbones/index.js';
import { uniform, type KeyPart } from '../../random.js';
import { tf, type Tensor, type Tensor2D } from '../../tensorflow.js';

export interface DroppableBranch {
  readonly name: string;
  /** Probability that it is left out, > 0 and < 1. */
  readonly rate: number;
}

/**
 * The probability rises with the block's number among all blocks of the network, from 0 to `dropPath`, as in timm. Frozen blocks are
 * run as they are: their outputs may be cached.
 *
 * @param stages those that train
 */
export function branchesToDrop(backbone: Backbone, stages: ReadonlySet<string>, dropPath: number): DroppableBranch[] {
  const blocks = residualBlocks(backbone);
  const rateOf = (block: string): number => (dropPath * blocks.indexOf(block)) / Math.max(1, blocks.length - 1);
  return residualBranches(backbone)
    .filter(({ stage }) => stages.has(stage))
    .map(({ name, block }) => ({ name, rate: rateOf(block) }))
    .filter(({ rate }) => rate > 0);
}

/**
 * What each branch of a batch's pictures is multiplied by: 0 where it is left out, and otherwise 1 / (1 − rate), so that its mean
 * stays.
 *
 * @param key of the random numbers: seed, stage, step
 * @returns of the pictures from `from` to before `to`: [branches, pictures], the caller's; undefined where nothing is left out
 */
export function drawKept(
  branches: readonly DroppableBranch[],
  ...key: readonly KeyPart[]
): ((from: number, to: number) => Tensor2D) | undefined {
  if (branches.length === 0) return undefined;
  return (from, to) =>
    tf.tensor2d(
      branches.map(({ name, rate }) =>
        Array.from({ length: to - from }, (_, at) =>
          uniform(...key, 'drop path', name, from + at) < rate ? 0 : 1 / (1 - rate),
        ),
      ),
    );
}

/** The factors by branch, each [batch, 1, 1, 1]. @param kept [branches, batch], see `drawKept` */
export function keptBranches(
  branches: readonly DroppableBranch[],
  kept: Tensor2D,
): (branch: string) => Tensor | undefined {
  const factors = tf.unstack(kept).map((row) => tf.reshape(row, [-1, 1, 1, 1]));
  const named = new Map(branches.map(({ name }, at) => [name, factors[at]]));
  return (branch) => named.get(branch);
}
