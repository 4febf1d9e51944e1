/** The end of a stage: whether what it has made is kept, and what it hands on. */
import type { StageResult } from '../../contracts/spec/training.js';
import type { NamedArrays } from '../backbones/index.js';
import { notFinite } from './judging/divergence.js';
import type { RunningStage } from './runningStage.js';
import type { StageOutput, Validation } from './stage/stageInput.js';
import { stageVerdict } from './judging/verdict.js';

/** @throws GW_NOT_FINITE when a head diverged before it had a best epoch */
export async function stageOutput(run: RunningStage, reason: StageResult['ended']): Promise<StageOutput> {
  const { input, state, report, prepared } = run.begun;
  const { stage, validation } = input;
  const last = await lastLook(run);
  const { divergence, best } = state;
  const ended = divergence === null ? reason : 'diverged';
  if (divergence !== null && stage.kind === 'head' && best === null) throw notFinite(stage.name, divergence);
  const verdict = stageVerdict(stage.kind, await run.judge.contest(state), { ended, divergence, best });
  const measured = verdict.kept ? (best ?? last) : state.incoming;
  await run.checkpoints.settle();
  const trained: NamedArrays = verdict.kept
    ? new Map([...(best?.parameters ?? (await run.parameters())), ...prepared.adapted])
    : new Map();
  return {
    result: {
      name: stage.name,
      kind: stage.kind,
      epochs: [...state.epochs],
      bestEpoch: verdict.kept ? (best?.epoch ?? state.epochs.length) : 0,
      validation: measured &&
        validation && { top1: measured.top1, loss: measured.loss, count: validation.features.count },
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
