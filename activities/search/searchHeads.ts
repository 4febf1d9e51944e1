/** The search for a head's settings on the features a plan has cached. */
import type { SearchHeadsInput } from '../../contracts/activities/choosingActivities.js';
import type { HeadSearch } from '../../contracts/run/choices.js';
import { mixingOf } from '../../contracts/spec/augmentationSpec.js';
import type { Plan } from '../../contracts/spec/plan.js';
import type { HeadSpec } from '../../contracts/spec/stageSpec.js';
import { getBackbone } from '../../learning/backbones/index.js';
import { headOutcome, leastPictures, ownSettings, searchHeads as search } from '../../learning/search/index.js';
import { contentKey } from '../../storage/objects/contentKey.js';
import { scheduleRevision } from '../../storage/checkpoints/scheduleRevision.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import type { Caller, WorkCallbacks } from '../shared/engine.js';
import { loadFeatures } from '../features/loadFeatures.js';
import { readPlan } from '../plan/planStore.js';
import { StoredTrials } from './storedTrials.js';

/**
 * @returns null where there is nothing to search or to judge by
 */
export async function searchHeads(
  dependencies: ActivityDependencies,
  { plan: digest, seconds, halvings }: SearchHeadsInput,
  _caller: Caller,
  { progress, signal }: WorkCallbacks,
): Promise<HeadSearch | null> {
  const startedAt = performance.now();
  const spent = (): number => (performance.now() - startedAt) / 1000;
  const plan = await readPlan(dependencies.cache, digest);
  const { head } = plan.spec;
  if (ownSettings(head) === undefined) return null;
  const stage = 'search';
  await using features = await loadFeatures(dependencies, plan, 'pooled', { signal, progress, stage, halvings });
  const { train, validation } = features;
  if (validation === null || validation.features.count < leastPictures) return null;
  const trials = new StoredTrials(dependencies);
  const found = await search({
    head,
    mayGoOn: () => seconds === null || spent() < seconds,
    train: (candidate) =>
      trials.outcome(trialKey(plan, candidate), async () => {
        const outcome = await headOutcome({
          ...{ train, validation, signal, head: candidate },
          backbone: getBackbone(plan.backbone.name),
          classes: plan.classes.length,
          seed: plan.spec.seed,
          mixing: plan.augmentation,
          onStep: (images) => dependencies.measure('images', images, { stage }),
        });
        progress({ stage, done: trials.count, total: trials.count, unit: 'steps' });
        return outcome;
      }),
  });
  if (found === undefined) return null;
  return { ...found, images: validation.features.count, seconds: spent(), cache: trials.use('heads') };
}

function trialKey(plan: Plan, head: HeadSpec): string {
  return contentKey('head-trial/3', {
    backbone: { name: plan.backbone.name, sha256: plan.backbone.sha256 },
    // The labels, and which image is in which split.
    dataset: plan.datasetVersion,
    features: plan.features.map(({ key }) => key),
    head,
    seed: plan.spec.seed,
    mixing: mixingOf(plan.augmentation),
    schedule: scheduleRevision(head),
  });
}
