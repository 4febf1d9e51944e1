/** A person's settings of a stage over those of a recipe. Pure. */
import { adapterStep } from './adapterSpec.js';
import type { OptimizerSpec, PartialOptimizer } from './optimizerSpec.js';
import type { FineTuneSpec } from './stageSpec.js';

interface Given {
  optimizer?: PartialOptimizer | undefined;
}

/** A stage's settings laid over the recipe's; an optimizer of the recipe's kind keeps what is not said. */
export function withStage<Stage extends { optimizer: OptimizerSpec }>(
  recipe: Stage | undefined,
  given: Given = {},
): object {
  const { optimizer } = given;
  if (optimizer === undefined || recipe === undefined) return { ...recipe, ...given };
  const sameKind = optimizer.kind === undefined || optimizer.kind === recipe.optimizer.kind;
  return { ...recipe, ...given, optimizer: sameKind ? { ...recipe.optimizer, ...optimizer } : optimizer };
}

/** The same of a fine-tune step: with adapters the recipe's own settings are those of adapters. */
export function withFineTuneStep(recipe: FineTuneSpec | undefined, given: Given & { adapter?: unknown } = {}): object {
  return withStage(recipe && adapterStep(recipe, given), given);
}
