/** Low-rank adapters (LoRA, Hu et al. 2021): which linear layers of a step have one, and how large they are. */
import { z } from 'zod';
import { positiveInteger } from '../ranges.js';

/** What stands for every linear layer, as in peft. */
export const allLinear = 'all-linear';

const layerName = z.string().min(1);

export const adapterSchema = z.strictObject({
  /**
   * Adapters that train instead of the backbone's own parameters (LoRA, Hu et al. 2021). Each adds the product of two small matrices to
   * a linear layer. Checkpoints hold these matrices alone; the registered model has them merged into its weights. Unless the spec
   * says otherwise, such a step has `unfreeze: all` and, with AdamW, the rate 0.0005. Default: no adapters.
   */
  kind: z.literal('lora'),
  /** Rank of the product that an adapter adds. */
  rank: positiveInteger.max(1024).default(8),
  /** Factor of the product, times the rank: it is multiplied by `alpha / rank`. So other ranks need no other rate. */
  alpha: z.number().positive().max(4096).default(16),
  /**
   * Linear layers that have an adapter, among the stages that `unfreeze` names. A layer is named as in peft, by the end of its torch name:
   * `qkv`, `proj`, `mlp.fc1`. `all-linear`: each of them. Default: `qkv` and `proj`; in networks without attention, `all-linear`.
   */
  targets: z.union([layerName, z.array(layerName).min(1)]).optional(),
});
export type AdapterSpec = z.infer<typeof adapterSchema>;

/**
 * Adapters need more than ten times the rate of the weights themselves. This one is that of RoBERTa base with rank 8 and batches of 16
 * and 32 (Hu et al. 2021, table 9). With a ViT-S, three times this rate was better on one of two sets and worse on the other, and ten
 * times ended at chance (docs/benchmarks.md).
 */
const adamwRate = 5e-4;

/** What the rate and the stages of a step depend on. */
interface Step {
  optimizer: { kind: string };
  learningRate: unknown;
  unfreeze: unknown;
  gradual?: boolean | undefined;
}

/** The recipe's step, as one with adapters has it: adapters go into all stages, as in the paper, and learn at their own rate. */
export function adapterStep<S extends Step>(
  recipe: S,
  { adapter, optimizer }: { adapter?: unknown; optimizer?: { kind?: string | undefined } | undefined },
): S {
  if (adapter === undefined) return recipe;
  const isAdamw = (optimizer?.kind ?? recipe.optimizer.kind) === 'adamw';
  return {
    ...recipe,
    ...(isAdamw ? { learningRate: adamwRate } : {}),
    ...(recipe.gradual === true ? {} : { unfreeze: 'all' }),
  };
}
