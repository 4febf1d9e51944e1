/**
 * The images of a version with the places they had when the version was made, whatever was forgotten since, even while a
 * forgetting is under way: then the manifest names the lists as they are about to be, and the lists may still be as they were.
 */
import { createHash } from 'node:crypto';
import { imageEntrySchema, type DatasetManifest, type ImageEntry, type Split } from '../../contracts/data/dataset.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import { textLines } from '../../contracts/textLines.js';
import { readPieces } from '../objects/objectPieces.js';
import type { ObjectStore } from '../objects/objectStore.js';
import { parseStoredJson } from '../objects/storedJson.js';
import { damagedList } from './damagedList.js';

export interface PlacedImage {
  image: ImageEntry;
  /** Index among the images of its split, in the version as it was made. */
  position: number;
  /** Its line in the list, without the line feed. */
  line: string;
}

/**
 * As `Datasets.eachImage`, what is handed out is known to be right only when all of it has been.
 * @throws GraftworkError GW_OBJECT_MISSING, GW_CORRUPT, GW_CONFLICT (worth trying again)
 */
export async function* eachPlacedImage(store: ObjectStore, manifest: DatasetManifest): AsyncGenerator<PlacedImage> {
  const key = objectKeys.datasetImages(manifest.version);
  const [asIs, redacted] = [createHash('sha256'), createHash('sha256')];
  const forgotten = new Set(manifest.redactions?.map(({ sha256 }) => sha256));
  const places = new Places(manifest);
  for await (const line of textLines(readPieces(store, key))) {
    const image = parseStoredJson(Buffer.from(line), imageEntrySchema, store.uri(key));
    asIs.update(`${line}\n`);
    if (!forgotten.has(image.sha256)) redacted.update(`${line}\n`);
    yield { image, position: places.next(image), line };
  }
  if (asIs.digest('hex') === manifest.imagesSha256 || redacted.digest('hex') === manifest.imagesSha256) return;
  throw damagedList(store, key, manifest);
}

/** Counts through the places of each split, past those of rows that are gone. */
class Places {
  private readonly nextPositions: Record<Split, number> = { train: 0, validation: 0, test: 0 };
  private readonly forgotten: Record<Split, Map<number, string>>;

  constructor({ redactions = [] }: DatasetManifest) {
    const of = (split: Split): Map<number, string> =>
      new Map(redactions.filter((row) => row.split === split).map(({ position, sha256 }) => [position, sha256]));
    this.forgotten = { train: of('train'), validation: of('validation'), test: of('test') };
  }

  next({ split, sha256 }: Pick<ImageEntry, 'split' | 'sha256'>): number {
    const forgotten = this.forgotten[split];
    let position = this.nextPositions[split];
    // A place of a forgotten picture is this row's only if the row is that picture's, not removed yet.
    while (forgotten.has(position) && forgotten.get(position) !== sha256) position += 1;
    this.nextPositions[split] = position + 1;
    return position;
  }
}
