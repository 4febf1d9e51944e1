/** What activities need, made once a process from its environment. */
import { resolve } from 'node:path';
import type { ActivityDependencies } from '../activities/shared/dependencies.js';
import { parseEnvironment } from '../contracts/environment.js';
import type { Measure } from '../contracts/metrics.js';
import { ContentCache } from '../storage/cache/contentCache.js';
import { ObjectStore } from '../storage/objects/objectStore.js';
import { s3Connection } from '../storage/s3/s3Connection.js';
import { createLogger } from './logger.js';

/**
 * Milliseconds a worker waits for a store that is away before it gives the activity back to Temporal, which tries again for
 * as long as it takes: what the activity has in memory is worth more than a slot.
 */
const patience = 300_000;

/**
 * @param measure where measurements go
 * @throws GraftworkError GW_ENVIRONMENT_INVALID
 */
export function createDependencies(variables: NodeJS.ProcessEnv, measure: Measure): ActivityDependencies {
  const environment = parseEnvironment(variables);
  const home = resolve(environment.GRAFTWORK_HOME);
  const gibibytes = environment.GRAFTWORK_CACHE_GIB;
  const log = createLogger(environment.GRAFTWORK_LOG_LEVEL);
  const warn = (fields: Record<string, unknown>, message: string): void => log.warn(fields, message);
  const store = new ObjectStore(environment.GRAFTWORK_BUCKET, s3Connection(), { limit: patience, warn });
  return {
    store,
    cache: new ContentCache(store, resolve(home, 'cache'), {
      warn,
      // The first part of a key is one of few (contracts/objectKeys.ts).
      onRead: (key, local) =>
        measure('cacheReads', 1, { kind: key.split('/', 1)[0] ?? '', outcome: local ? 'hit' : 'miss' }),
      ...(gibibytes === undefined ? {} : { budget: gibibytes * 1024 ** 3 }),
    }),
    home,
    log,
    measure,
  };
}
