/** The training of one stage: the same loop for a head on pooled features and for fine-tuning from the cut. */
import { GraftworkError } from '../../contracts/errors.js';
import type { StageResult } from '../../contracts/spec/stages/training.js';
import { isBetter } from '../metrics/bestEpoch.js';
import { notFinite } from './judging/divergence.js';
import { beginStage, openModel, openOptimizer, openSteps, RunningStage } from './runningStage.js';
import type { StageInput, StageOutput } from './stage/stageInput.js';
import { stageOutput } from './stageOutput.js';
import { drawKept } from './step/dropPath.js';
import { trainingBatch } from './step/trainingBatch.js';
import { hasStalled } from './judging/verdict.js';

/**
 * Train a stage to its end, from its last checkpoint if there is one. A resumed stage computes the very numbers of an
 * uninterrupted one: order, views and rates are functions of the position, and everything else is in the checkpoint.
 *
 * With `keepBest` and a validation split the parameters of the best epoch are handed on; in a fine-tune stage they are set
 * against the incoming ones, picture by picture, and a step that does not help is dropped (`kept: false`). A stage whose
 * loss becomes no number ends with the best epoch before that; a fine-tune stage without one is dropped.
 * @throws GW_PREEMPTED after a last checkpoint when the signal is aborted; GW_NOT_FINITE when the loss of a head became no
 * number before there was a best epoch; what a checkpoint's save was rejected with
 */
export async function trainStage(input: StageInput): Promise<StageOutput> {
  const begun = await beginStage(input);
  using model = openModel(begun);
  using optimizer = openOptimizer(begun, model);
  using steps = openSteps(begun, model, optimizer);
  const run = new RunningStage(begun, model, optimizer, steps);
  try {
    await keepPreparation(run);
    await measureIncoming(run);
    let ended = reasonToEnd(run);
    while (ended === null) {
      await trainEpoch(run);
      ended = reasonToEnd(run);
    }
    return await stageOutput(run, ended);
  } catch (error) {
    if (error instanceof GraftworkError && error.code === 'GW_PREEMPTED') await run.checkpoints.save();
    await run.checkpoints.settle();
    throw error;
  }
}

/** The steps of an epoch, from the one the stage is at; then validation, unless the stage has to end before. */
async function trainEpoch(run: RunningStage): Promise<void> {
  const { begun, model, steps, checkpoints } = run;
  const { input, state, batches, report, atOnce, pause } = begun;
  const { train, stage } = input;
  const { losses } = state;
  for (const { indices, views, mixing } of batches.from(state.position)) {
    if (isToFinish(run)) return;
    const startedAt = performance.now();
    const step = state.position.globalStep;
    const rate = run.rateAt(step, losses);
    const loss = await steps.take({
      ...trainingBatch(train, indices, views, mixing),
      atOnce,
      labelSmoothing: stage.training.labelSmoothing,
      kept: drawKept(model.droppable, input.seed, stage.name, step),
      rate,
      step: step + 1,
    });
    if (!Number.isFinite(loss)) return state.diverged(rate);
    state.stepped(loss, indices.length);
    report.step(state, indices.length, (performance.now() - startedAt) / 1000);
    await checkpoints.afterStep();
    await pause();
  }
  await endEpoch(run, run.rateAt(state.position.globalStep - 1, losses));
}

/** Validates, keeps the best epoch, saves. */
async function endEpoch(run: RunningStage, rate: number): Promise<void> {
  const { input, state, report } = run.begun;
  const { keepBest, epochs } = input.stage.training;
  const { epoch } = state.position;
  const measured = await run.measure(rate);
  if (state.divergence !== null) return;
  const row = report.row(state, measured, rate);
  const count = input.validation?.features.count ?? 0;
  const improves = keepBest && measured && (state.best === null || isBetter(measured, state.best, count));
  if (improves) state.best = { epoch, ...measured, parameters: await run.parameters() };
  state.epochEnded(row);
  await run.checkpoints.afterEpoch(epoch === epochs, improves ? state.best?.parameters : undefined);
  input.onEpoch(row);
}

function reasonToEnd(run: RunningStage): StageResult['ended'] | null {
  const { input, state } = run.begun;
  const { epochs, patience } = input.stage.training;
  if (state.divergence !== null) return 'diverged';
  if (state.position.epoch > epochs) return 'completed';
  if (isToFinish(run)) return 'finished';
  return hasStalled(state.epochs, input.validation?.features.count ?? 0, patience) ? 'early-stopping' : null;
}

/** A head without one whole epoch would be no better than chance. */
function isToFinish({ begun: { input, state } }: RunningStage): boolean {
  return input.finish() && (input.stage.kind === 'fineTune' || state.epochs.length > 0);
}

/** Saves what the preparation found, so that a resumed stage need not find it again. */
async function keepPreparation({ begun: { resumed, prepared }, checkpoints }: RunningStage): Promise<void> {
  if (resumed === undefined && (prepared.rangeTest !== null || prepared.adapted.size > 0)) await checkpoints.save();
}

/** The parameters as they came are a candidate where validation chooses. */
async function measureIncoming({ begun: { input, state }, judge }: RunningStage): Promise<void> {
  const { stage } = input;
  if (stage.kind !== 'fineTune' || !stage.training.keepBest || state.incoming !== null) return;
  state.incoming = await judge.incoming();
  if (state.incoming === null || Number.isFinite(state.incoming.loss)) return;
  throw notFinite(stage.name, { epoch: state.position.epoch, step: state.position.step, learningRate: 0 });
}
