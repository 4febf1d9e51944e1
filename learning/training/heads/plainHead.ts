/** A head trained on cached features only to be judged: nothing is stored, and no epoch is chosen. */
import type { MixingSettings } from '../../../contracts/spec/stages/augmentationSpec.js';
import { GraftworkError } from '../../../contracts/errors.js';
import type { HeadSpec } from '../../../contracts/spec/stages/stageSpec.js';
import type { Backbone } from '../../backbones/index.js';
import { initialHead } from './initialHead.js';
import type { LabelledFeatures } from '../stage/stageInput.js';
import { trainStage } from '../trainStage.js';

export interface PlainHeadTraining {
  backbone: Backbone;
  classes: number;
  head: HeadSpec;
  /** Pooled features. */
  train: LabelledFeatures;
  seed: number;
  /** @default none */
  mixing?: MixingSettings;
  /** Called for each step, with its images. */
  onStep?: (images: number) => void;
  signal: AbortSignal;
}

export interface PlainHead {
  /** [classes, channels] */
  weight: Float32Array;
  /** [classes] */
  bias: Float32Array;
}

/** @returns undefined where training diverged. @throws GW_PREEMPTED when the signal is aborted */
export async function trainPlainHead(training: PlainHeadTraining): Promise<PlainHead | undefined> {
  const { backbone, classes, head, train, seed, mixing, onStep, signal } = training;
  const output = await trainStage({
    // Validation judges; it must not choose the epoch as well.
    stage: { kind: 'head', name: 'head', training: { ...head, keepBest: false, patience: null } },
    ...{ backbone, classes, train, seed, signal },
    ...(mixing === undefined ? {} : { mixing }),
    ...(onStep === undefined ? {} : { onStep }),
    parameters: initialHead(backbone, classes),
    featuresAfter: null,
    validation: null,
    checkpoints: null,
    everySeconds: Infinity,
    onProgress: () => undefined,
    onEpoch: () => undefined,
    finish: () => false,
  }).catch(undefinedIfDiverged);
  if (output === undefined) return undefined;
  const part = (name: string): Float32Array =>
    output.parameters.get(`${backbone.classifierName}.${name}`)?.data as Float32Array;
  return { weight: part('weight'), bias: part('bias') };
}

function undefinedIfDiverged(thrown: unknown): undefined {
  if (thrown instanceof GraftworkError && thrown.code === 'GW_NOT_FINITE') return undefined;
  throw thrown;
}
