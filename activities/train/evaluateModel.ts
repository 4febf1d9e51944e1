/** The complete model on the test split: once, at the end, from pixels, by the very parameters that will be registered. */
import type { EvaluateInput, EvaluateOutput } from '../../contracts/activities/trainingActivities.js';
import { evaluationInBrief, storedEvaluationSchema, type StoredEvaluation } from '../../contracts/data/evaluation.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import type { Plan } from '../../contracts/spec/plan.js';
import { evaluate } from '../../learning/metrics/evaluate.js';
import { writeSafetensors } from '../../learning/weights/index.js';
import { contentKey, sha256 } from '../../storage/objects/contentKey.js';
import { withOutcomes } from '../../storage/registry/evaluations.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import type { Caller, WorkCallbacks } from '../shared/engine.js';
import { readPlan } from '../plan/planStore.js';
import { readTrainedNetwork, type Retrain } from './stageResults.js';
import { findResult, keepResult, reuseResult } from '../shared/storedResults.js';
import { testOutcomes } from './testOutcomes.js';
import { trainStage } from './trainStage.js';

export async function evaluateModel(
  dependencies: ActivityDependencies,
  { plan: digest, kept, halvings }: EvaluateInput,
  caller: Caller,
  callbacks: WorkCallbacks,
): Promise<EvaluateOutput> {
  const { store, cache } = dependencies;
  const plan = await readPlan(cache, digest);
  const test = plan.pixels.filter((shard) => shard.split === 'test');
  const { views } = plan.spec.evaluation.testTimeAugmentation;
  const key = contentKey('evaluation/2', {
    backbone: plan.backbone.sha256,
    dataset: plan.datasetVersion,
    pixels: test.map((shard) => shard.key),
    input: plan.input,
    kept,
    topK: plan.spec.evaluation.topK,
    // Left out for the centre crop alone, which is drawn by nobody.
    views: views === 1 ? undefined : { views, seed: plan.spec.seed, ...flipsOf(plan.augmentation) },
  });
  const assemble = (): Promise<EvaluateOutput['parameters']> =>
    storeModel(dependencies, plan, kept, (stage, previous) =>
      trainStage(
        dependencies,
        { plan: digest, stage, previous, finish: false, generation: 0, halvings },
        caller,
        callbacks,
      ),
    );
  const place = {
    object: objectKeys.evaluation(key),
    schema: storedEvaluationSchema,
    what: 'a stored evaluation',
    stage: 'evaluate',
  };
  const earlier = await findResult(dependencies, place, (found) => withOutcomes(store, key, found));
  if (earlier !== undefined) {
    if (!(await isStored(dependencies, earlier.parameters.sha256))) await assemble();
    await reuseResult(dependencies, place, earlier);
    return { key, evaluation: evaluationInBrief(earlier.evaluation), parameters: earlier.parameters, reused: true };
  }

  const parameters = await assemble();
  const { parts, outcomes } = await testOutcomes(
    dependencies,
    plan,
    { key, parameters: parameters.sha256, halvings },
    callbacks,
  );
  const evaluation = evaluate(outcomes, plan.classes, plan.spec.evaluation.topK);
  await keepResult<StoredEvaluation>(dependencies, place, { format: 2, evaluation, parameters, parts });
  return { key, evaluation: evaluationInBrief(evaluation), parameters, reused: false };
}

/**
 * Whether the bucket itself (not only this machine's cache) holds these parameters undamaged: a model is about to be
 * registered that refers to them. Like the evaluation they are written once more, so that a collection of garbage that is
 * under way sees that they are in use again.
 */
async function isStored({ store, log }: ActivityDependencies, digest: string): Promise<boolean> {
  const object = objectKeys.modelParameters(digest);
  const bytes = await store.getIfPresent(object);
  if (bytes !== undefined && sha256(bytes) === digest) {
    await store.put(object, bytes);
    return true;
  }
  log.warn({ object }, 'the parameters of an evaluated model are damaged or missing: they are stored again');
  return false;
}

/** Lays what was kept over the backbone and stores the whole, under its own digest. */
async function storeModel(
  dependencies: ActivityDependencies,
  plan: Plan,
  kept: readonly string[],
  retrain: Retrain,
): Promise<EvaluateOutput['parameters']> {
  const parameters = await readTrainedNetwork(dependencies, plan, kept, retrain);
  const data = writeSafetensors(parameters, { format: 'pt' });
  const digest = sha256(data);
  await dependencies.cache.store(objectKeys.modelParameters(digest), data);
  const count = [...parameters.values()].reduce((sum, array) => sum + array.data.length, 0);
  return { sha256: digest, bytes: data.byteLength, count };
}

/** What of the training's augmentation shows in test-time views. */
function flipsOf({ horizontalFlip, verticalFlip }: Plan['augmentation']): object {
  return { horizontalFlip, verticalFlip };
}
