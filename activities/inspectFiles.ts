/** Looks into every file of a source, once for each content it ever had. */
import pMap from 'p-map';
import { z } from 'zod';
import { quarantineReasons } from '../contracts/dataset.js';
import { GraftworkError } from '../contracts/errors.js';
import { inspectImage } from '../learning/images/inspectImage.js';
import type { InspectionLimits } from '../learning/images/inspectImage.js';
import { sha256 } from '../storage/contentKey.js';
import type { ObjectStore } from '../storage/objectStore.js';
import type { SourceFile } from './datasetSource.js';
import type { ActivityDependencies } from './dependencies.js';
import { whyLost } from './lostObject.js';

const digest = z.string().regex(/^[0-9a-f]{64}$/);

const inspectedSchema = z.strictObject({
  bucket: z.string(),
  key: z.string(),
  etag: z.string(),
  bytes: z.number().int(),
  result: z.discriminatedUnion('usable', [
    z.strictObject({
      usable: z.literal(true),
      sha256: digest,
      width: z.number().int(),
      height: z.number().int(),
      perceptualHash: z.string(),
    }),
    z.strictObject({ usable: z.literal(false), reason: z.enum(quarantineReasons), detail: z.string() }),
  ]),
});
export type Inspected = z.infer<typeof inspectedSchema>;

/** The object that remembers. */
const memorySchema = z.strictObject({ format: z.literal(1), files: z.array(inspectedSchema) });

/** Downloads at a time: enough to hide the store's latency; decoding is bounded by the threads of libvips. */
const atOnce = 16;
/** A killed ingest loses no more than the work of this many milliseconds. */
const saveEvery = 20_000;

export interface InspectCallbacks {
  /** @param done of the files so far; `fresh` of them were really read */
  inspected: (done: number, fresh: number) => void;
  signal: AbortSignal;
}

/**
 * @param memory key of the object that remembers earlier inspections with the same limits
 * @returns results in the order of the files
 * @throws GraftworkError GW_CONFLICT (worth trying again) when an object changes between listing and reading
 */
export async function inspectFiles(
  { store, log }: Pick<ActivityDependencies, 'store' | 'log'>,
  files: readonly SourceFile[],
  limits: InspectionLimits,
  memory: string,
  { inspected, signal }: InspectCallbacks,
): Promise<Inspected[]> {
  const known = await recall({ store, log }, memory);
  const results = files.map((file) => known.get(identity(file)));
  const missing = [...files.entries()].filter(([index]) => results[index] === undefined);
  let done = files.length - missing.length;
  let fresh = 0;
  inspected(done, fresh);
  if (missing.length === 0) return complete(results);

  const save = () => store.putJson(memory, { format: 1, files: results.filter((result) => result !== undefined) });
  let saved = Date.now();
  let saving: Promise<unknown> = Promise.resolve();
  try {
    await pMap(
      missing,
      async ([index, file]) => {
        results[index] = await inspect(store, file, limits);
        done += 1;
        fresh += 1;
        inspected(done, fresh);
        if (Date.now() - saved < saveEvery) return;
        saved = Date.now();
        saving = save();
        await saving;
      },
      { concurrency: atOnce, signal },
    );
  } finally {
    await saving;
    await save();
  }
  return complete(results);
}

async function inspect(
  store: ObjectStore,
  { bucket, key, etag, bytes }: SourceFile,
  limits: InspectionLimits,
): Promise<Inspected> {
  const facts = { bucket, key, etag, bytes };
  if (bytes > limits.maxBytes) {
    const detail = `${bytes} bytes, the limit is ${limits.maxBytes}`;
    return { ...facts, result: { usable: false, reason: 'too-many-bytes', detail } };
  }
  const content = await readUnchanged(store.at(bucket), key, etag);
  const inspection = await inspectImage(content, limits);
  return { ...facts, result: inspection.usable ? { ...inspection, sha256: sha256(content) } : inspection };
}

async function readUnchanged(store: ObjectStore, key: string, etag: string): Promise<Buffer> {
  try {
    return await store.get(key, { ifMatch: etag });
  } catch (thrown) {
    if (!(thrown instanceof GraftworkError) || thrown.code !== 'GW_OBJECT_MISSING') throw thrown;
    throw new GraftworkError('GW_CONFLICT', `${store.uri(key)} was deleted while the source was being read.`, {
      remedy: 'Start again when the source is at rest.',
      retryable: true,
      cause: thrown,
    });
  }
}

/** What is remembered only saves work, so what cannot be read is as good as nothing. */
async function recall(
  { store, log }: Pick<ActivityDependencies, 'store' | 'log'>,
  memory: string,
): Promise<Map<string, Inspected>> {
  try {
    const remembered = await store.getJsonIfPresent(memory, memorySchema);
    return new Map(remembered?.files.map((entry) => [identity(entry), entry]));
  } catch (thrown) {
    log.warn(
      { object: memory, reason: whyLost(thrown) },
      'earlier inspections cannot be read: every file is inspected again',
    );
    return new Map();
  }
}

function identity({ bucket, key, etag, bytes }: Pick<Inspected, 'bucket' | 'key' | 'etag' | 'bytes'>): string {
  return JSON.stringify([bucket, key, etag, bytes]);
}

function complete(results: readonly (Inspected | undefined)[]): Inspected[] {
  return results.map((result) => {
    if (result === undefined) throw new GraftworkError('GW_INTERNAL', 'A file was not inspected.');
    return result;
  });
}
