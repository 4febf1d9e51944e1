/** The search for the rate of fine-tuning, by short fine-tunes from the trained head on the activations a plan has cached. */
import type { SearchFineTunesInput, SearchFineTunesOutput } from '../../contracts/activities/choosingActivities.js';
import type { FineTuneSettings } from '../../contracts/run/choices.js';
import type { Plan, StagePlan } from '../../contracts/spec/plan.js';
import { getBackbone } from '../../learning/backbones/index.js';
import {
  fineTuneOutcome,
  hasFineTunes,
  leastPictures,
  searchFineTunes as search,
} from '../../learning/search/index.js';
import { contentKey } from '../../storage/objects/contentKey.js';
import { stageKey } from '../../storage/checkpoints/stageKeys.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import type { Caller, WorkCallbacks } from '../shared/engine.js';
import { dtypeHere } from '../shared/dtypeHere.js';
import { imagesAtOnce } from '../shared/imagesAtOnce.js';
import { loadFeatures } from '../features/loadFeatures.js';
import { readPlan, writePlan } from '../plan/planStore.js';
import { readTrainedNetwork } from '../train/stageResults.js';
import { StoredTrials } from './storedTrials.js';
import { trainStage } from '../train/trainStage.js';

type FineTune = Extract<StagePlan, { kind: 'fineTune' }>;

/**
 * @returns null where there is nothing to search or to judge by
 */
export async function searchFineTunes(
  dependencies: ActivityDependencies,
  { plan: digest, stage: index, previous, seconds, halvings }: SearchFineTunesInput,
  caller: Caller,
  callbacks: WorkCallbacks,
): Promise<SearchFineTunesOutput | null> {
  const { progress, signal } = callbacks;
  const startedAt = performance.now();
  const spent = (): number => (performance.now() - startedAt) / 1000;
  const plan = await readPlan(dependencies.cache, digest);
  const stage = plan.stages[index];
  if (stage?.kind !== 'fineTune') throw new RangeError(`stage ${index} of the plan is not a fine-tuning stage`);
  // Activations may be gigabytes: they are not read to find out that there is nothing to try.
  if (!hasFineTunes(stage.training)) return null;
  await using features = await loadFeatures(dependencies, plan, 'cut', {
    ...{ signal, progress, halvings },
    stage: stage.name,
  });
  const { train, validation } = features;
  if (validation === null || validation.features.count < leastPictures) return null;
  const parameters = await readTrainedNetwork(dependencies, plan, previous, (earlier, kept) =>
    trainStage(
      dependencies,
      { plan: digest, stage: earlier, previous: kept, finish: false, generation: 0, halvings },
      caller,
      callbacks,
    ),
  );
  const trials = new StoredTrials(dependencies);
  const found = await search({
    training: stage.training,
    mayGoOn: () => seconds === null || spent() < seconds,
    train: (training) => {
      const tried = { ...stage, training };
      return trials.outcome(trialKey(plan, index, tried, previous), () =>
        fineTuneOutcome({
          ...{ stage: tried, train, validation, parameters, signal },
          backbone: getBackbone(plan.backbone.name),
          classes: plan.classes.length,
          featuresAfter: plan.cut,
          seed: plan.spec.seed,
          mixing: plan.augmentation,
          atOnce: imagesAtOnce(training.batchSize, halvings),
          dtype: dtypeHere(plan.spec),
          onProgress: () => progress({ stage: 'search', done: trials.count, total: trials.count, unit: 'steps' }),
          onStep: (images) => dependencies.measure('images', images, { stage: 'search' }),
        }),
      );
    },
  });
  if (found === undefined) return null;
  return {
    found: { ...found, images: validation.features.count, seconds: spent(), cache: trials.use('rates') },
    plan: found.changed ? await writePlan(dependencies.cache, withSettings(plan, found.chosen)) : digest,
  };
}

/** As of a stage of its own: everything that decides what a training gives decides what a trial gives. */
function trialKey(plan: Plan, index: number, stage: FineTune, previous: readonly string[]): string {
  const stages = plan.stages.with(index, stage);
  return contentKey('fine-tune-trial/1', { stage: stageKey({ ...plan, stages }, index, previous, null) });
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
