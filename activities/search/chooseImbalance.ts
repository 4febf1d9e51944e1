/** `imbalance: auto`: tries each way of balancing classes in folds, on the features a plan has cached. */
import type { ChooseImbalanceInput } from '../../contracts/activities/choosingActivities.js';
import type { LabelSets } from '../../contracts/data/labelSets.js';
import type { Plan } from '../../contracts/spec/plan.js';
import { balancingSchema, type ImbalanceChoice } from '../../contracts/spec/stages/imbalance.js';
import type { HeadSpec } from '../../contracts/spec/stages/stageSpec.js';
import { areUnevenLabels, chooseBalancing, chooseLoss, isUneven } from '../../learning/search/index.js';
import type { ScoredPicture } from '../../learning/metrics/multiLabel/averages.js';
import type { Outcomes } from '../../learning/training/judging/pairedComparison.js';
import { readPlan } from '../plan/planStore.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import type { Caller, WorkCallbacks } from '../shared/engine.js';
import { FoldedHeads } from './foldedHeads.js';
import { labelsInFoldsOf } from './foldedLabels.js';
import { heldOutPictures } from './heldOutPictures.js';

const stage = 'search';
const folds = 5;
const methods = ['plain', ...balancingSchema.options] as const;
type Method = (typeof methods)[number];
type Choice = Pick<ImbalanceChoice, 'chosen' | 'reason' | 'rows'>;

const even: Choice = {
  chosen: 'plain',
  reason: 'the plain loss: no class has more than three times the pictures of another',
  rows: [],
};

interface Options extends WorkCallbacks {
  folds: number;
  stage: string;
  halvings: number;
}

/** @throws GraftworkError GW_OBJECT_MISSING, GW_CORRUPT, GW_S3_… */
export async function chooseImbalance(
  dependencies: ActivityDependencies,
  { plan: digest, halvings }: ChooseImbalanceInput,
  _caller: Caller,
  callbacks: WorkCallbacks,
): Promise<ImbalanceChoice> {
  const startedAt = performance.now();
  const plan = await readPlan(dependencies.cache, digest);
  const options = { ...callbacks, folds, stage, halvings };
  const { labelSets } = plan;
  const found = await (labelSets === undefined
    ? amongMethods(dependencies, plan, options)
    : amongLosses(dependencies, plan, labelSets, options));
  return { ...found, folds, seconds: (performance.now() - startedAt) / 1000 };
}

async function amongMethods(
  dependencies: ActivityDependencies,
  plan: Plan,
  options: Options,
): Promise<Choice & { images: number }> {
  await using heads = new FoldedHeads(dependencies, plan, options);
  const { labels } = await heads.heldOut();
  const images = labels.length;
  if (!isUneven(labels)) return { ...even, images };
  const tried: { method: Method; outcome: Outcomes | undefined }[] = [];
  for (const method of methods) {
    tried.push({ method, outcome: await heads.outcomes(withMethod(plan.spec.head, method)) });
    options.progress({ stage, done: tried.length, total: methods.length, unit: 'steps' });
  }
  return { ...chooseBalancing(labels, tried), images };
}

/** Of several labels a picture: each is a question of its own, so no class takes pictures from another, and the losses alone differ. */
async function amongLosses(
  dependencies: ActivityDependencies,
  plan: Plan,
  sets: LabelSets,
  options: Options,
): Promise<Choice & { images: number }> {
  const held = await heldOutPictures(dependencies, plan, options.signal);
  const images = held.labels.length;
  const { head } = plan.spec;
  if (head.loss !== undefined) {
    return { chosen: 'plain', reason: 'the loss as given: `head.loss` names it', rows: [], images };
  }
  if (!areUnevenLabels(held.labels, sets)) return { ...even, images };
  const tried: (ScoredPicture[] | undefined)[] = [];
  for (const loss of ['binary-cross-entropy', 'asymmetric'] as const) {
    tried.push(await labelsInFoldsOf(dependencies, plan, held, { ...options, head: { ...head, loss } }));
    options.progress({ stage, done: tried.length, total: 2, unit: 'steps' });
  }
  const [plain, asymmetric] = tried;
  return { ...chooseLoss(plain, asymmetric, plan.classes.length), images };
}

function withMethod({ imbalance: _own, ...head }: HeadSpec, method: Method): HeadSpec {
  return method === 'plain' ? head : { ...head, imbalance: method };
}
