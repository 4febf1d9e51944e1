/** Before a worker takes its first task: whether the store honours the conditions that keep two attempts apart. */
import type { Log } from '../activities/shared/dependencies.js';
import type { ObjectStore } from '../storage/objects/objectStore.js';
import { probeConditions } from '../storage/probe/probeConditions.js';
import { probeRights, unfitStore } from '../storage/probe/unfitStore.js';

/**
 * Waits for a store that is away for as long as it takes: a worker without a store has nothing to do.
 * @throws GraftworkError GW_S3_UNFIT naming what the store lacks; GW_S3_… when it does not answer to these credentials
 */
export async function checkStore(store: ObjectStore, log: Log): Promise<void> {
  const warn = (fields: Record<string, unknown>, message: string): void => log.warn(fields, message);
  const result = await probeConditions(store, { limit: Infinity, warn });
  switch (result.state) {
    case 'fit':
      return;
    case 'unfit':
      throw unfitStore(store, result.lacks);
    case 'denied':
      log.warn(
        { reason: result.reason, remedy: probeRights },
        'this role may not probe the object store, so it is unknown whether the store honours conditional writes',
      );
  }
}
