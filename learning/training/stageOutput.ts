/** The end of a stage: whether what it has made is kept, which epoch of it, and what the stage hands on. */
import type { StageResult } from '../../contracts/spec/stages/training.js';
import type { NamedArrays } from '../backbones/index.js';
import { notFinite } from './judging/divergence.js';
import type { RunningStage } from './runningStage.js';
import type { BestEpoch, StageOutput, Validation } from './stage/stageInput.js';
import { stageVerdict, type Verdict } from './judging/verdict.js';

/** @throws GW_NOT_FINITE when a head diverged before it had a best epoch */
export async function stageOutput(run: RunningStage, reason: StageResult['ended']): Promise<StageOutput> {
  const { input, state, report, prepared } = run.begun;
  const { stage, validation } = input;
  const last = await lastLook(run);
  const { divergence } = state;
  const ended = divergence === null ? reason : 'diverged';
  if (divergence !== null && stage.kind === 'head' && state.best === null) throw notFinite(stage.name, divergence);
  const { verdict, chosen } = await choose(run, ended);
  const measured = verdict.kept ? (chosen ?? last) : state.incoming;
  await run.checkpoints.settle();
  const trained: NamedArrays = verdict.kept
    ? new Map([...(chosen?.parameters ?? (await run.parameters())), ...prepared.adapted])
    : new Map();
  return {
    result: {
      name: stage.name,
      kind: stage.kind,
      epochs: [...state.epochs],
      bestEpoch: verdict.kept ? (chosen?.epoch ?? state.epochs.length) : 0,
      validation: measured &&
        validation && {
          ...{ top1: measured.top1, loss: measured.loss, count: validation.features.count },
          ...(measured.mAP === undefined ? {} : { mAP: measured.mAP }),
        },
      seconds: report.seconds,
      ...verdict,
      trainable: stage.kind === 'head' ? [] : stage.trainable,
      ended,
      imagesPerSecond: report.imagesPerSecond,
      ...(prepared.rangeTest ? { rangeTest: prepared.rangeTest } : {}),
      ...(divergence ? { diverged: divergence } : {}),
    },
    parameters: run.model.handOn(input.parameters, trained),
  };
}

/** The first of the candidates that validation does not show to be worse than what came; null: the parameters as they are now. */
async function choose(
  run: RunningStage,
  ended: StageResult['ended'],
): Promise<{ verdict: Verdict; chosen: BestEpoch | null }> {
  const { input, state } = run.begun;
  const { divergence, best } = state;
  const { kind } = input.stage;
  const isContested = kind === 'fineTune' && state.incoming !== null;
  const verdictOn = async (candidate: BestEpoch | null): Promise<Verdict> => {
    const contest = candidate && isContested ? await run.judge.contest(state, candidate, ended) : undefined;
    return stageVerdict(kind, isContested && candidate === null ? null : contest, { ended, divergence, best });
  };
  const last = isContested && ended === 'completed' ? await lastEpoch(run) : null;
  if (last !== null) {
    const verdict = await verdictOn(last);
    // Folds train to the last epoch: they say nothing of an earlier one.
    if (verdict.kept || input.heldOut !== undefined) return { verdict, chosen: last };
  }
  return { verdict: await verdictOn(best), chosen: best };
}

/** The epoch at whose end the rate has come down is the one to keep, where it is not the best by validation already. */
async function lastEpoch(run: RunningStage): Promise<BestEpoch | null> {
  const { epochs, best } = run.begun.state;
  const last = epochs.at(-1);
  if (!last?.validation || last.epoch === best?.epoch) return null;
  return { epoch: last.epoch, ...last.validation, parameters: await run.parameters() };
}

/** Whether the parameters that are handed on are sound, and what validation says of them. */
async function lastLook(run: RunningStage): Promise<Validation | null> {
  const { input, state, batches } = run.begun;
  const lastEpoch = state.epochs.at(-1);
  // Ended within an epoch, and validation does not choose: these are the parameters that are handed on.
  const isWithin = state.running.images > 0 && state.divergence === null && !input.stage.training.keepBest;
  const last = isWithin ? await run.measure(run.peak) : (lastEpoch?.validation ?? null);
  if (input.validation || state.divergence !== null || state.position.globalStep === 0) return last;
  // Without a validation split some of the pictures that were trained on show it as well.
  if (!Number.isFinite(await run.judge.trainingLoss())) {
    const { epoch, step } = state.position;
    const at = step > 0 ? { epoch, step } : { epoch: epoch - 1, step: batches.stepsPerEpoch };
    state.diverged(lastEpoch?.learningRate ?? run.peak, at);
  }
  return last;
}
