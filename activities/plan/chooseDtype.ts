/** `compute.dtype` of a run, decided once, by a process that will compute. */
import type { ChooseDtypeInput, ChooseDtypeOutput } from '../../contracts/activities/trainingActivities.js';
import { GraftworkError } from '../../contracts/errors.js';
import { hasBfloat16 } from '../../learning/graphs/processor.js';
import type { ActivityDependencies } from '../shared/dependencies.js';

/** @throws GraftworkError GW_SPEC_INVALID for `bfloat16` on a processor without it, or on a GPU: it would only cost time */
export function chooseDtype(
  { log }: Pick<ActivityDependencies, 'log'>,
  { dtype: asked }: ChooseDtypeInput,
): Promise<ChooseDtypeOutput> {
  if (asked === 'bfloat16' && !hasBfloat16()) throw unavailable();
  const best = hasBfloat16() ? 'bfloat16' : 'float32';
  const dtype = asked === 'auto' ? best : asked;
  log.info({ asked, dtype }, 'the number format of the run is chosen');
  return Promise.resolve(dtype);
}

function unavailable(): GraftworkError {
  return new GraftworkError(
    'GW_SPEC_INVALID',
    'compute.dtype: a worker of the gpu pool cannot compute in bfloat16. Its processor has neither avx512_bf16 nor AMX, or it uses a GPU.',
    { remedy: 'Leave compute.dtype out: the run then takes bfloat16 where a worker has it.' },
  );
}
