/** A local list of images, looked at before its folder goes up: a text that is no list must not bring a whole folder along. */
import { dirname, join } from 'node:path';
import { readManifest } from '../../learning/dataset/lists/manifestFile.js';
import { readPieces } from '../../storage/objects/localFile.js';
import { factsIfPath } from './pathFacts.js';

/**
 * By the rules of the ingest. Whether its pictures are there comes out later: one that is missing is put aside.
 * @throws GraftworkError GW_MANIFEST_INVALID naming the line, GW_DATASET_INVALID for an unsafe class name, GW_SOURCE_UNREADABLE
 */
export async function requireList(file: string): Promise<void> {
  await readManifest(
    readPieces(file),
    file,
    async (path) => (await factsIfPath(join(dirname(file), path))) !== undefined,
  );
}
