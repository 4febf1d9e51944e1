/**
 * A dataset version that loses pictures. It is retired first: its manifest names the list of images as it will be, without
 * them, and what each of them was; from then on nobody trains on it. The list itself is rewritten at the very end of the
 * forgetting, because it alone tells by which names a picture is to be looked for, should the work be stopped halfway.
 */
import { createHash } from 'node:crypto';
import type { DatasetManifest, Redaction } from '../../contracts/data/dataset.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import type { ObjectStore } from '../objects/objectStore.js';
import { amendManifest } from './amendManifest.js';
import { eachPlacedImage } from './placedImages.js';

/** Of pieces that a long list is kept in meanwhile. */
const pieceLength = 64 * 1024;

/** @throws GraftworkError GW_CORRUPT when the list is damaged; GW_CONFLICT when somebody else changes the version */
export async function retireVersion(store: ObjectStore, version: string, digests: ReadonlySet<string>): Promise<void> {
  await amendManifest(store, version, async (manifest) => {
    const { imagesSha256, fresh } = await redacted(store, manifest, digests);
    if (fresh.length === 0) return undefined;
    const redactions = [...(manifest.redactions ?? []), ...fresh].toSorted(inOrder);
    return { ...manifest, imagesSha256, redactions };
  });
}

/** Rewrites the list of a retired version as its manifest names it. @throws GraftworkError GW_CORRUPT */
export async function rewriteImages(store: ObjectStore, manifest: DatasetManifest): Promise<void> {
  const { pieces, isStored } = await redacted(store, manifest, new Set());
  if (isStored) return;
  await store.putPieces(objectKeys.datasetImages(manifest.version), () => pieces, {
    contentType: 'application/x-ndjson',
  });
}

interface RedactedList {
  pieces: Buffer[];
  imagesSha256: string;
  /** Whether it is what is stored already. */
  isStored: boolean;
  /** Of pictures that the manifest does not count as forgotten yet. */
  fresh: Redaction[];
}

/** The list without the pictures that are being forgotten and those that were before. */
async function redacted(
  store: ObjectStore,
  manifest: DatasetManifest,
  digests: ReadonlySet<string>,
): Promise<RedactedList> {
  const before = new Set(manifest.redactions?.map(({ sha256 }) => sha256));
  const hash = createHash('sha256');
  const pieces: Buffer[] = [];
  const fresh: Redaction[] = [];
  let isStored = true;
  let text = '';
  const flush = (): void => {
    const piece = Buffer.from(text);
    hash.update(piece);
    pieces.push(piece);
    text = '';
  };
  for await (const { image, position, line } of eachPlacedImage(store, manifest)) {
    const { sha256, split, label, bytes } = image;
    if (before.has(sha256) || digests.has(sha256)) {
      isStored = false;
      if (!before.has(sha256)) fresh.push({ sha256, split, label, position, bytes });
      continue;
    }
    text += `${line}\n`;
    if (text.length >= pieceLength) flush();
  }
  flush();
  return { pieces, imagesSha256: hash.digest('hex'), isStored, fresh };
}

function inOrder(a: Redaction, b: Redaction): number {
  return a.split === b.split ? a.position - b.position : a.split < b.split ? -1 : 1;
}
