/** `compute.dtype` of a run, decided once, by a process that will compute. */
import type { ChooseDtypeInput, ChooseDtypeOutput } from '../../contracts/activities/trainingActivities.js';
import { hasBfloat16 } from '../../learning/graphs/processor.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import { dtypeHere } from '../shared/dtypeHere.js';

/** @throws GraftworkError GW_SPEC_INVALID for `bfloat16` on a processor without it */
export function chooseDtype(
  { log }: Pick<ActivityDependencies, 'log'>,
  compute: ChooseDtypeInput,
): Promise<ChooseDtypeOutput> {
  const dtype = dtypeHere({ compute: compute.dtype === 'auto' && hasBfloat16() ? { dtype: 'bfloat16' } : compute });
  log.info({ asked: compute.dtype, dtype }, 'the number format of the run is chosen');
  return Promise.resolve(dtype);
}
