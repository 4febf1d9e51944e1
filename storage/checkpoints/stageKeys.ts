/** Content keys of training stages. */
import { mixingOf } from '../../contracts/spec/stages/augmentationSpec.js';
import { computedIn } from '../../contracts/spec/computeSpec.js';
import type { Plan, StagePlan } from '../../contracts/spec/plan.js';
import { contentKey } from '../objects/contentKey.js';
import { scheduleRevision } from './scheduleRevision.js';

/**
 * @param previous content keys of the kept stages before, in order
 * @param finishedBy the run in which a person ended the stage early: that is not what an undisturbed run gives, so it has a
 * key of its own; null for an undisturbed stage
 */
export function stageKey(plan: Plan, stage: number, previous: readonly string[], finishedBy: string | null): string {
  const { kind, training } = plan.stages[stage] ?? {};
  return contentKey('stage/3', {
    backbone: { name: plan.backbone.name, sha256: plan.backbone.sha256 },
    // The labels, and which image is in which split.
    dataset: plan.datasetVersion,
    features: plan.features.map((shard) => shard.key),
    cut: plan.cut,
    stage: plan.stages[stage],
    previous,
    seed: plan.spec.seed,
    ...computedIn(plan.spec),
    // Left out when nothing is mixed: such stages have the keys they had before there was mixing.
    mixing: mixingOf(plan.augmentation),
    schedule: training && scheduleRevision(training),
    // A fine-tune stage keeps its last epoch unless validation shows that it does harm. In 0.1.0 it kept the best one; later `last`
    // stood for the last one unless the loss rose.
    kept: kind === 'fineTune' && training?.keepBest ? 'unless harmful' : undefined,
    // Folds had all rare combinations of labels in one of them.
    folds: plan.labelSets !== undefined && hasFolds(plan.stages[stage]) ? 'by label' : undefined,
    finishedBy,
  });
}

function hasFolds(stage: StagePlan | undefined): boolean {
  return stage?.kind === 'fineTune' && stage.folds !== undefined;
}

/** Keys of every stage an undisturbed run of the plan may come to, whichever of the stages before it keeps. */
export function possibleStageKeys(plan: Plan): string[] {
  const keys: string[] = [];
  let paths: string[][] = [[]];
  for (const stage of plan.stages.keys()) {
    const reached = paths.map((previous) => ({ previous, key: stageKey(plan, stage, previous, null) }));
    keys.push(...reached.map(({ key }) => key));
    paths = [...paths, ...reached.map(({ previous, key }) => [...previous, key])];
  }
  return keys;
}
