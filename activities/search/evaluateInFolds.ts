/** `evaluation.folds` and `evaluation.fineTuneFolds`: an accuracy over all pictures, each held out once. */
import type { EvaluateInFoldsInput } from '../../contracts/activities/choosingActivities.js';
import type { FoldsAccuracy } from '../../contracts/data/foldsAccuracy.js';
import { GraftworkError } from '../../contracts/errors.js';
import type { Plan } from '../../contracts/spec/plan.js';
import { classesInOneFold, foldsOf } from '../../learning/metrics/folds.js';
import { wilsonInterval } from '../../learning/metrics/interval.js';
import type { Outcomes } from '../../learning/training/judging/pairedComparison.js';
import { readPlan } from '../plan/planStore.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import type { Caller, WorkCallbacks } from '../shared/engine.js';
import { FoldedHeads } from './foldedHeads.js';
import { FoldedNetworks } from './foldedNetworks.js';
import { figuresOf, labelFiguresInFolds } from './foldedLabels.js';
import { heldOutPictures, type HeldOut } from './heldOutPictures.js';

/**
 * Without `steps` of heads alone; with them of the whole recipe, of which a fold that nobody has trained yet is trained here.
 *
 * @throws GraftworkError GW_NOT_FINITE when a training diverged; GW_OBJECT_MISSING, GW_CORRUPT, GW_S3_…
 */
export async function evaluateInFolds(
  dependencies: ActivityDependencies,
  { plan: digest, folds, steps, halvings }: EvaluateInFoldsInput,
  _caller: Caller,
  callbacks: WorkCallbacks,
): Promise<FoldsAccuracy> {
  const plan = await readPlan(dependencies.cache, digest);
  const tested = plan.features.reduce((sum, { split, count }) => sum + (split === 'test' ? count : 0), 0);
  const options = { ...callbacks, folds, halvings };
  if (steps !== undefined) {
    const networks = new FoldedNetworks(dependencies, plan, { ...options, steps });
    if (plan.labelSets !== undefined) {
      const scored = await networks.scored();
      if (scored === undefined) throw diverged('fine-tuning', 'fineTune[].learningRate');
      const held = await networks.heldOut();
      const figures = figuresOf(scored, held.labels, plan.classes.length);
      return { folds, ...figures, ...notesOf(plan, held, folds, tested) };
    }
    const outcomes = await networks.outcomes();
    if (outcomes === undefined) throw diverged('fine-tuning', 'fineTune[].learningRate');
    return accuracyOf(plan, folds, outcomes, await networks.heldOut(), tested);
  }
  if (plan.labelSets !== undefined) {
    const held = await heldOutPictures(dependencies, plan, callbacks.signal);
    const figures = await labelFiguresInFolds(dependencies, plan, held, options);
    if (figures === undefined) throw diverged('a head', 'head.learningRate');
    return { ...figures, ...notesOf(plan, held, folds, tested) };
  }
  await using heads = new FoldedHeads(dependencies, plan, { ...options, stage: 'evaluate' });
  const outcomes = await heads.outcomes(plan.spec.head);
  if (outcomes === undefined) throw diverged('a head', 'head.learningRate');
  return accuracyOf(plan, folds, outcomes, await heads.heldOut(), tested);
}

/** @param tested pictures of the test among them */
function accuracyOf(plan: Plan, folds: number, { correct }: Outcomes, held: HeldOut, tested: number): FoldsAccuracy {
  const [count, hits] = [correct.length, correct.filter(Boolean).length];
  return {
    ...{ folds, count, top1: hits / count, interval: wilsonInterval(hits, count) },
    ...notesOf(plan, held, folds, tested),
  };
}

function notesOf(
  { classes, labelSets }: Plan,
  { labels, together }: HeldOut,
  folds: number,
  tested: number,
): Pick<FoldsAccuracy, 'together' | 'unlearnt' | 'tested'> {
  const foldOf = foldsOf(labels, folds, together, labelSets);
  const unlearnt = classesInOneFold(foldOf, labels, classes.length, labelSets).map((label) => classes[label] ?? '');
  const sizes = new Map<number, number>();
  for (const first of together) sizes.set(first, (sizes.get(first) ?? 0) + 1);
  const groups = [...sizes.values()].filter((size) => size > 1).length;
  return {
    ...(groups === 0 ? {} : { together: groups }),
    ...(unlearnt.length === 0 ? {} : { unlearnt }),
    ...(tested === 0 ? {} : { tested }),
  };
}

function diverged(what: string, field: string): GraftworkError {
  return new GraftworkError('GW_NOT_FINITE', `The loss of ${what} that was trained in folds became no number.`, {
    remedy: `Lower ${field}, or run without folds.`,
  });
}
