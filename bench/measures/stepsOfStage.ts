/** Training steps of one stage on features that are always the same. */
import type { ComputeDtype } from '../../contracts/spec/computeSpec.js';
import type { StagePlan } from '../../contracts/spec/plan.js';
import type { Backbone, NamedArrays } from '../../learning/backbones/index.js';
import { Optimizer } from '../../learning/optimizers/optimizer.js';
import { parameterGroups } from '../../learning/optimizers/parameterGroups.js';
import type { Tensor } from '../../learning/tensorflow.js';
import { examplesInPass } from '../../learning/training/stage/examplesInPass.js';
import { StageModel } from '../../learning/training/stage/stageModel.js';
import { TrainingSteps } from '../../learning/training/step/trainingStep.js';

/** @returns seconds */
export async function timed(step: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await step();
  return (performance.now() - began) / 1000;
}

interface Given {
  parameters: NamedArrays;
  /** [batch, ...]; they go through as in a run. */
  features: Tensor;
  /** Stage that gives them; null: the pooled ones. */
  cut: string | null;
  classes: number;
  dtype: ComputeDtype;
}

/** @param use what is to be done with a step, which takes so many seconds */
export async function withSteps(
  backbone: Backbone,
  stage: StagePlan,
  { parameters, features, cut, classes, dtype }: Given,
  use: (step: () => Promise<number>) => Promise<void>,
): Promise<void> {
  using model = new StageModel(stage, backbone, classes, parameters, cut);
  using optimizer = new Optimizer(
    stage.training.optimizer,
    parameterGroups(model.trainable, (spec) => model.rateFactor(spec)),
    parameters,
    undefined,
    { steps: Infinity },
  );
  using steps = new TrainingSteps(model, optimizer, () => Infinity, dtype);
  const [batch = 0, ...shape] = features.shape;
  const atOnce = examplesInPass({ stage, backbone, featuresAfter: cut, shape }, batch);
  const labels = Array.from({ length: batch }, (_, index) => index % classes);
  let count = 0;
  await use(() =>
    timed(() =>
      steps.take({
        labels,
        features: (from, to) => Promise.resolve(features.slice(from, to - from)),
        ...{ atOnce, labelSmoothing: 0, rate: 1e-6, step: ++count },
      }),
    ),
  );
}
