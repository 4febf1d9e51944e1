/** The training of one stage: the same loop for a head on pooled features and for fine-tuning from the cut. */
import { setImmediate } from 'node:timers/promises';
import { batchStart } from './batches.js';
import { GraftworkError } from '../../contracts/errors.js';
import { positionText } from '../../contracts/position.js';
import type { Divergence, StageResult } from '../../contracts/training.js';
import { drawMixing } from '../augmentation/mixing.js';
import { toArrays, type NamedArrays } from '../backbones/index.js';
import type { FeatureSource } from '../features/featureSource.js';
import { Optimizer } from '../optimizers/optimizer.js';
import { parameterGroups } from '../optimizers/parameterGroups.js';
import { isBetter } from '../metrics/bestEpoch.js';
import { permutation, randomBits } from '../random.js';
import { learningRate } from '../schedules/learningRate.js';
import type { Tensor, Tensor2D } from '../tensorflow.js';
import { CheckpointWriter } from './checkpointWriter.js';
import { notFinite } from './divergence.js';
import { outcomes } from './outcomes.js';
import { compare } from './pairedComparison.js';
import { prepareStage } from './prepareStage.js';
import { ProgressReport } from './progressReport.js';
import type { StageInput, StageOutput, TrainingState, Validation } from './stageInput.js';
import { StageModel } from './stageModel.js';
import { trainingBatch } from './trainingBatch.js';
import { trainingStep } from './trainingStep.js';
import { validate } from './validate.js';
import { hasStalled, stageVerdict, type Contest } from './verdict.js';

/**
 * Least time between the last checkpoint and one at an epoch's end, at most: packing and storing one costs some tenths of
 * a second of a core, too much for each of many short epochs (CheckFreq, Mohan et al., FAST 2021). Seconds.
 */
const leastApart = 7.5;

interface Batch {
  readonly indices: ReturnType<typeof permutation>;
  readonly views: ReturnType<typeof permutation>;
}

const unmixed = { mixup: 0, cutmix: 0 };
const nothingYet = { lossSum: 0, images: 0 };

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
  const { stage, train, validation, seed, mixing: mixed = unmixed } = input;
  const { batchSize, epochs: epochCount, schedule, keepBest, labelSmoothing, patience } = stage.training;
  const atOnce = Math.min(batchSize, input.atOnce ?? batchSize);
  const count = train.features.count;
  const stepsPerEpoch = Math.ceil(count / batchSize);
  const totalSteps = epochCount * stepsPerEpoch;

  const resumed = await input.checkpoints?.load();
  const report = new ProgressReport(input, totalSteps, resumed);
  let position = resumed?.position ?? { epoch: 1, step: 0, globalStep: 0 };
  const prepared = await prepareStage(input, resumed, atOnce, async () => {
    await setImmediate();
    report.preparing();
    if (input.signal.aborted) throw preempted(stage.name, position);
  });
  const { rangeTest } = prepared;
  const length = {
    peak: rangeTest?.learningRate ?? (stage.training.learningRate as number),
    warmupSteps: stage.training.warmupEpochs * stepsPerEpoch,
    totalSteps,
    stepsPerEpoch,
  };

  let running = resumed?.running ?? nothingYet;
  let epochs = resumed?.epochs ?? [];
  // Checkpoints of earlier versions may hold the incoming parameters as epoch 0.
  let best = resumed?.best?.epoch === 0 ? null : (resumed?.best ?? null);
  let incoming = resumed?.incoming ?? null;

  using model = new StageModel(stage, input.backbone, input.classes, prepared.parameters, input.featuresAfter);
  using optimizer = new Optimizer(
    stage.training.optimizer,
    parameterGroups(model.trainable, (spec) => model.rateFactor(spec)),
    resumed?.parameters ?? input.parameters,
    resumed?.optimizer,
  );
  const writer = input.checkpoints && new CheckpointWriter(input.checkpoints);

  const currentParameters = (): Promise<NamedArrays> => toArrays(model.trainable, optimizer.parameters);
  let savedAt = performance.now();
  const isDue = (seconds: number): boolean => writer !== null && performance.now() - savedAt >= seconds * 1000;
  const save = async (current?: NamedArrays): Promise<void> => {
    if (writer === null) return;
    savedAt = performance.now();
    const parameters = new Map([...(current ?? (await currentParameters())), ...prepared.adapted]);
    const seconds = report.seconds;
    writer.offer({
      position,
      running,
      epochs,
      best,
      incoming,
      parameters,
      optimizer: await optimizer.state(),
      rangeTest,
      seconds,
    });
  };
  /** Lets messages in and checkpoints out; the only place where training stops. */
  const pause = async (): Promise<void> => {
    await setImmediate();
    if (input.signal.aborted) throw preempted(stage.name, position);
  };
  const validateNow = async (network = model): Promise<Validation | null> => {
    if (!validation) return null;
    const logits = (batch: Tensor): Tensor2D => network.logits(optimizer.parameters, batch);
    return validate(validation, logits, atOnce, pause);
  };
  let divergence = null as Divergence | null;
  const divergedAt = (rate: number): Divergence => ({
    ...{ epoch: position.epoch, step: position.step },
    learningRate: rate,
  });
  /** Of the parameters as they are. The step that spoils them may be an epoch's last: no training loss has seen them yet. */
  const measure = async (rate: number): Promise<Validation | null> => {
    const measured = await validateNow();
    if (measured !== null && !Number.isFinite(measured.loss)) divergence = divergedAt(rate);
    return measured;
  };
  /** The same without a validation split, once training has ended: some of the pictures it was trained on tell it as well. */
  const look = async (rate: number): Promise<void> => {
    const { features } = train;
    const some: FeatureSource = {
      ...{ count: Math.min(count, atOnce), views: features.views, shape: features.shape },
      batch: (indices, views) => features.batch(indices, views),
      prefetch: (indices, views) => features.prefetch?.(indices, views),
    };
    const logits = (pictures: Tensor): Tensor2D => model.logits(optimizer.parameters, pictures);
    const { loss } = await validate({ ...train, features: some }, logits, atOnce, pause);
    if (Number.isFinite(loss)) return;
    const { epoch, step } = position;
    divergence = step > 0 ? divergedAt(rate) : { epoch: epoch - 1, step: stepsPerEpoch, learningRate: rate };
  };
  /** Uses the network as it came: another one only where statistics were adapted. */
  const asItCame = async <T>(use: (network: StageModel) => Promise<T>): Promise<T> => {
    if (prepared.adapted.size === 0) return use(model);
    using network = new StageModel(stage, input.backbone, input.classes, input.parameters, input.featuresAfter);
    return await use(network);
  };
  /** undefined where validation does not choose; null without an epoch to choose. */
  const contest = async (): Promise<Contest | null | undefined> => {
    if (stage.kind === 'head' || !incoming || !validation) return undefined;
    if (!best) return null;
    const before = await asItCame((network) => outcomes(validation, network, input.parameters, atOnce, pause));
    const after = await outcomes(validation, model, best.parameters, atOnce, pause);
    return { before: incoming, after: best, comparison: compare(before, after) };
  };
  // A head without one whole epoch would be no better than chance.
  const isToFinish = (): boolean => input.finish() && (stage.kind === 'fineTune' || epochs.length > 0);

  let ended: StageResult['ended'] = 'completed';
  try {
    // What the preparation found is not to be found twice.
    if (resumed === undefined && (rangeTest !== null || prepared.adapted.size > 0)) await save();
    if (stage.kind === 'fineTune' && keepBest && incoming === null) {
      incoming = await asItCame(validateNow);
      if (incoming !== null && !Number.isFinite(incoming.loss)) throw notFinite(stage.name, divergedAt(0));
    }
    while (position.epoch <= epochCount) {
      if (hasStalled(epochs, validation?.features.count ?? 0, patience)) ended = 'early-stopping';
      if (isToFinish()) ended = 'finished';
      if (divergence !== null) ended = 'diverged';
      if (ended !== 'completed') break;

      const { epoch } = position;
      const losses = epochs.map((row) => row.validation?.loss ?? row.loss);
      const order = permutation(count, seed, stage.name, 'order', epoch);
      /** A step's images with their views; none behind the epoch's end. */
      const batchAt = (step: number): Batch => {
        const indices = order.subarray(batchStart(step, count, batchSize), batchStart(step + 1, count, batchSize));
        // Each image goes through its views in turn, from a random one on: all are seen equally often.
        const views = indices.map((i) => (randomBits(seed, stage.name, 'view', i) + epoch) % train.features.views);
        train.features.prefetch?.(indices, views);
        return { indices, views };
      };
      let batch = batchAt(position.step);
      while (position.step < stepsPerEpoch && !isToFinish()) {
        const startedAt = performance.now();
        const rate = learningRate(schedule, length, position.globalStep, losses);
        const { indices, views } = batch;
        // Read while this step is computed.
        batch = batchAt(position.step + 1);
        const mixing = drawMixing(mixed, train.features.shape, seed, stage.name, epoch, position.step);
        const loss = await trainingStep(model, optimizer, {
          ...trainingBatch(train, indices, views, mixing),
          atOnce,
          labelSmoothing,
          rate,
          step: position.globalStep + 1,
        });
        if (!Number.isFinite(loss)) {
          divergence = divergedAt(rate);
          break;
        }

        position = { epoch, step: position.step + 1, globalStep: position.globalStep + 1 };
        running = { lossSum: running.lossSum + loss * indices.length, images: running.images + indices.length };
        report.step({ position, running, epochs }, indices.length, (performance.now() - startedAt) / 1000);
        if (isDue(input.everySeconds) && writer?.busy === false) await save();
        await pause();
      }
      if (position.step < stepsPerEpoch) continue;

      const lastRate = learningRate(schedule, length, position.globalStep - 1, losses);
      const measured = await measure(lastRate);
      if (divergence !== null) continue;
      const row = report.row({ position, running, epochs }, measured, lastRate);
      epochs = [...epochs, row];
      const improves =
        keepBest && measured && (best === null || isBetter(measured, best, validation?.features.count ?? 0));
      if (improves) best = { epoch, ...measured, parameters: await currentParameters() };
      position = { epoch: epoch + 1, step: 0, globalStep: position.globalStep };
      running = nothingYet;
      // Behind the last epoch little is left to be done again.
      const apart = epoch === epochCount ? 2 * leastApart : Math.min(leastApart, 0.75 * input.everySeconds);
      if (isDue(apart)) await save(improves ? best?.parameters : undefined);
      input.onEpoch(row);
    }
    // Ended within an epoch, and validation does not choose: these are the parameters that are handed on.
    const isWithin = running.images > 0 && divergence === null && !keepBest;
    const last = isWithin ? await measure(length.peak) : (epochs.at(-1)?.validation ?? null);
    if (!validation && divergence === null && position.globalStep > 0)
      await look(epochs.at(-1)?.learningRate ?? length.peak);
    if (divergence !== null) ended = 'diverged';
    if (divergence !== null && stage.kind === 'head' && best === null) throw notFinite(stage.name, divergence);
    const { kept, reason } = stageVerdict(stage.kind, await contest(), { ended, divergence, best });
    const measured = kept ? (best ?? last) : incoming;
    await writer?.settle();
    const trained = kept
      ? new Map([...(best?.parameters ?? (await currentParameters())), ...prepared.adapted])
      : new Map();
    return {
      result: {
        name: stage.name,
        kind: stage.kind,
        epochs: [...epochs],
        bestEpoch: kept ? (best?.epoch ?? epochs.length) : 0,
        validation: measured &&
          validation && { top1: measured.top1, loss: measured.loss, count: validation.features.count },
        seconds: report.seconds,
        kept,
        reason,
        trainable: stage.kind === 'head' ? [] : stage.trainable,
        ended,
        imagesPerSecond: report.imagesPerSecond,
        ...(rangeTest ? { rangeTest } : {}),
        ...(divergence ? { diverged: divergence } : {}),
      },
      parameters: model.handOn(input.parameters, trained),
    };
  } catch (error) {
    if (error instanceof GraftworkError && error.code === 'GW_PREEMPTED') await save();
    await writer?.settle();
    throw error;
  }
}

function preempted(stage: string, position: TrainingState['position']): GraftworkError {
  return new GraftworkError('GW_PREEMPTED', `Training of ${stage} was stopped ${positionText(position)}.`, {
    remedy: 'It goes on from its last checkpoint when it is started again.',
    retryable: true,
  });
}
