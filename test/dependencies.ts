/** What activities need, in front of a test's own S3 server, with a log that can be asked what it was told. */
import { join } from 'node:path';
import type { ActivityDependencies } from '../activities/dependencies.js';
import { checkout } from '../infra/stack/checkout.js';
import { ContentCache, type ContentCacheOptions } from '../storage/contentCache.js';
import type { ObjectStore } from '../storage/objectStore.js';

export interface TestDependencies extends ActivityDependencies {
  /** Warnings so far, oldest first. */
  warnings: { fields: Record<string, unknown>; message: string }[];
}

/**
 * @param folder of the cache on local disk; another one is another machine
 * @param home where weights are found @default the checkout's own
 */
export function dependenciesFor(
  store: ObjectStore,
  folder: string,
  home = join(checkout, '.graftwork'),
  cache: ContentCacheOptions = {},
): TestDependencies {
  const warnings: TestDependencies['warnings'] = [];
  const warn = (fields: Record<string, unknown>, message: string): void => void warnings.push({ fields, message });
  return {
    store,
    cache: new ContentCache(store, folder, { warn, ...cache }),
    home,
    log: { info: () => undefined, warn },
    measure: () => undefined,
    warnings,
  };
}
