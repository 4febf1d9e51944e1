/** `evaluation.folds`: the accuracy of heads over all pictures but those of the test, each held out once. */
import type { EvaluateInFoldsInput } from '../../contracts/activities/choosingActivities.js';
import type { FoldsAccuracy } from '../../contracts/data/foldsAccuracy.js';
import { GraftworkError } from '../../contracts/errors.js';
import { wilsonInterval } from '../../learning/metrics/interval.js';
import { readPlan } from '../plan/planStore.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import type { Caller, WorkCallbacks } from '../shared/engine.js';
import { FoldedHeads } from './foldedHeads.js';

/** @throws GraftworkError GW_NOT_FINITE when a head diverged; GW_OBJECT_MISSING, GW_CORRUPT, GW_S3_… */
export async function evaluateInFolds(
  dependencies: ActivityDependencies,
  { plan: digest, folds, halvings }: EvaluateInFoldsInput,
  _caller: Caller,
  callbacks: WorkCallbacks,
): Promise<FoldsAccuracy> {
  const plan = await readPlan(dependencies.cache, digest);
  await using heads = new FoldedHeads(dependencies, plan, { ...callbacks, folds, stage: 'evaluate', halvings });
  const outcomes = await heads.outcomes(plan.spec.head);
  if (outcomes === undefined) {
    throw new GraftworkError('GW_NOT_FINITE', 'The loss of a head that was trained in folds became no number.', {
      remedy: 'Lower head.learningRate.',
    });
  }
  const { together } = await heads.heldOut();
  const sizes = new Map<number, number>();
  for (const first of together) sizes.set(first, (sizes.get(first) ?? 0) + 1);
  const groups = [...sizes.values()].filter((size) => size > 1).length;
  const [count, hits] = [outcomes.correct.length, outcomes.correct.filter(Boolean).length];
  return {
    ...{ folds, count, top1: hits / count, interval: wilsonInterval(hits, count) },
    ...(groups === 0 ? {} : { together: groups }),
  };
}
