/** Looks into every file of a source, once for each content it ever had. */
import pMap from 'p-map';
import { GraftworkError } from '../../contracts/errors.js';
import { inspectHead, inspectImage } from '../../learning/images/inspectImage.js';
import type { InspectionLimits } from '../../learning/images/inspectImage.js';
import { pictureMemory, type PictureMemory } from '../../learning/images/memory/pictureMemory.js';
import type { Raster } from '../../learning/images/resample.js';
import { sha256 } from '../../storage/objects/contentKey.js';
import type { ObjectStore } from '../../storage/objects/objectStore.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import { InspectionMemory } from './inspectionMemory.js';
import { Inspections, type InspectionResult } from './inspections.js';
import type { SourceFile, SourceFiles } from './sourceFiles.js';

/** Downloads at a time: enough to hide the store's latency; decoding is bounded by the threads of libvips. */
const atOnce = 16;
/** Objects from this size on are looked at by their beginning first: films and archives that lie about end there. */
const largeBytes = 2 ** 20;
/** Holds the header of most pictures, with a thumbnail and a colour profile. */
const headBytes = 2 ** 16;
/** A killed ingest loses no more than the work of this many milliseconds. */
const saveEvery = 20_000;

/** Squares of pixels that are made in passing of photos that are decoded anyway. */
export interface SquaresInPassing {
  /** The square of decoded pixels, or undefined where none is wanted. */
  make: (picture: Raster) => Promise<Uint8Array | undefined>;
  /** @param sha256 of the picture's file */
  keep: (sha256: string, square: Uint8Array) => Promise<void>;
}

export interface InspectCallbacks {
  /** @param done of the files so far; `fresh` of them were really read */
  inspected: (done: number, fresh: number) => void;
  signal: AbortSignal;
  /** @default the process's own */
  memory?: PictureMemory;
  /** @default none */
  squares?: SquaresInPassing | undefined;
}

/**
 * Every new picture is read as a whole, once: its digest, which is what the version and all that follows from it are named
 * by, needs every byte, and so does the proof that every pixel can be decoded. Only what is refused need not be.
 *
 * @param source digest under which earlier inspections with the same limits are remembered
 * @returns results by the index of the file
 * @throws GraftworkError GW_CONFLICT (worth trying again) when an object changes between listing and reading
 */
export async function inspectFiles(
  dependencies: Pick<ActivityDependencies, 'store' | 'log'>,
  files: SourceFiles,
  limits: InspectionLimits,
  source: string,
  { inspected, signal, memory: pictures = pictureMemory(), squares }: InspectCallbacks,
): Promise<Inspections> {
  const inspections = new Inspections(files.length);
  const memory = new InspectionMemory(dependencies, source, files, inspections);
  await memory.recall(signal);
  let fresh = 0;
  inspected(inspections.count, fresh);

  let saved = Date.now();
  const inspectOne = async (index: number): Promise<void> => {
    inspections.set(index, await inspect(dependencies.store, files.at(index), limits, { pictures, squares, signal }));
    fresh += 1;
    inspected(inspections.count, fresh);
    await memory.add(index);
    if (Date.now() - saved < saveEvery) return;
    saved = Date.now();
    await memory.save();
  };
  try {
    await pMap(missing(inspections), inspectOne, { concurrency: atOnce, signal });
  } finally {
    await memory.save();
  }
  await memory.tidy();
  return inspections;
}

/** Indices of the files of which nothing was known, each once. */
function* missing(inspections: Inspections): Generator<number> {
  for (let index = 0; index < inspections.length; index += 1) if (!inspections.has(index)) yield index;
}

async function inspect(
  store: ObjectStore,
  { bucket, key, etag, bytes }: SourceFile,
  limits: InspectionLimits,
  { pictures, squares, signal }: Pick<InspectCallbacks, 'squares' | 'signal'> & { pictures: PictureMemory },
): Promise<InspectionResult> {
  if (bytes > limits.maxBytes) {
    const detail = `${bytes} bytes, the limit is ${limits.maxBytes}`;
    return { usable: false, reason: 'too-many-bytes', detail };
  }
  const source = store.at(bucket);
  const read = (from: number, to: number) => unchanged(source, key, source.getRange(key, from, to, { ifMatch: etag }));
  const head = bytes < largeBytes ? undefined : await read(0, headBytes);
  const refused = head && (await inspectHead(head, limits));
  if (refused?.usable === false) return refused;
  const whole = async (): Promise<InspectionResult> => {
    const content =
      head === undefined
        ? await unchanged(source, key, source.get(key, { ifMatch: etag }))
        : Buffer.concat([head, await read(headBytes, bytes)]);
    let square: Uint8Array | undefined;
    const decoded = squares && (async (picture: Raster) => void (square = await squares.make(picture)));
    const inspection = await inspectImage(content, limits, pictures, decoded);
    if (!inspection.usable) return inspection;
    const digest = sha256(content);
    if (square !== undefined) await squares?.keep(digest, square);
    return { ...inspection, sha256: digest };
  };
  // The rest of a large file is there twice for a moment.
  return pictures.files.with(head === undefined ? bytes : 2 * bytes, whole, signal);
}

/** An object that is gone was there when the source was listed. */
async function unchanged<T>(source: ObjectStore, key: string, reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (thrown) {
    if (!(thrown instanceof GraftworkError) || thrown.code !== 'GW_OBJECT_MISSING') throw thrown;
    throw new GraftworkError('GW_CONFLICT', `${source.uri(key)} was deleted while the source was being read.`, {
      remedy: 'Start again when nothing is changing the source.',
      retryable: true,
      cause: thrown,
    });
  }
}
