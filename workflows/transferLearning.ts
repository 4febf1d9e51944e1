/** The recipe, durable: ingest, preprocess, features, head, fine-tune, evaluate, register. */
import {
  CancellationScope,
  continueAsNew,
  ContinueAsNew,
  defineQuery,
  defineSignal,
  isCancellation,
  log,
  patched,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { DatasetReference } from '../contracts/dataset.js';
import { keywordOf } from '../contracts/keyword.js';
import type { PlanReference } from '../contracts/plan.js';
import { wasTrained, type RunResult } from '../contracts/result.js';
import type { RunSpec } from '../contracts/runSpec.js';
import { autoSource } from '../contracts/undecided.js';
import { messages, type EpochsSignal } from '../contracts/workflowMessages.js';
import { engineWork, quick, shardWork } from './activityProxies.js';
import { installControl } from './control.js';
import { currentDetails } from './currentDetails.js';
import { decide, hasChoices, measureAugmentation, searchFineTunes, searchHeads, type Decided } from './decisions.js';
import { fanOut } from './fanOut.js';
import { patches } from './patches.js';
import { persistently } from './persistently.js';
import { promote } from './promote.js';
import { RunState, type CarriedRun, type Prepared } from './runState.js';
import { searchAttributeKeys } from './searchAttributeKeys.js';
import { isTimeUp, trainInTime } from './trainInTime.js';

/**
 * Trains, evaluates and registers one model. Every step is an activity whose result lies at a content key, so a retry, a
 * reset or another run with the same inputs finds it there.
 *
 * @param carried where the execution before this one stopped, for a run whose history had become long
 * @throws ApplicationFailure whose type is an error code of contracts/errors.ts.
 */
export async function transferLearning(spec: RunSpec, carried?: CarriedRun): Promise<RunResult> {
  const { workflowId, startTime } = workflowInfo();
  const state = new RunState(workflowId, spec, startTime.getTime(), carried);
  const show = (): void => {
    state.tick(Date.now());
    setCurrentDetails(currentDetails(state.result));
  };
  const control = installControl((paused) => {
    state.result.status = paused ? 'paused' : 'running';
    show();
  }, carried?.finishing);
  setHandler(defineQuery<RunResult>(messages.progress), () => state.result);
  setHandler(defineSignal<[EpochsSignal]>(messages.epochs), (signal) => {
    state.announced(signal);
    show();
  });
  const enter = async (stage: string): Promise<void> => {
    await control.ready();
    state.enter(stage);
    upsertSearchAttributes([{ key: searchAttributeKeys.stage, value: keywordOf(stage) }]);
    show();
  };

  /** The spec with the augmentation that validation favours, for a person who asked for that. */
  const withChosenAugmentation = async (given: RunSpec, dataset: DatasetReference): Promise<RunSpec> => {
    await enter('augmentation');
    const choice = await persistently((halvings) =>
      engineWork.chooseAugmentation.executeWithOptions({ summary: 'policies tried on validation' }, [
        { spec: given, dataset, halvings },
      ]),
    );
    state.chose(choice);
    return { ...given, augmentation: choice.augmentation };
  };

  /** What the spec leaves open, decided. */
  const decideOpen = async (dataset: DatasetReference): Promise<Decided> => {
    await enter('choose');
    const decided = await decide(spec, dataset, state.startedAt);
    state.decided(decided.choices, decided.spec.backbone.name);
    if (spec.undecided?.includes('augmentation') !== true) return decided;
    await enter('augmentation');
    const choice = await measureAugmentation(decided, dataset);
    if (choice === undefined) return decided;
    state.measured(choice);
    return { ...decided, spec: { ...decided.spec, augmentation: choice.augmentation } };
  };

  const planFor = (decided: RunSpec, dataset: DatasetReference): Promise<PlanReference> =>
    persistently(() =>
      shardWork.planRun.executeWithOptions({ summary: decided.backbone.name }, [{ spec: decided, dataset }]),
    );

  /** The plan with the head that a search on its features favours. */
  const withSearchedHead = async (
    plan: PlanReference,
    dataset: DatasetReference,
    decided: Decided,
  ): Promise<PlanReference> => {
    await enter('search');
    const search = await searchHeads(plan.digest, decided, spec.budget);
    if (search === undefined) return plan;
    state.searched(search.found);
    return search.found.changed ? planFor(search.spec, dataset) : plan;
  };

  /** Everything before training. */
  const prepare = async (): Promise<Prepared> => {
    await persistently(() => quick.checkSpec({ spec }));
    await enter('ingest');
    const dataset = await persistently(() =>
      shardWork.ingestDataset.executeWithOptions({ summary: spec.dataset.uri }, [
        { dataset: spec.dataset, seed: spec.seed },
      ]),
    );
    state.ingested(dataset);
    const decided = hasChoices(spec) ? await decideOpen(dataset) : undefined;
    const open = decided?.spec ?? spec;
    const complete = open.augmentation.policy === 'auto' ? await withChosenAugmentation(open, dataset) : open;
    // What is not there, weights say, is missed here. No search attribute: the step takes a moment.
    state.enter('plan');
    show();
    const plan = await planFor(complete, dataset);
    state.planned(plan);
    for (const [step, shards] of [
      ['preprocess', plan.pixelShards],
      ['features', plan.featureShards],
    ] as const) {
      await enter(step);
      const began = Date.now();
      state.prepared(step, await fanOut(step, plan.digest, shards), (Date.now() - began) / 1000);
    }
    if (decided === undefined) return { dataset, plan };
    const searches = spec.undecided?.includes('head') === true;
    const limits = decided.limits === null ? {} : { limits: decided.limits };
    const final = searches ? await withSearchedHead(plan, dataset, { ...decided, spec: complete }) : plan;
    return { dataset, plan: final, ...limits, trainingSeconds: decided.trainingSeconds };
  };

  /** With the rate that short fine-tunes from the trained head favour; the stages keep their names and their number. */
  const withSearchedRate = async (prepared: Prepared, stage: number, kept: readonly string[]): Promise<Prepared> => {
    // With a budget alone only what decides about time is open.
    const isOpen = spec.backbone.name === autoSource && spec.undecided?.includes('steps') === true;
    const wasSearched = state.result.choices?.fineTunes !== undefined;
    // Runs that were under way when there was no such search go on without it.
    if (!isOpen || wasSearched || !patched(patches.fineTuneSearch)) return prepared;
    await enter('search');
    const search = await searchFineTunes(prepared, stage, kept, spec.budget);
    if (search === undefined) return prepared;
    state.searchedFineTunes(search.found);
    return { ...prepared, plan: { ...prepared.plan, digest: search.plan } };
  };

  try {
    let prepared: Prepared = carried ?? (await prepare());
    const { dataset, limits } = prepared;
    const kept = [...(carried?.kept ?? [])];
    /** Goes on in an execution with an empty history when this one's is long; see docs/architecture.md. */
    const turnOver = async (nextStage: number): Promise<void> => {
      if (!workflowInfo().continueAsNewSuggested) return;
      await continueAsNew<typeof transferLearning>(
        spec,
        state.carry({ ...prepared, kept, nextStage, finishing: control.finishing }),
      );
    };

    for (const [stage, { name, kind, epochs }] of prepared.plan.stages.entries()) {
      if (stage < (carried?.nextStage ?? 0)) continue;
      if (kind === 'fineTune' && isTimeUp(limits)) {
        state.cutShort(`${name} was not begun: the time was up`, `${name}: ${epochs} epochs`);
        break;
      }
      if (kind === 'fineTune') prepared = await withSearchedRate(prepared, stage, kept);
      const { plan } = prepared;
      await enter(name);
      const trained = await trainInTime(limits, kind, control, async (call) => {
        await turnOver(stage);
        return persistently((halvings) =>
          engineWork.trainStage.executeWithOptions({ summary: `${name}: ${epochs} epochs` }, [
            { plan: plan.digest, stage, previous: kept, ...call, halvings },
          ]),
        );
      });
      state.trained(trained);
      if (isTimeUp(limits) && trained.result.ended === 'finished') {
        const done = trained.result.epochs.at(-1)?.epoch ?? 0;
        state.cutShort(
          `${name} ended after ${done} of ${epochs} epochs: the time was nearly up`,
          `all ${epochs} epochs of ${name}`,
        );
      }
      if (trained.result.kept) kept.push(trained.key);
      show();
      if (control.finishing) break;
    }

    const { plan } = prepared;
    await enter('evaluate');
    const evaluated = await persistently((halvings) =>
      engineWork.evaluateModel.executeWithOptions({ summary: 'test split' }, [{ plan: plan.digest, kept, halvings }]),
    );
    state.evaluated(evaluated);
    upsertSearchAttributes([{ key: searchAttributeKeys.top1, value: evaluated.evaluation.top1 }]);

    await enter('register');
    const registered = await persistently(() =>
      quick.registerModel.executeWithOptions({ summary: spec.name }, [
        {
          run: workflowId,
          plan: plan.digest,
          dataset,
          evaluation: evaluated.key,
          parameters: evaluated.parameters,
          stages: state.result.stages.filter(wasTrained).map(({ name, kept, reason }) => ({ name, kept, reason })),
        },
      ]),
    );
    state.registered(registered);
    if (spec.promotion !== undefined && spec.promotion.policy !== 'never') {
      await enter('promote');
      state.promoted(await promote(workflowId, registered.model, spec.promotion, () => control.ready()));
    }
    control.close();
    state.result.status = 'completed';
    state.enter('done');
    upsertSearchAttributes([{ key: searchAttributeKeys.stage, value: 'done' }]);
    show();
    await persistently(() => quick.recordRun({ result: state.result }));
    return state.result;
  } catch (error) {
    if (error instanceof ContinueAsNew) throw error;
    control.close();
    state.result.status = isCancellation(error) ? 'canceled' : 'failed';
    upsertSearchAttributes([{ key: searchAttributeKeys.stage, value: state.result.status }]);
    show();
    // The record outlives Temporal's retention, so it is written even when the run was cancelled.
    // What stopped the run is what matters: a record that cannot be written must not hide it.
    // Nor must it keep the run open: when no worker takes it (an upgrade, a pool that is gone), it is given up.
    await CancellationScope.nonCancellable(() =>
      quick.recordRun.executeWithOptions({ scheduleToCloseTimeout: '2 minutes' }, [{ result: state.result }]),
    ).catch((unrecorded: unknown) => log.warn('the run could not be recorded', { error: unrecorded }));
    throw error;
  }
}
