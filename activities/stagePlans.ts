/** From a spec's words (`default`, `last`, stage names) to a backbone's stages. Pure. */
import { GraftworkError } from '../contracts/errors.js';
import type { StagePlan } from '../contracts/plan.js';
import type { FineTuneSpec, HeadSpec } from '../contracts/runSpec.js';
import { stageIndex, type Backbone } from '../learning/backbones/architecture.js';

function firstTrainable(backbone: Backbone, unfreeze: FineTuneSpec['unfreeze']): number {
  const named =
    unfreeze === 'default' ? backbone.defaultUnfreeze : unfreeze === 'last' ? [backbone.lastStage] : unfreeze;
  return Math.min(...named.map((name) => stageIndex(backbone, name)));
}

/**
 * The stages of a run: the head, then each fine-tuning step with its trainable suffix and its cut.
 *
 * @throws GraftworkError GW_STAGE_UNKNOWN
 */
export function planStages(backbone: Backbone, head: HeadSpec, fineTune: readonly FineTuneSpec[]): StagePlan[] {
  const steps = fineTune.map((training, index): StagePlan => {
    const first = firstTrainable(backbone, training.unfreeze);
    return {
      kind: 'fineTune',
      name: `fine-tune-${index + 1}`,
      training,
      trainable: backbone.stages.slice(first).map((stage) => stage.name),
      cut: backbone.stages[first - 1]?.name ?? null,
    };
  });
  return [{ kind: 'head', name: 'head', training: head }, ...steps];
}

/**
 * The stage whose output is cached for all fine-tuning steps: the earliest of their cuts. null when nothing is fine-tuned.
 *
 * @throws GraftworkError GW_SPEC_INVALID when a step trains the whole network: there is nothing frozen to cache
 */
export function commonCut(backbone: Backbone, stages: readonly StagePlan[]): string | null {
  const cuts = stages.flatMap((stage) => (stage.kind === 'fineTune' ? [stage.cut] : []));
  if (cuts.length === 0) return null;
  const indices = cuts.map((cut) => {
    if (cut !== null) return stageIndex(backbone, cut);
    throw new GraftworkError(
      'GW_SPEC_INVALID',
      `fineTune.unfreeze names ${backbone.stages[0]?.name}, the first stage of ${backbone.name}.`,
      {
        remedy: `Leave at least the first stage frozen: unfreeze from ${backbone.stages[1]?.name} on.`,
      },
    );
  });
  return backbone.stages[Math.min(...indices)]?.name ?? null;
}
