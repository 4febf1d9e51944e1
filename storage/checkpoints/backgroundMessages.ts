/** What a process and its thread that writes beside it say to each other. */
import type { SerializedError } from '../../contracts/errors.js';
import type { CheckpointManifest } from '../../contracts/spec/stages/training.js';
import type { WrittenManifest } from './leaseKeeper.js';
import type { PutOptions } from '../s3/objectFacts.js';

/** Of the bucket's objects, or of a lease that the thread keeps, by the number its holder gave it. */
export type BackgroundWork =
  | { do: 'put'; bucket: string; key: string; bytes: Uint8Array; options: PutOptions }
  | { do: 'delete'; bucket: string; key: string }
  | { do: 'keep'; bucket: string; lease: number; written: WrittenManifest; beatEvery: number }
  | { do: 'write'; lease: number; manifest: CheckpointManifest }
  | { do: 'let go'; lease: number };

export type BackgroundRequest = BackgroundWork & { id: number };

export interface BackgroundAnswer {
  id: number;
  etag?: string;
  error?: SerializedError;
}

/** Unasked: another attempt has the lease now. */
export interface LeaseLost {
  lost: number;
  error: SerializedError;
}
