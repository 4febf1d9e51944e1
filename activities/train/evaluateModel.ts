/** The complete model on the test split: once, at the end, from pixels, by the very parameters that will be registered. */
import type { Calibrated, EvaluateInput, EvaluateOutput } from '../../contracts/activities/trainingActivities.js';
import { evaluationInBrief, storedEvaluationSchema, type StoredEvaluation } from '../../contracts/data/evaluation.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import type { Plan } from '../../contracts/spec/plan.js';
import { getBackbone } from '../../learning/backbones/index.js';
import { withTemperature } from '../../learning/inference/temperedClassifier.js';
import { evaluate } from '../../learning/metrics/evaluate.js';
import { writeSafetensors } from '../../learning/weights/index.js';
import { contentKey, sha256 } from '../../storage/objects/contentKey.js';
import { damaged } from '../../storage/objects/seal.js';
import { fittedOf, withOutcomes } from '../../storage/registry/evaluations.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import type { Caller, WorkCallbacks } from '../shared/engine.js';
import { readPlan } from '../plan/planStore.js';
import { calibrateModel, calibrationInputs, type Calibration } from './calibrateModel.js';
import type { SplitOptions } from './classifySplit.js';
import { fitLikeness } from './fitLikeness.js';
import { readTrainedNetwork, type Retrain } from './stageResults.js';
import { findResult, keepResult, reuseResult } from '../shared/storedResults.js';
import { testOutcomes } from './testOutcomes.js';
import { trainStage } from './trainStage.js';

export async function evaluateModel(
  dependencies: ActivityDependencies,
  { plan: digest, kept, calibrated, halvings }: EvaluateInput,
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
    calibration: calibrated && calibrationInputs(await readPlan(cache, calibrated.plan), calibrated),
  });
  const retrain =
    (of: string): Retrain =>
    (stage, previous) =>
      trainStage(
        dependencies,
        { plan: of, stage, previous, finish: false, generation: 0, halvings },
        caller,
        callbacks,
      );
  const assemble = (temperature = 1): Promise<EvaluateOutput['parameters']> =>
    storeModel(dependencies, plan, { kept, temperature }, retrain(digest));
  const place = {
    object: objectKeys.evaluation(key),
    schema: storedEvaluationSchema,
    what: 'a stored evaluation',
    stage: 'evaluate',
  };
  const earlier = await findResult(dependencies, place, async (found) => {
    await withOutcomes(store, key, found);
    await renewMeans(store, found);
  });
  if (earlier !== undefined) {
    if (!(await isStored(dependencies, earlier.parameters.sha256))) await assemble(fittedOf(earlier)?.temperature);
    await reuseResult(dependencies, place, earlier);
    return { key, evaluation: evaluationInBrief(earlier.evaluation), parameters: earlier.parameters, reused: true };
  }

  const options = { ...callbacks, halvings };
  const found = calibrated && (await calibrate(dependencies, calibrated, retrain(calibrated.plan), options));
  const parameters = await assemble(found?.fitted.temperature);
  // Temperature changes no features, so only a refit has to look at validation again.
  const known = calibrated?.plan === digest ? found?.features : undefined;
  const calibration = found && {
    fitted: { ...found.fitted, unlike: await fitLikeness(dependencies, plan, parameters.sha256, options, known) },
  };
  const evaluated = { key, parameters: parameters.sha256, ...calibration, halvings };
  const { parts, outcomes } = await testOutcomes(dependencies, plan, evaluated, callbacks);
  const evaluation = evaluate(outcomes, plan.classes, plan.spec.evaluation.topK, calibration?.fitted);
  await keepResult<StoredEvaluation>(dependencies, place, { format: 2, evaluation, parameters, parts, ...calibration });
  return { key, evaluation: evaluationInBrief(evaluation), parameters, reused: false };
}

/** Written once more, as the parameters are. @throws GW_OBJECT_MISSING where a collection of garbage took them; GW_CORRUPT */
async function renewMeans(store: ActivityDependencies['store'], stored: StoredEvaluation): Promise<void> {
  const means = fittedOf(stored)?.unlike?.means;
  if (means === undefined) return;
  const object = objectKeys.modelParameters(means);
  const bytes = await store.get(object);
  if (sha256(bytes) !== means) throw damaged(store.uri(object));
  await store.put(object, bytes);
}

/** undefined where no picture validates. */
async function calibrate(
  dependencies: ActivityDependencies,
  calibrated: Calibrated,
  retrain: Retrain,
  options: SplitOptions,
): Promise<Calibration | undefined> {
  const plan = await readPlan(dependencies.cache, calibrated.plan);
  if (calibrationInputs(plan, calibrated) === undefined) return undefined;
  return calibrateModel(dependencies, plan, calibrated, retrain, options);
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

/** Lays what was kept over the backbone, divides its logits by the temperature, and stores the whole, under its own digest. */
async function storeModel(
  dependencies: ActivityDependencies,
  plan: Plan,
  { kept, temperature }: { kept: readonly string[]; temperature: number },
  retrain: Retrain,
): Promise<EvaluateOutput['parameters']> {
  const trained = await readTrainedNetwork(dependencies, plan, kept, retrain);
  const parameters = withTemperature(getBackbone(plan.backbone.name), trained, temperature);
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
