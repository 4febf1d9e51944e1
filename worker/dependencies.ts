/** What activities need, made once a process from its environment. */
import { resolve } from 'node:path';
import type { ActivityDependencies } from '../activities/dependencies.js';
import { parseEnvironment } from '../contracts/environment.js';
import { ContentCache } from '../storage/contentCache.js';
import { ObjectStore } from '../storage/objectStore.js';
import { createLogger } from './logger.js';

/** @throws GraftworkError GW_ENVIRONMENT_INVALID */
export function createDependencies(variables: NodeJS.ProcessEnv): ActivityDependencies {
  const environment = parseEnvironment(variables);
  const home = resolve(environment.GRAFTWORK_HOME);
  const store = new ObjectStore(environment.GRAFTWORK_BUCKET);
  const log = createLogger(environment.GRAFTWORK_LOG_LEVEL);
  return {
    store,
    cache: new ContentCache(store, resolve(home, 'cache'), {
      warn: (fields, message) => log.warn(fields, message),
    }),
    home,
    log,
  };
}
