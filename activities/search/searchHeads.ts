/** The search for a head's settings on the features a plan has cached. */
import type { SearchHeadsInput } from '../../contracts/activities/choosingActivities.js';
import type { HeadSearch, HeadSettings, MissingTrials } from '../../contracts/run/choices.js';
import { leastPictures, ownSettings, searchHeads as search } from '../../learning/search/index.js';
import { validationPictures } from '../plan/planFeatures.js';
import { readPlan } from '../plan/planStore.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import type { Caller, WorkCallbacks } from '../shared/engine.js';
import { HeadTrials } from './headTrials.js';
import { insteadOfTrial } from './storedTrials.js';

/**
 * @returns null where there is nothing to search or to judge by
 */
export async function searchHeads(
  dependencies: ActivityDependencies,
  { plan: digest, seconds, elsewhere, halvings }: SearchHeadsInput,
  _caller: Caller,
  callbacks: WorkCallbacks,
): Promise<HeadSearch | MissingTrials<HeadSettings> | null> {
  const startedAt = performance.now();
  const spent = (): number => (performance.now() - startedAt) / 1000;
  const plan = await readPlan(dependencies.cache, digest);
  const { head } = plan.spec;
  const images = validationPictures(plan);
  if (ownSettings(head) === undefined || images < leastPictures) return null;
  await using trials = new HeadTrials(dependencies, plan, halvings, callbacks);
  const instead = insteadOfTrial({ seconds, elsewhere, spent });
  const found = await search({
    head,
    severalLabels: plan.labelSets !== undefined,
    train: (candidate) => trials.outcome(candidate, instead),
  });
  if (found === undefined) return null;
  if ('missing' in found) return found;
  return { ...found, images, seconds: spent(), cache: trials.stored.use('heads') };
}
