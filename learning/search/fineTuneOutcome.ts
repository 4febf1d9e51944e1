/** One short fine-tune on cached activations, and what its network makes of each validation picture. */
import { setImmediate } from 'node:timers/promises';
import type { StagePlan } from '../../contracts/spec/plan.js';
import { toTensors, type NamedArrays } from '../backbones/index.js';
import { tf } from '../tensorflow.js';
import type { LabelledFeatures, StageInput } from '../training/index.js';
import { outcomes } from '../training/judging/outcomes.js';
import { unlessDiverged, type Outcomes } from '../training/judging/pairedComparison.js';
import { withInitialAdapters, withTrained } from '../training/stage/stageAdapters.js';
import { StageModel } from '../training/stage/stageModel.js';
import { trainStage } from '../training/trainStage.js';

export interface FineTuneTrial extends Pick<
  StageInput,
  | 'backbone'
  | 'classes'
  | 'parameters'
  | 'featuresAfter'
  | 'train'
  | 'seed'
  | 'mixing'
  | 'atOnce'
  | 'dtype'
  | 'onStep'
  | 'signal'
> {
  stage: Extract<StagePlan, { kind: 'fineTune' }>;
  validation: LabelledFeatures;
  onProgress: StageInput['onProgress'];
}

/** @returns undefined for a training that diverged, be it by its last step. @throws GW_PREEMPTED when the signal is aborted */
export async function fineTuneOutcome({ validation, ...trial }: FineTuneTrial): Promise<Outcomes | undefined> {
  const { stage, backbone, classes, featuresAfter, signal, seed } = trial;
  const trained = await fineTuned(trial);
  if (trained === undefined) return undefined;
  // Those that were trained are part of the weights now.
  const { parameters } = withInitialAdapters({ stage, backbone, parameters: trained, seed });
  using model = new StageModel(stage, backbone, classes, parameters, featuresAfter);
  const atOnce = trial.atOnce ?? stage.training.batchSize;
  const found = await outcomes(validation, model, parameters, atOnce, async () => {
    await setImmediate();
    signal.throwIfAborted();
  });
  return unlessDiverged(found);
}

/** Logits of the validation pictures, row-major [pictures, classes]. @throws GW_PREEMPTED when the signal is aborted */
export async function networkLogits(
  { stage, backbone, classes, featuresAfter, signal, seed, validation: { features }, atOnce }: FineTuneTrial,
  trained: NamedArrays,
): Promise<Float32Array> {
  // Those that were trained are part of the weights now.
  const { parameters } = withInitialAdapters({ stage, backbone, parameters: trained, seed });
  using model = new StageModel(stage, backbone, classes, parameters, featuresAfter);
  const tensors = toTensors(model.trainable, parameters);
  const found = new Float32Array(features.count * classes);
  const size = atOnce ?? stage.training.batchSize;
  try {
    for (let start = 0; start < features.count; start += size) {
      const indices = Array.from({ length: Math.min(size, features.count - start) }, (_, at) => start + at);
      const batch = await features.batch(indices, new Uint8Array(indices.length));
      const logits = tf.tidy(() => model.logits(tensors, batch));
      found.set(logits.dataSync<'float32'>(), start * classes);
      tf.dispose([batch, logits]);
      await setImmediate();
      signal.throwIfAborted();
    }
  } finally {
    tf.dispose(tensors);
  }
  return found;
}

/** @returns the whole network after the step; undefined where training diverged. @throws GW_PREEMPTED when the signal is aborted */
export async function fineTuned({
  stage,
  ...training
}: Omit<FineTuneTrial, 'validation'>): Promise<NamedArrays | undefined> {
  const { result, parameters } = await trainStage({
    ...training,
    // All trials are judged after the same number of steps, whichever epoch was the best.
    stage: { ...stage, training: { ...stage.training, keepBest: false, patience: null } },
    validation: null,
    checkpoints: null,
    everySeconds: Infinity,
    onEpoch: () => undefined,
    finish: () => false,
  });
  return result.ended === 'diverged' ? undefined : withTrained(training.parameters, stage, parameters);
}
