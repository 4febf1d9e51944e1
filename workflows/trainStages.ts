/** Trains the stages of a plan, one after the other: the head first, then the steps of fine-tuning. */
import { continueAsNew, patched, workflowInfo } from '@temporalio/workflow';
import type { PlanReference } from '../contracts/spec/plan.js';
import type { RunResult } from '../contracts/run/result.js';
import type { RunSpec } from '../contracts/spec/runSpec.js';
import type { TrainStageOutput } from '../contracts/activities/trainingActivities.js';
import { autoSource } from '../contracts/spec/undecided.js';
import { patches } from './patches.js';
import { searchFineTunes } from './searches.js';
import type { CarriedRun, Prepared } from './state/runState.js';
import type { RunView } from './state/runView.js';
import { isTimeUp, trainInTime } from './trainInTime.js';

/** What training leaves: the plan it ended with, and the content keys of the kept stages, in order. */
export interface Trained {
  plan: PlanReference;
  kept: string[];
  /** Indices of the kept stages in the plan. */
  stages: number[];
}

/** A stage of the plan, and its index there. */
type PlannedStage = PlanReference['stages'][number] & { index: number };

/** @param carried where an earlier execution of this run stopped */
export async function trainStages(
  run: RunView,
  spec: RunSpec,
  begin: Prepared,
  carried?: CarriedRun,
): Promise<Trained> {
  let prepared = begin;
  const kept = [...(carried?.kept ?? [])];
  const stages = [...(carried?.keptStages ?? [])];
  for (const [index, planned] of prepared.plan.stages.entries()) {
    if (index < (carried?.nextStage ?? 0)) continue;
    const stage = { ...planned, index };
    if (stage.kind === 'fineTune') {
      if (isTimeUp(prepared.limits)) {
        run.state.cutShort(`${stage.name} was not begun: the time was up`, `${stage.name}: ${stage.epochs} epochs`);
        break;
      }
      prepared = await withSearchedRate(run, spec, prepared, index, kept);
    }
    const trained = await trainStage(run, spec, prepared, stage, { kept, stages });
    if (trained.result.kept) {
      kept.push(trained.key);
      stages.push(index);
    }
    if (run.control.finishing) break;
  }
  return { plan: prepared.plan, kept, stages };
}

async function trainStage(
  run: RunView,
  spec: RunSpec,
  prepared: Prepared,
  { index, name, epochs }: PlannedStage,
  before: Omit<Trained, 'plan'>,
): Promise<TrainStageOutput> {
  const { plan, limits } = prepared;
  await run.enter(name);
  const trained = await trainInTime(limits, run.control, plan, index, before.kept, () =>
    turnOver(run, spec, prepared, index, before),
  );
  run.state.trained(trained);
  if (isTimeUp(limits) && trained.result.ended === 'finished') {
    const done = trained.result.epochs.at(-1)?.epoch ?? 0;
    run.state.cutShort(
      `${name} ended after ${done} of ${epochs} epochs: the time was nearly up`,
      `all ${epochs} epochs of ${name}`,
    );
  }
  run.show();
  return trained;
}

/** Goes on in an execution with an empty history when this one's is long; see docs/architecture.md. */
async function turnOver(
  { state, control }: RunView,
  spec: RunSpec,
  prepared: Prepared,
  nextStage: number,
  { kept, stages }: Omit<Trained, 'plan'>,
): Promise<void> {
  if (!workflowInfo().continueAsNewSuggested) return;
  await continueAsNew<(spec: RunSpec, carried: CarriedRun) => Promise<RunResult>>(
    spec,
    state.carry({ ...prepared, kept: [...kept], keptStages: [...stages], nextStage, finishing: control.finishing }),
  );
}

/** With the rate that short fine-tunes from the trained head favour; the stages keep their names and their number. */
async function withSearchedRate(
  run: RunView,
  { backbone, undecided, budget }: RunSpec,
  prepared: Prepared,
  stage: number,
  kept: readonly string[],
): Promise<Prepared> {
  // With a budget alone only what decides about time is open.
  const isOpen = backbone.name === autoSource && undecided?.includes('steps') === true;
  const wasSearched = run.state.result.choices?.fineTunes !== undefined;
  // Runs that were under way when there was no such search go on without it.
  if (!isOpen || wasSearched || !patched(patches.fineTuneSearch)) return prepared;
  await run.enter('search');
  const search = await searchFineTunes(prepared, stage, kept, budget);
  if (search === undefined) return prepared;
  run.state.searchedFineTunes(search.found);
  return { ...prepared, plan: { ...prepared.plan, digest: search.plan } };
}
