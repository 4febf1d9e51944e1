/** How a stage trains: the head alone, or the head and a part of the backbone. */
import { z } from 'zod';
import { adapterSchema } from './adapterSpec.js';
import { positiveInteger } from '../ranges.js';
import { balancingSchema } from './imbalance.js';
import { optimizerSchema } from './optimizerSpec.js';
import { scheduleSchema } from '../scheduleSpec.js';
import { multiLabelLossSchema } from '../task.js';

const epochs = positiveInteger.max(10_000);

const trainingFields = {
  /** Passes of the stage over all training images. */
  epochs,
  /** Images in each step, which averages its gradient over them. */
  batchSize: positiveInteger.max(4096),
  optimizer: optimizerSchema,
  /** Peak rate of the head's parameters. `auto`: the rate that a range test on the cached features proposes. */
  learningRate: z.union([z.number().positive().max(100), z.literal('auto')], {
    error: 'expected auto, or a number of more than 0 and at most 100',
  }),
  schedule: scheduleSchema,
  /**
   * Length of the linear warm-up from 0 to the peak, in epochs. Fractions are allowed. It takes at most half of the
   * stage's steps.
   */
  warmupEpochs: z.number().min(0),
  /** Share of each label that is spread over all classes (Szegedy et al. 2016). `0`: no smoothing. */
  labelSmoothing: z.number().min(0).lt(1),
  /**
   * What the stage does about classes of very different size. `class-weights`: each picture counts as much as its class is rare.
   * `balanced-sampling`: an epoch has as many pictures of each class. `logit-adjustment`: the loss adds the logarithm of each class's
   * share to its logit (Menon et al. 2021). `focal`: pictures that are recognised count less (Lin et al. 2017). Default: nothing.
   */
  imbalance: balancingSchema.optional(),
  /**
   * Loss of a multi-label task. `binary-cross-entropy`: each label is a question of its own. `asymmetric`: labels that a picture does
   * not have count less the surer the network is of that (Ridnik et al. 2021). Default: `binary-cross-entropy`.
   */
  loss: multiLabelLossSchema.optional(),
  /** Epochs without better validation after which the stage ends. `null`: no early end. */
  patience: positiveInteger.nullable(),
  /**
   * Whether the stage keeps the epoch that validation favours. The loss decides, unless top-1 differs by more than
   * chance. `false`: the last epoch, as in the tutorial.
   */
  keepBest: z.boolean(),
};

export const headSpecSchema = z.strictObject({
  ...trainingFields,
  /**
   * Whether the classifier starts with the source's own rows for the classes that both have. The source must be a
   * registered model. Default: `false`, a new classifier.
   */
  reuseRows: z.boolean().optional(),
});
export type HeadSpec = z.infer<typeof headSpecSchema>;

export const fineTuneSpecSchema = z.strictObject({
  ...trainingFields,
  /**
   * Passes of the step over all training images. `auto`: as many as 250 steps take, at least 8 and at most 32. A step that trains
   * once more (`refit`) is first tried for a third of them.
   */
  epochs: z.union([epochs, z.literal('auto')], { error: 'expected auto, or a whole number of 1 to 10000' }),
  /**
   * Whether an epoch of 8 full batches or more leaves out the images behind the last of them. They are others in each epoch. So all
   * batches are of one size, and one graph serves them all. Default: `false`.
   */
  dropLast: z.boolean().optional(),
  /**
   * Whether validation decides what the step keeps. It is the last epoch, unless validation shows that the step does harm; then
   * it is the best epoch, or nothing. `false`: the last epoch in any case.
   */
  keepBest: z.boolean(),
  /**
   * Part of the backbone that trains with the head. `default`: the backbone's own usual suffix; `last`: its last stage;
   * `half`: its upper half; `all`: every stage but the first. The name of a stage (`layer4`) means that stage and
   * everything above it. Torch names of modules and parameters, also with `*`, mean only these: `layer4.2`,
   * `features.24-30`, `Mixed_7`, `*.conv3.weight`.
   */
  unfreeze: z.union([z.enum(['default', 'last', 'half', 'all']), z.string().min(1), z.array(z.string().min(1)).min(1)]),
  /**
   * Whether to unfreeze one stage more at a time, from the top down, each in a step of its own (ULMFiT). Default:
   * `false`.
   */
  gradual: z.boolean().optional(),
  adapter: adapterSchema.optional(),
  /**
   * Statistics of batch normalisation in the stages that train. `frozen`: those of the source. `adapt`: measured on the
   * training images before the step begins, and frozen from then on (AdaBN, Li et al. 2016). Default: `frozen`.
   */
  batchNorm: z.enum(['frozen', 'adapt']).optional(),
  /** Rate of the unfrozen backbone parameters, as a share of `learningRate`. */
  backboneRateFactor: z.number().positive().max(1),
  /**
   * Further factor of the rate for each stage further from the head (discriminative rates, ULMFiT, Howard & Ruder
   * 2018). `1`: the same rate for all.
   */
  stageRateDecay: z.number().positive().max(1),
  /**
   * Layer-wise rate decay: factor of the rate for each layer further from the head (BEiT, Bao et al. 2021). A layer is a
   * residual block. So a transformer's last block learns at `layerDecay` times the head's rate, the one before it at its
   * square. `1`: the same rate for all. Default: the backbone's own in the recipe `default`, else `1`.
   */
  layerDecay: z.number().positive().max(1).optional(),
  /**
   * Drop path: probability that a step leaves out a residual branch of a picture (stochastic depth, Huang et al. 2016). It rises from 0 in
   * the network's first block to this in its last, and acts on blocks that train. `0`: nothing is left out. Default: the
   * backbone's own in the recipe `default`, else `0`.
   */
  dropPath: z.number().min(0).lt(1).optional(),
  /**
   * Largest norm of a step's gradient, of all parameters together. A longer gradient is scaled down to it (Pascanu et al. 2013).
   * `null`: no limit. Default: the backbone's own in the recipe `default`, else none.
   */
  clipNorm: z.number().positive().nullable().optional(),
});
export type FineTuneSpec = z.infer<typeof fineTuneSpecSchema>;

/** A step whose length is known. */
export const fineTuneTrainingSchema = fineTuneSpecSchema.extend({ epochs });
export type FineTuneTraining = z.infer<typeof fineTuneTrainingSchema>;
