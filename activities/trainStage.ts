/** One training stage, durable: resumes from its last checkpoint, and leaves its result at a content key. */
import type { TrainStageInput, TrainStageOutput } from '../contracts/trainingActivities.js';
import { mostPointsSent, mostRowsSent, thinned } from '../contracts/epochTable.js';
import { asGraftworkError, GraftworkError } from '../contracts/errors.js';
import { objectKeys } from '../contracts/objectKeys.js';
import type { Plan, StagePlan } from '../contracts/plan.js';
import { positionText } from '../contracts/position.js';
import type { StageResult } from '../contracts/training.js';
import { getBackbone, type NamedArrays } from '../learning/backbones/index.js';
import { initialHead, reusedHead, trainStage as train, type StageOutput } from '../learning/training/index.js';
import { writeSafetensors } from '../learning/weights/safetensors.js';
import { traced } from '../telemetry/traced.js';
import { sha256 } from '../storage/contentKey.js';
import { stageKey } from '../storage/stageKeys.js';
import type { ActivityDependencies } from './dependencies.js';
import type { Caller, WorkCallbacks } from './engine.js';
import { EpochAnnouncer } from './epochAnnouncer.js';
import { keepHeadScores } from './keepHeadScores.js';
import { imagesAtOnce } from './imagesAtOnce.js';
import { loadFeatures, type StageFeatures } from './loadFeatures.js';
import { sourceParameters } from './networkParameters.js';
import { readPlan } from './planStore.js';
import { readStageResult, readTrainedNetwork, type Retrain } from './stageResults.js';
import { beginTraining, checkpointsOf, giveBack } from './stageTraining.js';
import { enterStage } from './workContext.js';

export async function trainStage(
  dependencies: ActivityDependencies,
  input: TrainStageInput,
  caller: Caller,
  callbacks: WorkCallbacks,
): Promise<TrainStageOutput> {
  const { store, log, measure } = dependencies;
  const { progress, epochs } = callbacks;
  const plan = await readPlan(dependencies.cache, input.plan);
  const stage = plan.stages[input.stage];
  if (stage === undefined) throw new RangeError(`the plan has no stage ${input.stage}`);
  enterStage(stage.name);
  // Few values, however many steps a plan has.
  const labels = { stage: stage.kind === 'head' ? 'head' : 'fine-tune' };
  const undisturbed = stageKey(plan, input.stage, input.previous, null);
  const shortened = stageKey(plan, input.stage, input.previous, caller.run);
  const { endAt = Infinity } = input;
  const isToFinish = (): boolean => input.finish || Date.now() >= endAt;

  /** The result there is, with its key: with an end in sight it may be either, the whole one first, also of another run. */
  const stored = async (): Promise<{ key: string; result: StageResult } | undefined> => {
    for (const key of [undisturbed, ...(input.finish || endAt < Infinity ? [shortened] : [])]) {
      const result = await readStageResult(dependencies, key);
      if (result !== undefined) return { key, result };
    }
    return undefined;
  };
  const load = (signal: AbortSignal): Promise<StageFeatures> =>
    loadFeatures(dependencies, plan, stage.kind === 'head' ? 'pooled' : 'cut', {
      signal,
      progress,
      stage: stage.name,
      halvings: input.halvings,
    });
  /** The trainer of the head may have died before they were kept. A run that has left its record has no more use for them. */
  const keepMissingScores = async (): Promise<void> => {
    if (await store.exists(objectKeys.transferRecord(input.plan))) return;
    await keepHeadScores(dependencies, plan, () => load(callbacks.signal), callbacks.signal);
  };
  const reuse = async ({ key, result }: { key: string; result: StageResult }): Promise<TrainStageOutput> => {
    measure('results', 1, { ...labels, outcome: 'found' });
    // The very same once more, so that a collection of garbage that is under way sees that it is in use again.
    await store.putJson(objectKeys.stageResult(key), result);
    if (stage.kind === 'head') await keepMissingScores();
    return { key, result: inBrief(result), reused: true, resumedFrom: null };
  };
  const earlier = await stored();
  if (earlier !== undefined) return reuse(earlier);

  // A stage that is to be finished early goes on from the checkpoints of the undisturbed one.
  await using training = await beginTraining(dependencies, undisturbed, {
    ...{ run: caller.run, stage: stage.name, signal: callbacks.signal, isToFinish },
    ended: async () => (await stored()) !== undefined,
  });
  const { held, resume } = training;
  // It may have ended while we waited, or between our look and taking the lease.
  const meanwhile = await stored();
  if (meanwhile !== undefined) {
    await held?.discard();
    return await reuse(meanwhile);
  }
  if (held === undefined && !isToFinish()) throw vanished(stage.name);

  // What others do is no longer ours to do.
  const signal = held === undefined ? callbacks.signal : AbortSignal.any([callbacks.signal, held.lost]);
  const resumedFrom =
    resume === undefined ? null : { epoch: resume.checkpoint.position.epoch, step: resume.checkpoint.position.step };
  const resumed = resumedFrom && positionText(resumedFrom);
  log.info(
    { run: caller.run, stage: stage.name, attempt: caller.attempt, token: held?.token ?? null, resumed },
    held === undefined
      ? 'no time is left to wait for the run that trains this stage: its last checkpoint is used'
      : 'training',
  );
  const announcer = new EpochAnnouncer(stage.name, resumedFrom, epochs, resume?.checkpoint.seconds);
  try {
    await using features = await traced('load features', {}, () => load(signal));
    const output = await train({
      stage,
      backbone: getBackbone(plan.backbone.name),
      classes: plan.classes.length,
      parameters: await incomingParameters(dependencies, plan, stage, input.previous, (earlierStage, previous) =>
        trainStage(dependencies, wholeStage(input, earlierStage, previous), caller, { ...callbacks, signal }),
      ),
      featuresAfter: plan.cut,
      train: features.train,
      validation: features.validation,
      seed: plan.spec.seed,
      mixing: plan.augmentation,
      atOnce: imagesAtOnce(stage.training.batchSize, input.halvings),
      checkpoints: checkpointsOf(training, dependencies, { run: caller.run, stage: stage.name }),
      everySeconds: plan.spec.checkpoint.everySeconds,
      onProgress: (now) => progress(resumedFrom === null ? now : { ...now, resumedFrom }),
      onStep: (images, seconds) => {
        measure('images', images, labels);
        measure('step', seconds, labels);
      },
      onEpoch: (epoch) => announcer.add(epoch),
      signal,
      finish: isToFinish,
    });
    // Ended early it is not what an undisturbed run gives; without the lease that one is for another to give.
    const isOwn = held === undefined || input.finish || output.result.ended === 'finished';
    const key = isOwn ? shortened : undisturbed;
    const parameters = await storeParameters(dependencies, key, output);
    // Conditional on the lease: an attempt that was overtaken while it trained learns it here, and leaves no result.
    await held?.release({ patient: true });
    const result = await storeResult(dependencies, key, { format: 1, ...output.result, parameters });
    measure('results', 1, { ...labels, outcome: 'made' });
    // Where a person ended it early, the undisturbed stage may still be wanted: another run goes on from here.
    if (key === undisturbed) await held?.discard();
    // Nothing waits for these: the stage's result is stored, and everybody who wants it has it.
    if (stage.kind === 'head') await keepHeadScores(dependencies, plan, features.train, signal);
    return { key, result: inBrief(result), reused: false, resumedFrom };
  } catch (thrown) {
    held?.lost.throwIfAborted();
    await giveBack(held, log);
    throw thrown;
  }
}

/** An earlier stage is made again as it was: to its end, whatever ends the stage that needs it. */
function wholeStage({ endAt: _own, ...input }: TrainStageInput, stage: number, previous: string[]): TrainStageInput {
  return { ...input, stage, previous, finish: false };
}

/** Every epoch, and the whole curve of a range test, are in the stage's result in the bucket. */
function inBrief({ rangeTest, ...result }: StageResult): StageResult {
  return {
    ...result,
    epochs: thinned(result.epochs, mostRowsSent),
    ...(rangeTest ? { rangeTest: { ...rangeTest, curve: thinned(rangeTest.curve, mostPointsSent) } } : {}),
  };
}

/** The new head, or the network with what the stages before made of it. */
async function incomingParameters(
  dependencies: ActivityDependencies,
  plan: Plan,
  stage: StagePlan,
  previous: readonly string[],
  retrain: Retrain,
): Promise<NamedArrays> {
  const backbone = getBackbone(plan.backbone.name);
  if (stage.kind === 'head') {
    return stage.rows === undefined
      ? initialHead(backbone, plan.classes.length)
      : reusedHead(backbone, await sourceParameters(dependencies, plan.backbone), stage.rows);
  }
  return readTrainedNetwork(dependencies, plan, previous, retrain);
}

/** Parameters come first, the result that points to them last: its presence means the stage is done. */
async function storeParameters(
  { cache }: ActivityDependencies,
  key: string,
  { parameters }: StageOutput,
): Promise<string> {
  const data = writeSafetensors(parameters);
  const digest = sha256(data);
  await cache.store(objectKeys.stageParameters(key, digest), data);
  return digest;
}

/** Written once: the first one stands, and everybody goes on with it. Only one that is damaged is replaced. */
async function storeResult(dependencies: ActivityDependencies, key: string, result: StageResult): Promise<StageResult> {
  const { store } = dependencies;
  try {
    await store.putJson(objectKeys.stageResult(key), result, { ifAbsent: true });
  } catch (thrown) {
    if (asGraftworkError(thrown).code !== 'GW_CONFLICT') throw thrown;
    const first = await readStageResult(dependencies, key);
    if (first !== undefined) return first;
    await store.putJson(objectKeys.stageResult(key), result);
  }
  return result;
}

function vanished(stage: string): GraftworkError {
  return new GraftworkError('GW_CONFLICT', `The result of ${stage} was there, and is gone.`, { retryable: true });
}
