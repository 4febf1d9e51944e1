/** One tick of a schedule: look at the data; where it has changed, train from what serves, compare, and promote or not. */
import {
  ApplicationFailure,
  CancellationScope,
  executeChild,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  patched,
  setCurrentDetails,
  sleep,
  uuid4,
  workflowInfo,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { DatasetReference } from '../contracts/data/dataset.js';
import type { DriftReport } from '../contracts/data/drift.js';
import type { SerializedError } from '../contracts/errors.js';
import { retrainedRunId } from '../contracts/names.js';
import type { RunResult } from '../contracts/run/result.js';
import type { RetrainRequest, RetrainResult } from '../contracts/models/retraining.js';
import type { RunSpec } from '../contracts/spec/runSpec.js';
import { engineWork, quick, shardWork } from './activityProxies.js';
import { failureOf } from './failureOf.js';
import { patches } from './patches.js';
import { persistently } from './persistently.js';
import { tell } from './tell.js';
import { withKeywordsCut } from './state/searchAttributeKeys.js';
import type { transferLearning } from './transferLearning.js';
import { within } from './within.js';

/** Seconds between looks whether a training run from before a reset has ended, at most: a pool may be away. */
const longestWait = 60;

/** Time that a retraining which runs out of time has to end by itself; longer than a webhook is tried. Milliseconds. */
const mostEnding = 20 * 60_000;
/** The same as a share of its time limit, where that is short. */
const shareOfEnding = 0.2;

/**
 * @throws ApplicationFailure as `transferLearning`, and when its time limit is near, after the webhook has been notified: the
 * schedule pauses then
 */
export async function retrain(request: RetrainRequest): Promise<RetrainResult> {
  const { spec, notify } = request;
  const { workflowId, firstExecutionRunId } = workflowInfo();
  const isAgain = patched(patches.trainingRunAgain);
  const hasOwnRun = patched(patches.ownTrainingRun);
  const limit = timeLimit();
  let run: string | undefined;
  const nameRun = (): string => {
    // The same after a reset, and another for each execution of a moment that is backfilled. Its end is random, whatever its kind.
    if (isAgain) run = retrainedRunId(workflowId, firstExecutionRunId.slice(-12));
    else run = hasOwnRun ? retrainedRunId(workflowId, uuid4()) : `${workflowId}-run`;
    return run;
  };
  try {
    const result = await within(limit?.work ?? null, () => retrainOnce(request, nameRun));
    if (result === undefined) throw outOfTime(spec.name);
    const { model, promotion } = result;
    if (model === null) return result;
    const named = `${model.name}@${model.version}`;
    const told = promotion === null ? 'registered' : `${promotion.status}: ${promotion.reason}`;
    setCurrentDetails(`**${named}** ${told}`);
    await within(limit?.telling ?? null, () =>
      tell(notify, { event: 'retrained', model: named, run: run ?? workflowId, text: `${named} ${told}`, result }),
    );
    return result;
  } catch (error) {
    // A training run that a person cancelled is news to somebody who waits for a model; a cancelled retraining is not.
    if (!CancellationScope.current().consideredCancelled) {
      const failure = failureOf(error);
      const text = `Retraining ${spec.name} failed: ${failure.message}`;
      await within(limit?.telling ?? null, () =>
        tell(notify, {
          event: 'retraining-failed',
          model: spec.name,
          run: run ?? workflowId,
          ...{ text, failure },
        }),
      );
    }
    throw error;
  }
}

/** @param nameRun called for the id of the training run, when it is about to begin */
async function retrainOnce(request: RetrainRequest, nameRun: () => string): Promise<RetrainResult> {
  const { spec } = request;
  const dataset = await persistently(() =>
    shardWork.ingestDataset.executeWithOptions({ summary: spec.dataset.uri }, [
      { dataset: spec.dataset, seed: spec.seed },
    ]),
  );
  const plan = await persistently(() => quick.planRetraining({ request, dataset }));
  if (plan.unchanged) {
    setCurrentDetails(`**Nothing to do**: ${plan.reason}`);
    return unchanged(dataset, plan.reason);
  }
  const drift = await driftSince(plan.before, dataset, spec);
  const run = nameRun();
  setCurrentDetails(
    [`**Training ${run}**: ${plan.reason}`, plan.warmStart?.reason, drift?.summary]
      .filter((line) => line !== undefined)
      .join('\n\n'),
  );
  const { model, test, promotion } = await train(run, plan.spec);
  if (model === null) throw new Error('a completed run has a model');
  await persistently(() =>
    quick.recordRetraining({
      record: { format: 1, datasetVersion: dataset.version, settings: plan.settings, run, model },
    }),
  );
  return {
    status: 'trained',
    reason: plan.reason,
    datasetVersion: dataset.version,
    drift,
    warmStart: plan.warmStart,
    ...{ run, model },
    top1: test?.top1 ?? null,
    ...(test?.multiLabel === undefined ? {} : { mAP: test.multiLabel.mAP }),
    promotion: promotion ?? null,
  };
}

/**
 * Temporal ends a retraining that is out of time without a word, and its training run with it: it ends by itself before that, so
 * that the run keeps its checkpoints and somebody is notified.
 *
 * @returns until when it may work and notify of it, in milliseconds since the epoch; null without a limit
 */
function timeLimit(): { work: number; telling: number } | null {
  const { startTime, executionTimeoutMs } = workflowInfo();
  if (executionTimeoutMs === undefined || !patched(patches.retrainInTime)) return null;
  const end = startTime.getTime() + executionTimeoutMs;
  const ending = Math.min(mostEnding, executionTimeoutMs * shareOfEnding);
  return { work: end - ending, telling: end - ending / 10 };
}

function outOfTime(name: string): ApplicationFailure {
  const message = `Retraining ${name} did not end within its time limit and was stopped. Finished results are kept.`;
  const details = {
    code: 'GW_RUN_FAILED',
    message,
    remedy:
      'Check that workers serve (`graftwork status`). If it only needs longer, create the schedule again with a longer `--timeout`.',
    retryable: false,
    exitCode: 1,
  } satisfies SerializedError;
  return ApplicationFailure.create({ message, type: details.code, nonRetryable: true, details: [details] });
}

function unchanged(dataset: DatasetReference, reason: string): RetrainResult {
  return {
    status: 'unchanged',
    reason,
    datasetVersion: dataset.version,
    drift: null,
    warmStart: null,
    run: null,
    model: null,
    top1: null,
    promotion: null,
  };
}

/** What has changed decides nothing: where it cannot be measured (earlier pictures are gone), training continues without. */
async function driftSince(before: string | null, after: DatasetReference, spec: RunSpec): Promise<DriftReport | null> {
  if (before === null || before === after.version) return null;
  const { quarantine: limits } = spec.dataset;
  try {
    return await persistently((halvings) =>
      engineWork.measureDrift.executeWithOptions({ summary: 'what has changed' }, [
        { before, after: after.version, limits, halvings },
      ]),
    );
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.warn('drift could not be measured', { before, after: after.version, error });
    return null;
  }
}

/**
 * The training run. Where the retraining was reset, the one it had started before goes on beside it: that one is cancelled,
 * which leaves its checkpoint, and then goes on under the same name, so that what it registers is registered once.
 */
async function train(run: string, spec: RunSpec): Promise<RunResult> {
  for (let wait = 1; ; wait = Math.min(2 * wait, longestWait)) {
    try {
      return await startTraining(run, spec);
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
    if (wait === 1) await cancelled(run);
    await sleep(wait * 1000);
  }
}

async function cancelled(run: string): Promise<void> {
  try {
    await getExternalWorkflowHandle(run).cancel();
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.info('the training run from before the reset has ended', { run, error });
  }
}

/** As the client would start it, so that it is found, watched and steered like any other run. */
function startTraining(run: string, spec: RunSpec): Promise<RunResult> {
  const { name, dataset, backbone, recipe, seed } = spec;
  return executeChild<typeof transferLearning>('transferLearning', {
    workflowId: run,
    args: [spec],
    // The schedule's own: what the client had made visible.
    typedSearchAttributes: withKeywordsCut(workflowInfo().typedSearchAttributes),
    memo: { dataset: dataset.uri, model: name, backbone: backbone.name, recipe, seed },
    staticSummary: `${name}: ${backbone.name}, ${recipe} recipe`,
  });
}
