/** The search for a head's settings on the features a plan has cached; every trial lies at a content key. */
import { z } from 'zod';
import type { SearchHeadsInput } from '../contracts/activities.js';
import type { HeadSearch } from '../contracts/choices.js';
import { mixingOf } from '../contracts/augmentationSpec.js';
import { objectKeys } from '../contracts/objectKeys.js';
import type { Plan } from '../contracts/plan.js';
import type { HeadSpec } from '../contracts/runSpec.js';
import { getBackbone } from '../learning/backbones/index.js';
import { headOutcome, ownSettings, searchHeads as search, type HeadOutcome } from '../learning/search/index.js';
import { contentKey } from '../storage/contentKey.js';
import type { ActivityDependencies } from './dependencies.js';
import type { Caller, WorkCallbacks } from './engine.js';
import { loadFeatures } from './loadFeatures.js';
import { whyLost } from './lostObject.js';
import { readPlan } from './planStore.js';

/** The object at a trial's content key; `outcome` is null for a head that diverged. */
const storedTrialSchema = z.strictObject({
  format: z.literal(1),
  outcome: z.strictObject({ correct: z.array(z.boolean()), losses: z.array(z.number()) }).nullable(),
});

/** Validation pictures below which no difference between heads would be believed. */
const leastPictures = 10;

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
  let hits = 0;
  let misses = 0;
  const found = await search({
    head,
    mayGoOn: () => seconds === null || spent() < seconds,
    train: async (candidate) => {
      const object = objectKeys.headTrial(trialKey(plan, candidate));
      const earlier = await readTrial(dependencies, object);
      if (earlier !== undefined) {
        hits += 1;
        return earlier ?? undefined;
      }
      misses += 1;
      const outcome = await headOutcome({
        ...{ train, validation, signal, head: candidate },
        backbone: getBackbone(plan.backbone.name),
        classes: plan.classes.length,
        seed: plan.spec.seed,
        mixing: plan.augmentation,
      });
      await dependencies.store.putJson(object, { format: 1, outcome: outcome ?? null });
      progress({ stage, done: hits + misses, total: hits + misses, unit: 'steps' });
      return outcome;
    },
  });
  if (found === undefined) return null;
  const reason =
    hits === 0
      ? 'no earlier run tried these heads'
      : `${hits} of ${hits + misses} heads were tried before on these features`;
  return { ...found, images: validation.features.count, seconds: spent(), cache: { hits, misses, reason } };
}

function trialKey(plan: Plan, head: HeadSpec): string {
  return contentKey('head-trial/1', {
    backbone: { name: plan.backbone.name, sha256: plan.backbone.sha256 },
    // The labels, and which image is in which split.
    dataset: plan.datasetVersion,
    features: plan.features.map(({ key }) => key),
    head,
    seed: plan.spec.seed,
    mixing: mixingOf(plan.augmentation),
  });
}

/** An earlier trial's outcome; null for a head that diverged, undefined where there is none, or a damaged one. */
async function readTrial(
  { store, log }: Pick<ActivityDependencies, 'store' | 'log'>,
  object: string,
): Promise<HeadOutcome | null | undefined> {
  try {
    const stored = await store.getJsonIfPresent(object, storedTrialSchema);
    return stored?.outcome;
  } catch (thrown) {
    log.warn({ object, reason: whyLost(thrown) }, 'a trial of a head is damaged: it is made again');
    return undefined;
  }
}
