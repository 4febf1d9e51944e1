/** The search for the rate of fine-tuning, by short fine-tunes from the trained head. */
import type { SearchFineTunesInput, SearchFineTunesOutput } from '../../contracts/activities/choosingActivities.js';
import type { FineTuneSettings, MissingTrials } from '../../contracts/run/choices.js';
import type { Plan } from '../../contracts/spec/plan.js';
import { hasFineTunes, leastPictures, searchFineTunes as search } from '../../learning/search/index.js';
import { validationPictures } from '../plan/planFeatures.js';
import { writePlan } from '../plan/planStore.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import type { Caller, WorkCallbacks } from '../shared/engine.js';
import { FineTuneTrials } from './fineTuneTrials.js';
import { insteadOfTrial } from './storedTrials.js';

/**
 * @returns null where there is nothing to search or to judge by
 */
export async function searchFineTunes(
  dependencies: ActivityDependencies,
  { seconds, elsewhere, ...step }: SearchFineTunesInput,
  caller: Caller,
  callbacks: WorkCallbacks,
): Promise<SearchFineTunesOutput | MissingTrials<FineTuneSettings> | null> {
  const startedAt = performance.now();
  const spent = (): number => (performance.now() - startedAt) / 1000;
  await using trials = await FineTuneTrials.of(dependencies, { ...step, caller, callbacks });
  const { plan, stage } = trials;
  const images = validationPictures(plan);
  if (!hasFineTunes(stage.training) || images < leastPictures) return null;
  const instead = insteadOfTrial({ seconds, elsewhere, spent });
  const found = await search({
    training: stage.training,
    severalLabels: plan.labelSets !== undefined,
    train: (training) => trials.outcome(training, instead),
  });
  if (found === undefined) return null;
  if ('missing' in found) return found;
  return {
    found: { ...found, images, seconds: spent(), cache: trials.stored.use('rates') },
    plan: found.changed ? await writePlan(dependencies.cache, withSettings(plan, found.chosen)) : step.plan,
  };
}

/** The plan with what was found in every fine-tuning step: they go on from each other. */
function withSettings(plan: Plan, settings: FineTuneSettings): Plan {
  return {
    ...plan,
    spec: { ...plan.spec, fineTune: plan.spec.fineTune.map((step) => ({ ...step, ...settings })) },
    stages: plan.stages.map((stage) =>
      stage.kind === 'fineTune' ? { ...stage, training: { ...stage.training, ...settings } } : stage,
    ),
  };
}
