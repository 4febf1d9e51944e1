/** What activities work with; made by the worker. */
import type { Measure } from '../../contracts/metrics.js';
import type { ContentCache } from '../../storage/cache/contentCache.js';
import type { LeaseTimes } from '../../storage/checkpoints/leaseSeen.js';
import type { ObjectStore } from '../../storage/objects/objectStore.js';

/** The part of a structured logger that activities use. */
export interface Log {
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
}

export interface ActivityDependencies {
  /** The project's bucket. */
  store: ObjectStore;
  /** Its content-addressed objects, with a copy on local disk. */
  cache: ContentCache;
  /** Local folder for weights and caches. */
  home: string;
  log: Log;
  measure: Measure;
  /** How long other trainers of the same stage are waited for. @default see there */
  leaseTimes?: LeaseTimes;
}
