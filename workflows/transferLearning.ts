/** The recipe, durable: ingest, preprocess, features, head, fine-tune, evaluate, register, promote. */
import {
  CancellationScope,
  ContinueAsNew,
  isCancellation,
  log,
  patched,
  upsertMemo,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type { DatasetReference } from '../contracts/data/dataset.js';
import type { ModelReference } from '../contracts/models/modelCard.js';
import { wasTrained, type RunResult } from '../contracts/run/result.js';
import type { RunSpec } from '../contracts/spec/runSpec.js';
import type { EvaluateOutput } from '../contracts/activities/trainingActivities.js';
import { engineWork, quick } from './activityProxies.js';
import { evaluateInFolds } from './evaluateInFolds.js';
import { patches } from './patches.js';
import { persistently } from './persistently.js';
import { prepareRun } from './prepareRun.js';
import { promote } from './promote.js';
import { refit } from './refit.js';
import type { CarriedRun } from './state/runState.js';
import { RunView } from './state/runView.js';
import { searchAttributeKeys } from './state/searchAttributeKeys.js';
import { trainStages, type Trained } from './trainStages.js';

/**
 * Trains, evaluates and registers one model. Every step is an activity whose result lies at a content key, so a retry, a
 * reset or another run with the same inputs finds it there.
 *
 * @param carried where the execution before this one stopped, for a run whose history had become long
 * @throws ApplicationFailure whose type is an error code of contracts/errors.ts.
 */
export async function transferLearning(spec: RunSpec, carried?: CarriedRun): Promise<RunResult> {
  const run = new RunView(spec, carried);
  try {
    const prepared = carried ?? (await prepareRun(run, spec));
    const validated = await trainStages(run, spec, prepared, carried);
    const trained = await refit(run, spec, prepared, validated);
    await run.enter('evaluate');
    await evaluateInFolds(run, spec, prepared, trained);
    const evaluated = await evaluate(run, trained, validated);
    const model = await register(run, spec, prepared.dataset, trained, evaluated);
    await promoteModel(run, spec, model);
    run.end('completed');
    await persistently(() => quick.recordRun({ result: run.state.result }));
    return run.state.result;
  } catch (error) {
    if (error instanceof ContinueAsNew) throw error;
    run.end(isCancellation(error) ? 'canceled' : 'failed');
    await recordUnfinished(run);
    throw error;
  }
}

/** @param validated the same stages as they were when validation pictures judged them: these calibrate the model */
async function evaluate(run: RunView, { plan, kept }: Trained, validated: Trained): Promise<EvaluateOutput> {
  const last = validated.stages.at(-1);
  const usual = last !== undefined && patched(patches.usualTemperature) ? { last } : {};
  const calibration = patched(patches.calibrated)
    ? { calibrated: { plan: validated.plan.digest, kept: validated.kept, ...usual } }
    : {};
  const evaluated = await persistently((halvings) =>
    engineWork.evaluateModel.executeWithOptions({ summary: 'test split' }, [
      { plan: plan.digest, kept, ...calibration, halvings },
    ]),
  );
  run.state.evaluated(evaluated);
  const { top1, multiLabel } = evaluated.evaluation;
  upsertSearchAttributes([{ key: searchAttributeKeys.top1, value: top1 }]);
  if (multiLabel !== undefined && patched(patches.averagePrecisionListed)) upsertMemo({ mAP: multiLabel.mAP });
  return evaluated;
}

async function register(
  run: RunView,
  spec: RunSpec,
  dataset: DatasetReference,
  { plan }: Trained,
  { key, parameters }: EvaluateOutput,
): Promise<ModelReference> {
  await run.enter('register');
  const { run: id, stages: reports } = run.state.result;
  const stages = reports.filter(wasTrained).map(({ name, kept, reason }) => ({ name, kept, reason }));
  const registered = await persistently(() =>
    quick.registerModel.executeWithOptions({ summary: spec.name }, [
      { run: id, plan: plan.digest, dataset, evaluation: key, parameters, stages },
    ]),
  );
  run.state.registered(registered);
  return registered.model;
}

async function promoteModel(run: RunView, { promotion }: RunSpec, model: ModelReference): Promise<void> {
  if (promotion === undefined || promotion.policy === 'never') return;
  await run.enter('promote');
  run.state.promoted(await promote(run.state.result.run, model, promotion, () => run.control.ready()));
}

/**
 * The record outlives Temporal's retention, so it is written even when the run was cancelled. A record that cannot be written
 * hides nothing: what stopped the run is what matters. When no worker takes it (an upgrade, a pool that is gone), the run ends
 * without it.
 */
async function recordUnfinished(run: RunView): Promise<void> {
  await CancellationScope.nonCancellable(() =>
    quick.recordRun.executeWithOptions({ scheduleToCloseTimeout: '2 minutes' }, [{ result: run.state.result }]),
  ).catch((unrecorded: unknown) => log.warn('the run could not be recorded', { error: unrecorded }));
}
