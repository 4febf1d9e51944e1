/** One tick of a schedule: look at the data; where it has changed, train from what serves, compare, and promote or not. */
import {
  ApplicationFailure,
  CancellationScope,
  executeChild,
  isCancellation,
  log,
  patched,
  setCurrentDetails,
  uuid4,
  workflowInfo,
} from '@temporalio/workflow';
import type { DatasetReference } from '../contracts/dataset.js';
import type { DriftReport } from '../contracts/drift.js';
import type { SerializedError } from '../contracts/errors.js';
import { retrainedRunId } from '../contracts/names.js';
import type { RetrainRequest, RetrainResult } from '../contracts/retraining.js';
import type { RunSpec } from '../contracts/runSpec.js';
import { engineWork, quick, shardWork } from './activityProxies.js';
import { failureOf } from './failureOf.js';
import { patches } from './patches.js';
import { persistently } from './persistently.js';
import { tell } from './tell.js';
import type { transferLearning } from './transferLearning.js';
import { within } from './within.js';

/** Time that a retraining which runs out of time has to end by itself; longer than a webhook is tried. Milliseconds. */
const mostEnding = 20 * 60_000;
/** The same as a share of its time limit, where that is short. */
const shareOfEnding = 0.2;

/**
 * @throws ApplicationFailure as `transferLearning`, and when its time limit is near, after the webhook has been told: the
 * schedule pauses then
 */
export async function retrain(request: RetrainRequest): Promise<RetrainResult> {
  const { spec, notify } = request;
  const { workflowId } = workflowInfo();
  const run = patched(patches.ownTrainingRun) ? retrainedRunId(workflowId, uuid4()) : `${workflowId}-run`;
  const limit = timeLimit();
  const begun = { training: false };
  try {
    const result = await within(limit?.work ?? null, () => retrainOnce(request, run, begun));
    if (result === undefined) throw outOfTime(spec.name);
    const { model, promotion } = result;
    if (model === null) return result;
    const named = `${model.name}@${model.version}`;
    const told = promotion === null ? 'registered' : `${promotion.status}: ${promotion.reason}`;
    setCurrentDetails(`**${named}** ${told}`);
    await within(limit?.telling ?? null, () =>
      tell(notify, { event: 'retrained', model: named, run, text: `${named} ${told}`, result }),
    );
    return result;
  } catch (error) {
    // A training run that a person cancelled is news to whoever waits for a model; a cancelled retraining is not.
    if (!CancellationScope.current().consideredCancelled) {
      const failure = failureOf(error);
      const text = `Retraining ${spec.name} failed: ${failure.message}`;
      await within(limit?.telling ?? null, () =>
        tell(notify, {
          event: 'retraining-failed',
          model: spec.name,
          run: begun.training ? run : workflowId,
          ...{ text, failure },
        }),
      );
    }
    throw error;
  }
}

/** @param begun told when the training run is there */
async function retrainOnce(request: RetrainRequest, run: string, begun: { training: boolean }): Promise<RetrainResult> {
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
  setCurrentDetails(
    [`**Training ${run}**: ${plan.reason}`, plan.warmStart?.reason, drift?.summary]
      .filter((line) => line !== undefined)
      .join('\n\n'),
  );
  begun.training = true;
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
    promotion: promotion ?? null,
  };
}

/**
 * Temporal ends a retraining that is out of time without a word, and its training run with it: it ends by itself before that, so
 * that the run keeps its checkpoints and somebody is told.
 *
 * @returns until when it may work and tell of it, in milliseconds since the epoch; null without a limit
 */
function timeLimit(): { work: number; telling: number } | null {
  const { startTime, executionTimeoutMs } = workflowInfo();
  if (executionTimeoutMs === undefined || !patched(patches.retrainInTime)) return null;
  const end = startTime.getTime() + executionTimeoutMs;
  const ending = Math.min(mostEnding, executionTimeoutMs * shareOfEnding);
  return { work: end - ending, telling: end - ending / 10 };
}

function outOfTime(name: string): ApplicationFailure {
  const message = `Retraining ${name} has not ended within its time limit: it was stopped, and what is finished is kept.`;
  const details = {
    code: 'GW_RUN_FAILED',
    message,
    remedy:
      'See whether workers serve (`graftwork status`); where it only needs longer, make the schedule anew with a longer `--timeout`.',
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

/** What has changed decides nothing: where it cannot be told (earlier pictures are gone), training goes on without. */
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

/** As the client would start it, so that it is found, watched and steered like any other run. */
function train(run: string, spec: RunSpec) {
  const { name, dataset, backbone, recipe, seed } = spec;
  return executeChild<typeof transferLearning>('transferLearning', {
    workflowId: run,
    args: [spec],
    // The schedule's own: what the client had made visible.
    typedSearchAttributes: workflowInfo().typedSearchAttributes,
    memo: { dataset: dataset.uri, model: name, backbone: backbone.name, recipe, seed },
    staticSummary: `${name}: ${backbone.name}, ${recipe} recipe`,
  });
}
