/** What stages left in the bucket: their results and trained parameters, at the content key of all that determines them. */
import type { Plan, StagePlan } from '../../contracts/spec/plan.js';
import { GraftworkError } from '../../contracts/errors.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import { stageResultSchema, type StageResult } from '../../contracts/spec/stages/training.js';
import type { NamedArrays } from '../../learning/backbones/index.js';
import { withTrained } from '../../learning/training/index.js';
import { writeSafetensors } from '../../learning/arrays/safetensors.js';
import { sha256 } from '../../storage/objects/contentKey.js';
import { isConflict } from '../../storage/objects/isConflict.js';
import { stageKey } from '../../storage/checkpoints/stageKeys.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import { whyLost } from '../shared/lostObject.js';
import { backboneParameters } from '../backbone/networkParameters.js';
import { readParameters } from '../backbone/parameterObjects.js';
import { findResult, keepResult, type ResultPlace } from '../shared/storedResults.js';

/** The parameters come first, the result that points to them last: its presence means the stage is done. @returns their digest */
export async function storeParameters(
  { cache }: Pick<ActivityDependencies, 'cache'>,
  key: string,
  parameters: NamedArrays,
): Promise<string> {
  const data = writeSafetensors(parameters);
  const digest = sha256(data);
  await cache.store(objectKeys.stageParameters(key, digest), data);
  return digest;
}

/** Written once: the first one stands, and everybody goes on with it. Only one that is damaged is replaced. */
export async function storeStageResult(
  dependencies: Pick<ActivityDependencies, 'store' | 'log' | 'measure'>,
  place: ResultPlace<StageResult>,
  result: StageResult,
): Promise<StageResult> {
  try {
    return await keepResult(dependencies, place, result, { ifAbsent: true });
  } catch (thrown) {
    if (!isConflict(thrown)) throw thrown;
    return (await findResult(dependencies, place)) ?? (await keepResult(dependencies, place, result));
  }
}

/** Trains a stage of the plan after the kept stages `previous`. */
export type Retrain = (stage: number, previous: string[]) => Promise<unknown>;

interface KeptStage {
  stage: StagePlan;
  /** What it handed on. */
  parameters: NamedArrays;
}

/** The network with what the kept stages made of it, adapters merged into its weights; as `readKeptStages`. */
export async function readTrainedNetwork(
  dependencies: ActivityDependencies,
  plan: Plan,
  kept: readonly string[],
  retrain: Retrain,
): Promise<NamedArrays> {
  const stages = await readKeptStages(dependencies, plan, kept, retrain);
  const network = await backboneParameters(dependencies, plan.backbone);
  return stages.reduce<NamedArrays>((before, { stage, parameters }) => withTrained(before, stage, parameters), network);
}

/**
 * Trained parameters of the kept stages, in order. Those that are damaged or gone are trained again, which gives the same
 * bytes.
 *
 * @throws GraftworkError GW_CORRUPT, GW_OBJECT_MISSING when they are of a stage that a person ended early: nobody knows at
 * which step
 */
async function readKeptStages(
  dependencies: ActivityDependencies,
  plan: Plan,
  kept: readonly string[],
  retrain: Retrain,
): Promise<KeptStage[]> {
  const stages: KeptStage[] = [];
  for (const [index, key] of kept.entries()) {
    try {
      stages.push(await readKeptStage(dependencies, plan, key));
    } catch (thrown) {
      const reason = whyLost(thrown);
      const previous = kept.slice(0, index);
      const stage = plan.stages.findIndex((_stage, candidate) => stageKey(plan, candidate, previous, null) === key);
      if (stage === -1) throw finishedEarly(reason, thrown);
      dependencies.log.warn(
        { stage: key, reason },
        "a stage's parameters are damaged or missing: the stage is trained again",
      );
      // A stage counts as trained for as long as its result is there.
      await dependencies.store.delete(objectKeys.stageResult(key));
      await retrain(stage, previous);
      stages.push(await readKeptStage(dependencies, plan, key));
    }
  }
  return stages;
}

async function readKeptStage({ cache, store }: ActivityDependencies, plan: Plan, key: string): Promise<KeptStage> {
  const { name, parameters } = await store.getJson(objectKeys.stageResult(key), stageResultSchema);
  const stage = plan.stages.find((candidate) => candidate.name === name);
  if (stage === undefined) throw new RangeError(`the plan has no stage ${name}`);
  return { stage, parameters: await readParameters(cache, objectKeys.stageParameters(key, parameters), parameters) };
}

function finishedEarly(reason: string, cause: unknown): GraftworkError {
  return new GraftworkError('GW_CORRUPT', reason, {
    remedy: 'The stage was ended early by hand, so training cannot repeat it. Start the run again.',
    cause,
  });
}
