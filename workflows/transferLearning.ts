/** The recipe, durable: ingest, preprocess, features, head, fine-tune, evaluate, register. */
import {
  CancellationScope,
  defineQuery,
  defineSignal,
  isCancellation,
  log,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { TrainStageOutput } from '../contracts/activities.js';
import type { RunResult } from '../contracts/result.js';
import type { RunSpec } from '../contracts/runSpec.js';
import { messages, type EpochsSignal } from '../contracts/workflowMessages.js';
import { engineWork, quick, shardWork } from './activityProxies.js';
import { installControl } from './control.js';
import { currentDetails } from './currentDetails.js';
import { fanOut } from './fanOut.js';
import { RunState } from './runState.js';
import { searchAttributeKeys } from './searchAttributeKeys.js';

/**
 * Trains, evaluates and registers one model. Every step is an activity whose result lies at a content key, so a retry, a
 * reset or another run with the same inputs finds it there.
 *
 * @throws ApplicationFailure whose type is an error code of contracts/errors.ts.
 */
export async function transferLearning(spec: RunSpec): Promise<RunResult> {
  const { workflowId, startTime } = workflowInfo();
  const state = new RunState(workflowId, spec, startTime.getTime());
  const show = (): void => {
    state.tick(Date.now());
    setCurrentDetails(currentDetails(state.result));
  };
  const control = installControl((paused) => {
    state.result.status = paused ? 'paused' : 'running';
    show();
  });
  setHandler(defineQuery<RunResult>(messages.progress), () => state.result);
  setHandler(defineSignal<[EpochsSignal]>(messages.epochs), (signal) => {
    state.announced(signal);
    show();
  });
  const enter = async (stage: string): Promise<void> => {
    await control.ready();
    state.enter(stage);
    upsertSearchAttributes([{ key: searchAttributeKeys.stage, value: stage }]);
    show();
  };

  try {
    await quick.checkSpec({ spec });
    await enter('ingest');
    const dataset = await shardWork.ingestDataset.executeWithOptions({ summary: spec.dataset.uri }, [
      { dataset: spec.dataset, seed: spec.seed },
    ]);
    state.ingested(dataset);
    const plan = await shardWork.planRun.executeWithOptions({ summary: spec.backbone.name }, [{ spec, dataset }]);

    await enter('preprocess');
    let began = Date.now();
    const pixels = await fanOut(plan.pixelShards, (range) =>
      shardWork.preprocessShards.executeWithOptions({ summary: `shards ${range.from} to ${range.to - 1}` }, [
        { plan: plan.digest, ...range },
      ]),
    );
    state.prepared('preprocess', pixels, (Date.now() - began) / 1000);

    await enter('features');
    began = Date.now();
    const features = await fanOut(plan.featureShards, (range) =>
      engineWork.computeFeatures.executeWithOptions({ summary: `shards ${range.from} to ${range.to - 1}` }, [
        { plan: plan.digest, ...range },
      ]),
    );
    state.prepared('features', features, (Date.now() - began) / 1000);

    const kept: string[] = [];
    for (const [stage, { name, epochs }] of plan.stages.entries()) {
      await enter(name);
      const trained: TrainStageOutput = await control.interruptible(({ finish, generation }) =>
        engineWork.trainStage.executeWithOptions({ summary: `${name}: ${epochs} epochs` }, [
          { plan: plan.digest, stage, previous: kept, finish, generation },
        ]),
      );
      state.trained(trained);
      if (trained.result.kept) kept.push(trained.key);
      show();
      if (control.finishing) break;
    }

    await enter('evaluate');
    const evaluated = await engineWork.evaluateModel.executeWithOptions({ summary: 'test split' }, [
      { plan: plan.digest, kept },
    ]);
    state.evaluated(evaluated);
    upsertSearchAttributes([{ key: searchAttributeKeys.top1, value: evaluated.evaluation.top1 }]);

    await enter('register');
    const registered = await quick.registerModel.executeWithOptions({ summary: spec.name }, [
      {
        run: workflowId,
        plan: plan.digest,
        dataset,
        evaluation: evaluated.key,
        parameters: evaluated.parameters,
        stages: state.result.stages
          .filter((stage) => stage.epochs.length > 0)
          .map(({ name, kept, reason }) => ({ name, kept, reason })),
      },
    ]);
    state.registered(registered);
    state.result.status = 'completed';
    state.enter('done');
    upsertSearchAttributes([{ key: searchAttributeKeys.stage, value: 'done' }]);
    show();
    await quick.recordRun({ result: state.result });
    return state.result;
  } catch (error) {
    state.result.status = isCancellation(error) ? 'canceled' : 'failed';
    upsertSearchAttributes([{ key: searchAttributeKeys.stage, value: state.result.status }]);
    show();
    // The record outlives Temporal's retention, so it is written even when the run was cancelled.
    // What stopped the run is what matters: a record that cannot be written must not hide it.
    await CancellationScope.nonCancellable(() => quick.recordRun({ result: state.result })).catch(
      (unrecorded: unknown) => log.warn('the run could not be recorded', { error: unrecorded }),
    );
    throw error;
  }
}
