/** One tick of a schedule: look at the data; where it has changed, train from what serves, compare, and promote or not. */
import { executeChild, isCancellation, patched, setCurrentDetails, uuid4, workflowInfo } from '@temporalio/workflow';
import type { DatasetReference } from '../contracts/dataset.js';
import type { DriftReport } from '../contracts/drift.js';
import { retrainedRunId } from '../contracts/names.js';
import type { RetrainRequest, RetrainResult } from '../contracts/retraining.js';
import type { RunSpec } from '../contracts/runSpec.js';
import { engineWork, quick, shardWork } from './activityProxies.js';
import { failureOf } from './failureOf.js';
import { patches } from './patches.js';
import { persistently } from './persistently.js';
import { tell } from './tell.js';
import type { transferLearning } from './transferLearning.js';

/** @throws ApplicationFailure as `transferLearning`, after the webhook has been told: the schedule pauses then */
export async function retrain(request: RetrainRequest): Promise<RetrainResult> {
  const { spec, notify } = request;
  const { workflowId } = workflowInfo();
  const run = patched(patches.ownTrainingRun) ? retrainedRunId(workflowId, uuid4()) : `${workflowId}-run`;
  try {
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
    const trained = await train(run, plan.spec);
    const { model, test, promotion } = trained;
    if (model === null) throw new Error('a completed run has a model');
    await persistently(() =>
      quick.recordRetraining({
        record: { format: 1, datasetVersion: dataset.version, settings: plan.settings, run, model },
      }),
    );
    const result: RetrainResult = {
      status: 'trained',
      reason: plan.reason,
      datasetVersion: dataset.version,
      drift,
      warmStart: plan.warmStart,
      ...{ run, model },
      top1: test?.top1 ?? null,
      promotion: promotion ?? null,
    };
    const named = `${model.name}@${model.version}`;
    const told = promotion === undefined ? 'registered' : `${promotion.status}: ${promotion.reason}`;
    setCurrentDetails(`**${named}** ${told}`);
    await tell(notify, { event: 'retrained', model: named, run, text: `${named} ${told}`, result });
    return result;
  } catch (error) {
    if (!isCancellation(error)) {
      const failure = failureOf(error);
      const text = `Retraining ${spec.name} failed: ${failure.message}`;
      await tell(notify, { event: 'retraining-failed', model: spec.name, run, text, failure });
    }
    throw error;
  }
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

async function driftSince(before: string | null, after: DatasetReference, spec: RunSpec): Promise<DriftReport | null> {
  if (before === null || before === after.version) return null;
  const { quarantine: limits } = spec.dataset;
  return persistently((halvings) =>
    engineWork.measureDrift.executeWithOptions({ summary: 'what has changed' }, [
      { before, after: after.version, limits, halvings },
    ]),
  );
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
