/** Ingest, plan and preprocessing of many photos, by the activities of a run and from an S3 server on this machine. */
import { join } from 'node:path';
import { dependenciesFor } from '../../test/fixtures/dependencies.js';
import { Pipeline } from '../../test/fixtures/pipeline.js';
import { startS3Server } from '../../test/s3/s3Server.js';
import { putCopies, readPhotos } from './photoCopies.js';

export interface IngestAndPreprocess extends AsyncDisposable {
  /** Of photos that were never seen before; they are put into the bucket first, which is not timed. */
  photosPerSecond(): Promise<number>;
}

/**
 * @param folder of class folders with JPEG photos, which are copied as often as needed
 * @param count photos in each measurement
 */
export async function ingestAndPreprocess(folder: string, count: number): Promise<IngestAndPreprocess> {
  const photos = await readPhotos(folder);
  const server = await startS3Server();
  const dependencies = dependenciesFor(server.store, join(server.folder, 'cache'));
  let measured = 0;
  return {
    async photosPerSecond() {
      const prefix = `photos-${measured}`;
      await putCopies(server.store, prefix, photos, [measured * count, (measured + 1) * count]);
      measured += 1;
      const began = performance.now();
      const pipeline = await Pipeline.begin(dependencies, { name: prefix, dataset: { uri: server.store.uri(prefix) } });
      await pipeline.preprocess();
      return (count * 1000) / (performance.now() - began);
    },
    [Symbol.asyncDispose]: () => server.stop(),
  };
}
