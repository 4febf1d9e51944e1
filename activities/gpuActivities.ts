/** Activities of the gpu pool: each hands its job to an engine process. */
import { activityTable, type ActivityName, type GpuActivities } from '../contracts/activities/activities.js';
import type { Engine, EngineJobName } from './shared/engine.js';
import { offered } from './shared/offered.js';

export function createGpuActivities({ engine }: { engine: Engine }): GpuActivities {
  const names = (Object.keys(activityTable) as ActivityName[]).filter(isEngineJob);
  return offered(
    names,
    (job) => (input, caller, callbacks) => engine.run(job, input, caller, callbacks),
  ) as GpuActivities;
}

function isEngineJob(name: ActivityName): name is EngineJobName {
  return activityTable[name].timeouts === 'engine';
}
