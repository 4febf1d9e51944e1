/** Options of the library, besides the spec. */
import type { Pool } from '../../contracts/names.js';
import type { UserSpec } from '../../contracts/spec/runSpec.js';
import type { UploadedFolder, UploadProgress } from '../folders/uploadFolder.js';

export interface ConnectOptions {
  /** Graftwork's own folder. @default GRAFTWORK_HOME, else `.graftwork` in the checkout; for an installed package in the working folder */
  home?: string;
}

export interface TrainOptions {
  /** Any part of a run spec. The source sets `dataset.uri`. */
  spec?: UserSpec;
  /** Id of the run. @default train-<model>-<time>-<random> */
  id?: string;
  onUploadProgress?: (progress: UploadProgress) => void;
  /** Called once the source is in object storage. The argument is undefined if the source was already there. */
  onUploaded?: (upload: UploadedFolder | undefined) => void;
  /** Stops the upload. `RunHandle.cancel()` stops a run that has started. */
  signal?: AbortSignal;
}

export interface RankOptions extends Omit<TrainOptions, 'id'> {
  /** Further sources to rank: `name`, `name=<weights>`, `owner/checkpoint` or `model:name@version`. */
  sources?: readonly string[];
  /** Whether to rank only the named sources. @default false */
  only?: boolean;
  /** Largest number of training pictures to look at. @default 1000 */
  sample?: number;
  /** Time that training may take, in seconds. @default no limit */
  budget?: number;
}

/** Price of an hour of one worker of a pool, in whatever currency the person has in mind. */
export type Prices = Partial<Record<'cpu' | 'gpu', number>>;

export interface ReportOptions {
  /** Run to compare with, picture by picture. */
  compareWith?: string;
  /** Price per hour of one worker of each pool, ≥ 0, in one currency. @default the report shows time only */
  pricePerHour?: Prices;
}

export interface GarbageCollection {
  keepDays?: number;
  dryRun?: boolean;
}

export interface ServiceStatus {
  temporal: { address: string; namespace: string };
  /** Base address of the Temporal UI. null when it is not known. */
  ui: string | null;
  s3: { endpoint: string; bucket: string; bucketExists: boolean };
  /** Number of processes that polled each pool's queue in the last minutes. */
  workers: Record<Pool, number>;
}
