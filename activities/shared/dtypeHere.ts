/** The number format of a plan, where its networks run. */
import { dtypeOf, type ComputeDtype } from '../../contracts/spec/computeSpec.js';
import { GraftworkError } from '../../contracts/errors.js';
import type { RunSpec } from '../../contracts/spec/runSpec.js';
import { hasBfloat16 } from '../../learning/graphs/processor.js';

/**
 * What a plan computes in. Never another type than its keys name: a worker that does not have it computes nothing.
 *
 * @throws GraftworkError GW_SPEC_INVALID for `bfloat16` on a processor without it, or on a GPU
 */
export function dtypeHere(spec: Pick<RunSpec, 'compute'>): ComputeDtype {
  const dtype = dtypeOf(spec);
  if (dtype === 'float32' || hasBfloat16()) return dtype;
  throw new GraftworkError(
    'GW_SPEC_INVALID',
    'compute.dtype: a worker of the gpu pool cannot compute in bfloat16. Its processor has neither avx512_bf16 nor AMX, or it uses a GPU.',
    {
      remedy:
        'Leave compute.dtype out, or run all workers of the gpu pool without a GPU on processors that have one of them.',
    },
  );
}
