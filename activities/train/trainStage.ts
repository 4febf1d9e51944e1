/** One training stage, durable: resumes from its last checkpoint, and leaves its result at a content key. */
import type { TrainStageInput, TrainStageOutput } from '../../contracts/activities/trainingActivities.js';
import { mostPointsSent, mostRowsSent, thinned } from '../../contracts/spec/stages/epochTable.js';
import { GraftworkError } from '../../contracts/errors.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import { positionText } from '../../contracts/spec/position.js';
import type { StageResult } from '../../contracts/spec/stages/training.js';
import { dtypeOf } from '../../contracts/spec/computeSpec.js';
import { getBackbone } from '../../learning/backbones/index.js';
import { trainStage as train, type StageOutput } from '../../learning/training/index.js';
import { traced } from '../../telemetry/traced.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import type { Caller, WorkCallbacks } from '../shared/engine.js';
import { EpochAnnouncer } from './epochAnnouncer.js';
import { heldOutInFolds } from './heldOutInFolds.js';
import { imagesAtOnce } from '../shared/imagesAtOnce.js';
import { incomingParameters } from './incomingParameters.js';
import { keepHeadScores } from '../rank/keepHeadScores.js';
import { loadFeatures, type StageFeatures } from '../features/loadFeatures.js';
import { readPlan } from '../plan/planStore.js';
import { storeParameters, storeStageResult } from './stageResults.js';
import { beginTraining, checkpointsOf, giveBack, type StageTraining } from './stageTraining.js';
import { reuseResult } from '../shared/storedResults.js';
import { WantedStage, type FoundStage } from './wantedStage.js';
import { enterStage } from '../shared/workContext.js';

/** An attempt at a stage, with everything it needs. */
interface Attempt {
  dependencies: ActivityDependencies;
  wanted: WantedStage;
  caller: Caller;
  callbacks: WorkCallbacks;
}

/**
 * A result that is there is used again. Otherwise the attempt takes the stage's lease, goes on from the last checkpoint, and
 * stores the result before it gives the lease back.
 */
export async function trainStage(
  dependencies: ActivityDependencies,
  input: TrainStageInput,
  caller: Caller,
  callbacks: WorkCallbacks,
): Promise<TrainStageOutput> {
  const wanted = new WantedStage(await readPlan(dependencies.cache, input.plan), input, caller.run);
  const { stage, isToFinish } = wanted;
  const attempt: Attempt = { dependencies, wanted, caller, callbacks };
  enterStage(stage.name);
  const earlier = await wanted.find(dependencies);
  if (earlier !== undefined) return reuse(attempt, earlier);

  // A stage that is to be finished early goes on from the checkpoints of the undisturbed one.
  await using training = await beginTraining(dependencies, wanted.undisturbed, {
    ...{ run: caller.run, stage: stage.name, signal: callbacks.signal, isToFinish },
    ended: async () => (await wanted.find(dependencies)) !== undefined,
  });
  const { held } = training;
  // It may have ended while we waited, or between our look and taking the lease.
  const meanwhile = await wanted.find(dependencies);
  if (meanwhile !== undefined) {
    await held?.discard();
    return await reuse(attempt, meanwhile);
  }
  if (held === undefined && !isToFinish()) throw vanished(stage.name);
  try {
    return await makeStage(attempt, training);
  } catch (thrown) {
    held?.lost.throwIfAborted();
    await giveBack(held, dependencies.log);
    throw thrown;
  }
}

async function reuse(attempt: Attempt, { key, result }: FoundStage): Promise<TrainStageOutput> {
  const { dependencies, wanted } = attempt;
  await reuseResult(dependencies, wanted.place(key), result);
  if (leavesScores(wanted)) await keepMissingScores(attempt);
  return { key, result: inBrief(result), reused: true, resumedFrom: null };
}

/** Trains, and stores what came of it: the parameters first, the result that points to them last. */
async function makeStage(attempt: Attempt, training: StageTraining): Promise<TrainStageOutput> {
  const { dependencies, wanted, callbacks } = attempt;
  const { held, resume } = training;
  // What others do is no longer ours to do.
  const signal = held === undefined ? callbacks.signal : AbortSignal.any([callbacks.signal, held.lost]);
  const resumedFrom =
    resume === undefined ? null : { epoch: resume.checkpoint.position.epoch, step: resume.checkpoint.position.step };
  logBeginning(attempt, training, resumedFrom);
  await using features = await traced('load features', {}, () => load(attempt, signal));
  const output = await trainOn(features, attempt, training, resumedFrom, signal);
  // Ended early it is not what an undisturbed run gives; without the lease that one is for another to give.
  const isOwn = held === undefined || wanted.input.finish || output.result.ended === 'finished';
  const key = isOwn ? wanted.shortened : wanted.undisturbed;
  const parameters = await storeParameters(dependencies, key, output.parameters);
  // Conditional on the lease: an attempt that was overtaken while it trained learns it here, and leaves no result.
  await held?.release({ patient: true });
  const result = await storeStageResult(dependencies, wanted.place(key), { format: 1, ...output.result, parameters });
  // Where a person ended it early, the undisturbed stage may still be wanted: another run goes on from here.
  if (key === wanted.undisturbed) await held?.discard();
  // Nothing waits for these: the stage's result is stored, and everybody who wants it has it.
  if (leavesScores(wanted)) await keepHeadScores(dependencies, wanted.plan, features.train, signal);
  return { key, result: inBrief(result), reused: false, resumedFrom };
}

async function trainOn(
  features: StageFeatures,
  { dependencies, wanted, caller, callbacks }: Attempt,
  training: StageTraining,
  resumedFrom: TrainStageOutput['resumedFrom'],
  signal: AbortSignal,
): Promise<StageOutput> {
  const { plan, stage, input, label } = wanted;
  const { measure } = dependencies;
  const announcer = new EpochAnnouncer(stage.name, resumedFrom, callbacks.epochs, training.resume?.checkpoint.seconds);
  const parameters = await incomingParameters(dependencies, plan, stage, input.previous, (earlier, previous) =>
    trainStage(dependencies, wholeStage(input, earlier, previous), caller, { ...callbacks, signal }),
  );
  return train({
    stage,
    backbone: getBackbone(plan.backbone.name),
    classes: plan.classes.length,
    parameters,
    featuresAfter: plan.cut,
    train: features.train,
    validation: features.validation,
    ...heldOutInFolds(dependencies, wanted, {
      train: features.train,
      parameters,
      progress: callbacks.progress,
      signal,
    }),
    seed: plan.spec.seed,
    mixing: plan.augmentation,
    atOnce: imagesAtOnce(stage.training.batchSize, input.halvings),
    dtype: dtypeOf(plan.spec),
    checkpoints: checkpointsOf(training, dependencies, { run: caller.run, stage: stage.name }),
    everySeconds: plan.spec.checkpoint.everySeconds,
    onProgress: (now) => callbacks.progress(resumedFrom === null ? now : { ...now, resumedFrom }),
    onStep: (images, seconds) => {
      measure('images', images, { stage: label });
      measure('step', seconds, { stage: label });
    },
    onEpoch: (epoch) => announcer.add(epoch),
    signal,
    finish: wanted.isToFinish,
  });
}

function load({ dependencies, wanted, callbacks }: Attempt, signal: AbortSignal): Promise<StageFeatures> {
  const { plan, stage, input } = wanted;
  return loadFeatures(dependencies, plan, stage.kind === 'head' ? 'pooled' : 'cut', {
    ...{ signal, progress: callbacks.progress, stage: stage.name },
    halvings: input.halvings,
  });
}

/** The head that trains first leaves the scores of its source, which a multi-label task does not have. */
function leavesScores({ stage, plan }: WantedStage): boolean {
  return stage.kind === 'head' && plan.refit !== true && plan.labelSets === undefined;
}

/** The trainer of the head may have died before they were kept. A run that has left its record has no more use for them. */
async function keepMissingScores(attempt: Attempt): Promise<void> {
  const { dependencies, wanted, callbacks } = attempt;
  if (await dependencies.store.exists(objectKeys.transferRecord(wanted.input.plan))) return;
  await keepHeadScores(dependencies, wanted.plan, () => load(attempt, callbacks.signal), callbacks.signal);
}

function logBeginning(
  { dependencies, wanted, caller }: Attempt,
  { held }: StageTraining,
  resumedFrom: TrainStageOutput['resumedFrom'],
): void {
  const { run, attempt } = caller;
  const resumed = resumedFrom && positionText(resumedFrom);
  dependencies.log.info(
    { run, stage: wanted.stage.name, attempt, token: held?.token ?? null, resumed },
    held === undefined
      ? 'no time is left to wait for the run that trains this stage: its last checkpoint is used'
      : 'training',
  );
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

function vanished(stage: string): GraftworkError {
  return new GraftworkError('GW_CONFLICT', `The result of ${stage} was there, and is gone.`, { retryable: true });
}
