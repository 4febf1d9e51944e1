/** What a run leaves open is decided: from its ranking, its data and its time. Nothing is computed. */
import { requireFitting } from '../../contracts/spec/taskProblems.js';
import type { DecideRunInput, DecideRunOutput } from '../../contracts/activities/choosingActivities.js';
import { recipes } from '../../contracts/spec/recipes.js';
import { autoSource } from '../../contracts/spec/undecided.js';
import { backboneNames, getBackbone, workOfStages, type Backbone } from '../../learning/backbones/architecture.js';
import { decide, untimed, type DecisionInput } from '../../learning/decisions/index.js';
import { weightsAtHand } from '../../learning/weights/index.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import { inputSettings } from './inputSettings.js';
import { sizeTrouble } from './requireSize.js';
import { findBackbone } from '../backbone/sourceBackbone.js';

/** @throws GraftworkError GW_BACKBONE_UNKNOWN, GW_MODEL_NOT_FOUND */
export async function decideRun(
  dependencies: Pick<ActivityDependencies, 'store' | 'home'>,
  { spec, dataset, report, passedOver, secondsLeft }: DecideRunInput,
): Promise<DecideRunOutput> {
  requireFitting(spec, dataset.task);
  return decide({
    ...{ spec, report, passedOver, secondsLeft },
    counts: dataset.counts,
    fallback: await fallback(dependencies, spec),
    usualSuffix: (architecture) => getBackbone(architecture).defaultUnfreeze,
  });
}

/** The source the person named, or the cheapest that is here. */
async function fallback(
  dependencies: Pick<ActivityDependencies, 'store' | 'home'>,
  spec: DecideRunInput['spec'],
): Promise<DecisionInput['fallback']> {
  const auto = spec.backbone.name === autoSource;
  const named = auto ? { name: await cheapest(dependencies.home, spec) } : spec.backbone;
  const { backbone, input } = await findBackbone(dependencies, named);
  const names = backbone.stages.map(({ name }) => name);
  return {
    source: named.name,
    architecture: backbone.name,
    backbone: named,
    stages: untimed(names, workOfStages(backbone, inputSettings(input, spec.preprocess).crop)),
    unfreeze: backbone.defaultUnfreeze,
    why: 'no time to rank sources, so this is the cheapest available one',
  };
}

async function cheapest(home: string, spec: DecideRunInput['spec']): Promise<string> {
  const here: Backbone[] = [];
  for (const name of backboneNames()) {
    const backbone = getBackbone(name);
    if ((await weightsAtHand(backbone, undefined, home)) !== undefined) here.push(backbone);
  }
  const costs = here.flatMap((backbone) => {
    const { crop } = inputSettings(backbone.input, spec.preprocess);
    if (sizeTrouble(backbone, crop) !== undefined) return [];
    return { name: backbone.name, cost: workOfStages(backbone, crop).reduce((sum, stage) => sum + stage, 0) };
  });
  return costs.toSorted((a, b) => a.cost - b.cost)[0]?.name ?? recipes.default.backbone.name;
}
