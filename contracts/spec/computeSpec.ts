/** The number format that a run's networks compute in. */
import { z } from 'zod';

export const computeDtypeSchema = z.enum(['float32', 'bfloat16']);
export type ComputeDtype = z.infer<typeof computeDtypeSchema>;

export const computeSpecSchema = z.strictObject({
  /**
   * Number format of convolutions in features, and of dense convolutions in fine-tuning. `bfloat16` needs a processor with `avx512_bf16` or
   * AMX, without a GPU, in the gpu pool. `auto`: `bfloat16` if the worker that is asked has it. Other workers then round to it, which takes
   * them longer. Everything else is `float32`, evaluation as well.
   */
  dtype: z.enum([...computeDtypeSchema.options, 'auto']),
});
export type ComputeSpec = z.infer<typeof computeSpecSchema>;

/** What a plan computes in. It never has `auto`: the run chooses before it plans. */
export function dtypeOf({ compute }: { compute?: ComputeSpec | undefined }): ComputeDtype {
  return compute?.dtype === 'bfloat16' ? 'bfloat16' : 'float32';
}

/**
 * What a content key says of it. Float32 is not written down: it was the only type before there was a choice. The number is
 * raised when other operations become `bfloat16`.
 */
export function computedIn(spec: { compute?: ComputeSpec | undefined }): { computed?: string } {
  const computed = dtypeOf(spec);
  return computed === 'float32' ? {} : { computed: `${computed}/2` };
}
