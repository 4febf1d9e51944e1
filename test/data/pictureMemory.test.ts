/** Whole pictures in memory: bounded by the process's budget, however many activities ask for them at the same time. */
import assert from 'node:assert/strict';
import { setMaxListeners } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import sharp from 'sharp';
import { ImageList } from '../../activities/plan/imageList.js';
import { inspectFiles } from '../../activities/ingest/inspectFiles.js';
import { findSource } from '../../activities/ingest/datasetSource.js';
import { findWeights } from '../../activities/backbone/networkParameters.js';
import { makePixelShard } from '../../activities/features/pixelShards.js';
import { preparedImages } from '../../activities/predict/preparedImages.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import { recipes } from '../../contracts/spec/recipes.js';
import { datasetSpecSchema } from '../../contracts/spec/sources/datasetSpec.js';
import { getBackbone } from '../../learning/backbones/architecture.js';
import { createPictureMemory, decodingBytes, type PictureMemory } from '../../learning/images/memory/pictureMemory.js';
import { inputSettings } from '../../activities/plan/inputSettings.js';
import { sha256 } from '../../storage/objects/contentKey.js';
import { ObjectStore } from '../../storage/objects/objectStore.js';
import { openS3Connection } from '../../storage/s3/s3Connection.js';
import { dependenciesFor, type TestDependencies } from '../fixtures/dependencies.js';
import { FaultProxy } from '../s3/faultProxy.js';
import { s3Unavailable, startS3Server, type S3Server } from '../s3/s3Server.js';

const side = 200;
const backbone = getBackbone('efficientnet_lite0');
const input = inputSettings(backbone.input, {});
const { signal } = new AbortController();
// Every picture that waits listens to it, as in an activity.
setMaxListeners(256, signal);

describe('memory for whole pictures', { skip: s3Unavailable }, () => {
  let server: S3Server;
  let proxy: FaultProxy;
  let dependencies: TestDependencies;
  let pictureBytes = 0;
  const images = new ImageList();
  /** Requests for pictures that are being answered, and the most of them at a time. */
  let now = 0;
  let most = 0;

  before(async () => {
    server = await startS3Server();
    proxy = await FaultProxy.start(server.variables.AWS_ENDPOINT_URL_S3 ?? '');
    const variables = { ...server.variables, AWS_ENDPOINT_URL_S3: proxy.endpoint };
    const store = new ObjectStore(server.store.bucket, openS3Connection(variables));
    dependencies = dependenciesFor(store, server.folder);
    const noise = { type: 'gaussian', mean: 128, sigma: 60 } as const;
    const picture = await sharp({ create: { width: side, height: side, channels: 3, background: '#888', noise } })
      .png({ compressionLevel: 0 })
      .toBuffer();
    pictureBytes = picture.length + 2;
    for (let index = 0; index < 24; index += 1) {
      // What follows the end makes each another picture.
      const bytes = Buffer.concat([picture, Buffer.from(String(index).padStart(2, '0'))]);
      const path = `${index % 2 === 0 ? 'even' : 'odd'}/${index}.png`;
      const key = `photos/${path}`;
      const etag = await server.store.put(key, bytes);
      const facts = { sha256: sha256(bytes), bytes: bytes.length, label: index % 2 };
      images.push({ path, bucket: store.bucket, key, etag, ...facts });
    }
    const isPicture = ({ method, url }: IncomingMessage) =>
      method === 'GET' && /\/photos\/\w+\/\d+\.png/.test(url ?? '');
    proxy.instead = (request, ask) => {
      if (!isPicture(request)) return undefined;
      now += 1;
      most = Math.max(most, now);
      return ask().finally(() => (now -= 1));
    };
  });
  after(async () => {
    await proxy.stop();
    await server.stop();
  });

  /** A budget for so many of the pictures' files, and so many decoded ones. */
  function memoryFor(files: number, decoded: number): PictureMemory {
    const { files: ofFiles } = createPictureMemory(8 * files * pictureBytes);
    const { decoding } = createPictureMemory(4 * decoded * decodingBytes({ width: side, height: side }, 'png'));
    return { files: ofFiles, decoding };
  }

  const shard = (name: string, start: number) => ({ key: name.repeat(64), split: 'train', start, count: 8 }) as const;
  const splits = { train: images, validation: new ImageList(), test: new ImageList() };

  test('three activities that make shards hold no more files at a time than the budget has room for', async () => {
    most = 0;
    const memory = memoryFor(2, 1);
    const wanted = [shard('a', 0), shard('b', 8), shard('c', 16)];
    await Promise.all(wanted.map((one) => makePixelShard(dependencies, { input }, one, splits, { signal, memory })));
    assert(most <= 2, `${most} files at a time`);
    assert.deepEqual([memory.files.used, memory.decoding.used], [0, 0]);
    for (const { key } of wanted) assert(await server.store.exists(objectKeys.pixels(key)));
  });

  test('an ingest keeps to the budget, and takes a file larger than all of it alone', async () => {
    most = 0;
    const dataset = datasetSpecSchema.parse({ uri: server.store.uri('photos'), splits: recipes.default.splits });
    const { files } = await findSource(dependencies.store, dataset, signal);
    const memory = { ...memoryFor(0.5, 0.5) };
    const inspected = (): void => undefined;
    const found = await inspectFiles(dependencies, files, dataset.quarantine, 'f'.repeat(64), {
      inspected,
      signal,
      memory,
    });
    assert.equal(found.count, 24);
    assert.equal([...found.unusable()].length, 0);
    assert.equal(most, 1);
  });

  test('a picture that has grown since the ingest is not read, one that is gone has a remedy', async () => {
    const grown = 'photos/even/0.png';
    const before = await server.store.get(grown);
    await server.store.put(grown, Buffer.concat([before, Buffer.alloc(1000)]));
    const make = () => makePixelShard(dependencies, { input }, shard('d', 0), splits, { signal });
    await assert.rejects(make(), { code: 'GW_CORRUPT', message: /0\.png has changed since/ });
    await server.store.delete(grown);
    await assert.rejects(make(), { code: 'GW_OBJECT_MISSING', remedy: /Start the run again/ });
    await server.store.put(grown, before);
  });

  test('of a file to be classified that is larger than is taken nothing is read', async () => {
    const { quarantine } = datasetSpecSchema.parse({
      uri: server.store.uri('photos'),
      quarantine: { maxBytes: 1000 },
      splits: recipes.default.splits,
    });
    const named = [{ name: 'large', bucket: server.store.bucket, key: 'photos/even/0.png' }];
    const [prepared] = await preparedImages(dependencies.store, { input, limits: quarantine }, named, 'fail');
    assert.equal(prepared?.pixels, undefined);
    assert.match(prepared?.reason ?? '', /^too-many-bytes: .*at most 1000/);
  });

  test('weights in the store of more than 2 GiB are refused before they are read', async () => {
    let sent = 0;
    const huge = createServer((_request, response) => {
      response.writeHead(200, { 'content-length': String(3 * 2 ** 30) });
      const piece = Buffer.alloc(2 ** 20);
      const more = (): void => {
        while (!response.destroyed && response.write(piece)) sent += piece.length;
      };
      response.on('drain', more);
      more();
    });
    await new Promise<void>((done) => huge.listen(0, '127.0.0.1', done));
    try {
      const endpoint = `http://127.0.0.1:${(huge.address() as AddressInfo).port}`;
      const store = new ObjectStore('b', openS3Connection({ ...server.variables, AWS_ENDPOINT_URL_S3: endpoint }));
      await assert.rejects(findWeights({ ...dependencies, store }, backbone, { weights: 's3://b/huge.pth' }), {
        code: 'GW_WEIGHTS_REFUSED',
        message: /s3:\/\/b\/huge\.pth is larger than 2147483647 bytes/,
      });
      assert(sent < 2 ** 28, `${sent} bytes were sent`);
    } finally {
      huge.closeAllConnections();
      huge.close();
    }
  });
});
