/** The training of one stage: the same loop for a head on pooled features and for fine-tuning from the cut. */
import { setImmediate } from 'node:timers/promises';
import { GraftworkError } from '../../contracts/errors.js';
import type { StageResult } from '../../contracts/training.js';
import { toArrays, type NamedArrays } from '../backbones/index.js';
import { Optimizer } from '../optimizers/optimizer.js';
import { parameterGroups } from '../optimizers/parameterGroups.js';
import { permutation, randomBits } from '../random.js';
import { learningRate } from '../schedules/learningRate.js';
import type { Tensor, Tensor2D } from '../tensorflow.js';
import { CheckpointWriter } from './checkpointWriter.js';
import { ProgressReport } from './progressReport.js';
import type { StageInput, StageOutput, TrainingState, Validation } from './stageInput.js';
import { StageModel } from './stageModel.js';
import { trainingStep } from './trainingStep.js';
import { isBetter, validate } from './validate.js';
import { hasStalled, verdict } from './verdict.js';

/** Left to a checkpoint's upload between two steps, while there is one. Milliseconds. */
const uploadTime = 20;

interface Batch {
  readonly indices: ReturnType<typeof permutation>;
  readonly views: ReturnType<typeof permutation>;
}

const nothingYet = { lossSum: 0, images: 0 };

/**
 * Train a stage to its end, from its last checkpoint if there is one. A resumed stage computes the very numbers of an
 * uninterrupted one: order, views and rates are functions of the position, and everything else is in the checkpoint.
 *
 * With `keepBest` and a validation split the parameters of the best epoch are handed on; in a fine-tune stage the incoming
 * ones take part as epoch 0, so a step that does not help is dropped (`kept: false`).
 * @throws GW_PREEMPTED after a last checkpoint when the signal is aborted; GW_NOT_FINITE when the loss is no number; what a
 * checkpoint's save was rejected with
 */
export async function trainStage(input: StageInput): Promise<StageOutput> {
  const { stage, train, validation, seed } = input;
  const { batchSize, epochs: epochCount, schedule, keepBest, labelSmoothing, patience } = stage.training;
  const atOnce = Math.min(batchSize, input.atOnce ?? batchSize);
  const count = train.features.count;
  const stepsPerEpoch = Math.ceil(count / batchSize);
  const length = {
    peak: stage.training.learningRate,
    warmupSteps: stage.training.warmupEpochs * stepsPerEpoch,
    totalSteps: epochCount * stepsPerEpoch,
    stepsPerEpoch,
  };

  const resumed = await input.checkpoints?.load();
  let position = resumed?.position ?? { epoch: 1, step: 0, globalStep: 0 };
  let running = resumed?.running ?? nothingYet;
  let epochs = resumed?.epochs ?? [];
  let best = resumed?.best ?? null;
  let incoming = resumed?.incoming ?? null;

  using model = new StageModel(stage, input.backbone, input.classes, input.parameters, input.featuresAfter);
  using optimizer = new Optimizer(
    stage.training.optimizer,
    parameterGroups(model.trainable, (spec) => model.rateFactor(spec)),
    resumed?.parameters ?? input.parameters,
    resumed?.optimizer,
  );
  const writer = input.checkpoints && new CheckpointWriter(input.checkpoints);
  const report = new ProgressReport(input, length.totalSteps, resumed);

  const currentParameters = (): Promise<NamedArrays> => toArrays(model.trainable, optimizer.parameters);
  const save = async (): Promise<void> => {
    if (writer === null) return;
    const parameters = await currentParameters();
    const seconds = report.seconds;
    writer.offer({
      position,
      running,
      epochs,
      best,
      incoming,
      parameters,
      optimizer: await optimizer.state(),
      seconds,
    });
  };
  /** Lets messages in and checkpoints out; the only place where training stops. */
  const pause = async (): Promise<void> => {
    await setImmediate();
    await writer?.giveTime(uploadTime);
    if (input.signal.aborted) throw preempted(stage.name, position);
  };
  const validateNow = async (): Promise<Validation | null> => {
    if (!validation) return null;
    const logits = (batch: Tensor): Tensor2D => model.logits(optimizer.parameters, batch);
    const measured = await validate(validation, logits, atOnce, pause);
    // The step that broke the parameters was an epoch's last one: no training loss has seen them yet.
    if (!Number.isFinite(measured.loss)) throw notFinite(stage.name, position, length.peak);
    return measured;
  };
  // A head without one whole epoch would be no better than chance.
  const isToFinish = (): boolean => input.finish() && (stage.kind === 'fineTune' || epochs.length > 0);

  let ended: StageResult['ended'] = 'completed';
  let savedAt = performance.now();
  try {
    if (stage.kind === 'fineTune' && keepBest && incoming === null) {
      incoming = await validateNow();
      if (incoming) best = { epoch: 0, ...incoming, parameters: await currentParameters() };
    }
    while (position.epoch <= epochCount) {
      if (hasStalled(epochs, patience)) ended = 'early-stopping';
      if (isToFinish()) ended = 'finished';
      if (ended !== 'completed') break;

      const { epoch } = position;
      const order = permutation(count, seed, stage.name, 'order', epoch);
      /** A step's images with their views; none behind the epoch's end. */
      const batchAt = (step: number): Batch => {
        const indices = order.subarray(step * batchSize, (step + 1) * batchSize);
        // Each image goes through its views in turn, from a random one on: all are seen equally often.
        const views = indices.map((i) => (randomBits(seed, stage.name, 'view', i) + epoch) % train.features.views);
        train.features.prefetch?.(indices, views);
        return { indices, views };
      };
      let batch = batchAt(position.step);
      while (position.step < stepsPerEpoch && !isToFinish()) {
        const startedAt = performance.now();
        const rate = learningRate(schedule, length, position.globalStep);
        const { indices, views } = batch;
        // Read while this step is computed.
        batch = batchAt(position.step + 1);
        const loss = await trainingStep(model, optimizer, {
          labels: indices.map((i) => train.labels[i] as number),
          features: (from, to) => train.features.batch(indices.subarray(from, to), views.subarray(from, to)),
          atOnce,
          labelSmoothing,
          rate,
          step: position.globalStep + 1,
        });
        if (!Number.isFinite(loss)) throw notFinite(stage.name, position, rate);

        position = { epoch, step: position.step + 1, globalStep: position.globalStep + 1 };
        running = { lossSum: running.lossSum + loss * indices.length, images: running.images + indices.length };
        report.step({ position, running, epochs }, indices.length, (performance.now() - startedAt) / 1000);
        if (writer?.busy === false && performance.now() - savedAt >= input.everySeconds * 1000) {
          await save();
          savedAt = performance.now();
        }
        await pause();
      }
      if (position.step < stepsPerEpoch) continue;

      const measured = await validateNow();
      const row = report.row(
        { position, running, epochs },
        measured,
        learningRate(schedule, length, position.globalStep - 1),
      );
      epochs = [...epochs, row];
      if (keepBest && measured && (best === null || isBetter(measured, best))) {
        best = { epoch, ...measured, parameters: await currentParameters() };
      }
      position = { epoch: epoch + 1, step: 0, globalStep: position.globalStep };
      running = nothingYet;
      await save();
      savedAt = performance.now();
      input.onEpoch(row);
    }
    // Ended within an epoch and nothing better is known: these are the parameters that are handed on.
    const last = best ?? (running.images > 0 ? await validateNow() : (epochs.at(-1)?.validation ?? null));
    await writer?.settle();
    const trained = best?.parameters ?? (await currentParameters());
    return {
      result: {
        name: stage.name,
        kind: stage.kind,
        epochs: [...epochs],
        bestEpoch: best?.epoch ?? epochs.length,
        validation: last && validation && { top1: last.top1, loss: last.loss, count: validation.features.count },
        seconds: report.seconds,
        ...verdict(stage.kind, incoming, epochs, ended),
        trainable: stage.kind === 'head' ? [] : stage.trainable,
        ended,
        imagesPerSecond: report.imagesPerSecond,
      },
      parameters: handedOn(model, input.parameters, trained),
    };
  } catch (error) {
    if (error instanceof GraftworkError && error.code === 'GW_PREEMPTED') await save();
    await writer?.settle();
    throw error;
  }
}

/** Trained parameters, and as they came the frozen statistics of the same stages. */
function handedOn(model: StageModel, incoming: NamedArrays, trained: NamedArrays): NamedArrays {
  const entries = model.handedOn.map(({ name }) => [name, trained.get(name) ?? incoming.get(name)] as const);
  return new Map(entries.flatMap(([name, array]) => (array ? [[name, array] as const] : [])));
}

function preempted(stage: string, { epoch, step }: TrainingState['position']): GraftworkError {
  return new GraftworkError('GW_PREEMPTED', `Training of ${stage} was stopped at epoch ${epoch}, step ${step}.`, {
    remedy: 'It goes on from its last checkpoint when it is started again.',
    retryable: true,
  });
}

function notFinite(stage: string, { epoch, step }: TrainingState['position'], rate: number): GraftworkError {
  return new GraftworkError(
    'GW_NOT_FINITE',
    `The loss of ${stage} became NaN or infinite at epoch ${epoch}, step ${step} (learning rate ${rate.toPrecision(3)}).`,
    { remedy: 'Lower its learningRate, or lengthen its warmupEpochs.' },
  );
}
