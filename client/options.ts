/** What may be asked of the library, beside the spec. */
import type { Pool } from '../contracts/names.js';
import type { UserSpec } from '../contracts/runSpec.js';
import type { Prices } from './report/timing.js';
import type { UploadedFolder, UploadProgress } from './uploadFolder.js';

export interface ConnectOptions {
  /** Graftwork's own folder. @default GRAFTWORK_HOME, else `.graftwork` of the checkout; installed: of the working folder */
  home?: string;
}

export interface TrainOptions {
  /** Any part of a run spec. `dataset.uri` is set from the source. */
  spec?: UserSpec;
  /** The run's id. @default train-<model>-<time>-<random> */
  id?: string;
  onUploadProgress?: (progress: UploadProgress) => void;
  /** Called once the source is in object storage; with undefined when it was there to begin with. */
  onUploaded?: (upload: UploadedFolder | undefined) => void;
  /** Stops the upload. A run that has started is stopped by `RunHandle.cancel()`. */
  signal?: AbortSignal;
}

export interface RankOptions extends Omit<TrainOptions, 'id'> {
  /** `name`, `name=<weights>` or `model:name@version`, ranked beside those whose weights are there. */
  sources?: readonly string[];
  /** Rank the named sources and no others. @default false */
  only?: boolean;
  /** Training pictures to look at, at most. @default 1000 */
  sample?: number;
  /** Seconds that training may take. @default any */
  budget?: number;
}

export interface ReportOptions {
  /** The run to set beside it, picture by picture. */
  compareWith?: string;
  /** Price of an hour of one worker of each pool, ≥ 0, in one currency. @default only time is shown */
  pricePerHour?: Prices;
}

export interface GarbageCollection {
  keepDays?: number;
  dryRun?: boolean;
}

export interface ServiceStatus {
  temporal: { address: string; namespace: string };
  /** Base address of the Temporal UI, when it is known. */
  ui: string | null;
  s3: { endpoint: string; bucket: string; bucketExists: boolean };
  /** Processes that polled each pool's queue in the last minutes. */
  workers: Record<Pool, number>;
}
