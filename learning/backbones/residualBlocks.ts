/** Residual blocks of a network: what drop path leaves out, and the layers that layer-wise rate decay counts. Pure. */
import type { Backbone } from './backbone.js';
import { classifierStage, Declaration, type ParameterSpec } from './declaration.js';
import { declareLayers } from './declare.js';
import type { ResidualBranch } from './operations.js';
import type { Shape } from './shapes.js';

export interface BranchOfBlock extends ResidualBranch {
  /** Torch name of the block's module, e.g. `blocks.0`. */
  block: string;
  stage: string;
}

/** Every residual branch of a network, in the order in which they run; none where it has no residual blocks. */
export function residualBranches({ stages, input: { size } }: Pick<Backbone, 'stages' | 'input'>): BranchOfBlock[] {
  let x: Shape = { h: size, w: size, c: 3 };
  return stages.flatMap((stage) => {
    const declaration = new Declaration(stage.name);
    x = stage.run(declaration, x);
    return declaration.branches.map(({ name }) => ({
      name,
      block: name.slice(0, name.lastIndexOf('.')),
      stage: stage.name,
    }));
  });
}

/** Torch names of a network's residual blocks, in the order in which they run. */
export function residualBlocks(backbone: Pick<Backbone, 'stages' | 'input'>): string[] {
  return [...new Set(residualBranches(backbone).map(({ block }) => block))];
}

/**
 * How far below the head each parameter lies, in layers: 0 for the classifier, 1 for the last residual block, and so on down. As in
 * timm's ViT and ResNet, what lies between two blocks belongs to the upper one, and what follows the last block to that one; what comes before the
 * first block is one layer, the lowest. Where there are no residual blocks, each stage with parameters is a layer.
 *
 * @returns of a parameter, by its torch name
 */
export function layersBelowHead(backbone: Backbone): (spec: Pick<ParameterSpec, 'name'>) => number {
  const body = declareLayers(backbone)
    .flatMap(({ parameters }) => parameters)
    .filter(({ stage }) => stage !== classifierStage);
  const blocks = residualBlocks(backbone);
  const depths = blocks.length > 0 ? depthsByBlock(body, blocks) : depthsByStage(body);
  return ({ name }) => depths.get(name) ?? 0;
}

function depthsByBlock(body: readonly ParameterSpec[], blocks: readonly string[]): Map<string, number> {
  const count = blocks.length;
  // From the top down: the block that was met last is the one above.
  let above = count;
  return new Map(
    body.toReversed().map(({ name }) => {
      const own = blocks.findIndex((block) => name.startsWith(`${block}.`));
      if (own >= 0) above = own;
      else if (above === 0) return [name, count + 1];
      return [name, Math.max(1, count - above)];
    }),
  );
}

function depthsByStage(body: readonly ParameterSpec[]): Map<string, number> {
  const stages = [...new Set(body.map(({ stage }) => stage))];
  return new Map(body.map(({ name, stage }) => [name, stages.length - stages.indexOf(stage)]));
}
