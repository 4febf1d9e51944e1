/** `imbalance: auto`: tries each way of balancing classes in folds, on the features a plan has cached. */
import type { ChooseImbalanceInput } from '../../contracts/activities/choosingActivities.js';
import { balancingSchema, type ImbalanceChoice } from '../../contracts/spec/stages/imbalance.js';
import type { HeadSpec } from '../../contracts/spec/stages/stageSpec.js';
import { chooseBalancing, isUneven } from '../../learning/search/index.js';
import type { Outcomes } from '../../learning/training/judging/pairedComparison.js';
import { readPlan } from '../plan/planStore.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import type { Caller, WorkCallbacks } from '../shared/engine.js';
import { FoldedHeads } from './foldedHeads.js';

const stage = 'search';
const folds = 5;
const methods = ['plain', ...balancingSchema.options] as const;
type Method = (typeof methods)[number];

/** @throws GraftworkError GW_OBJECT_MISSING, GW_CORRUPT, GW_S3_… */
export async function chooseImbalance(
  dependencies: ActivityDependencies,
  { plan: digest, halvings }: ChooseImbalanceInput,
  _caller: Caller,
  callbacks: WorkCallbacks,
): Promise<ImbalanceChoice> {
  const startedAt = performance.now();
  const plan = await readPlan(dependencies.cache, digest);
  await using heads = new FoldedHeads(dependencies, plan, { ...callbacks, folds, stage, halvings });
  const { labels } = await heads.heldOut();
  const measured = () => ({ images: labels.length, folds, seconds: (performance.now() - startedAt) / 1000 });
  if (!isUneven(labels)) {
    const reason = 'the plain loss: no class has more than three times the pictures of another';
    return { chosen: 'plain', reason, rows: [], ...measured() };
  }
  const tried: { method: Method; outcome: Outcomes | undefined }[] = [];
  for (const method of methods) {
    tried.push({ method, outcome: await heads.outcomes(withMethod(plan.spec.head, method)) });
    callbacks.progress({ stage, done: tried.length, total: methods.length, unit: 'steps' });
  }
  return { ...chooseBalancing(labels, tried), ...measured() };
}

function withMethod({ imbalance: _own, ...head }: HeadSpec, method: Method): HeadSpec {
  return method === 'plain' ? head : { ...head, imbalance: method };
}
