/**
 * Run by fullDisk.test.ts in a process whose files may have 64 KiB at most: what a full disk does to code that writes to it.
 * The S3 server is in the environment; prints what happened as JSON.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { unsealed } from '../../contracts/seal.js';
import { asGraftworkError } from '../../contracts/errors.js';
import { getBackbone } from '../../learning/backbones/index.js';
import { download } from '../../learning/weights/download/download.js';
import { resolveWeights } from '../../learning/weights/index.js';
import { ContentCache } from '../../storage/cache/contentCache.js';
import { ObjectStore } from '../../storage/objects/objectStore.js';

const [folder = '', wheels = ''] = process.argv.slice(2);

export interface FullDisk {
  /** The object came back as it was stored. */
  cached: boolean;
  /** Parameters read although they could not be kept. */
  parameters: number;
  warnings: string[];
  /** Code of a download's failure. */
  download: string;
  /** Files that hold anything. */
  left: string[];
}

const store = new ObjectStore(process.env.GRAFTWORK_BUCKET ?? '');
const cache = new ContentCache(store, join(folder, 'cache'));
const bytes = Buffer.concat([
  Buffer.from(`{"seal":"${unsealed}","text":"`),
  Buffer.alloc(1 << 20, 'x'),
  Buffer.from('"}'),
]);
await cache.storeSealed('full/disk', bytes);
const cached = (await cache.fetch('full/disk')).equals(bytes);

const warnings: string[] = [];
const { parameters } = await resolveWeights({
  backbone: getBackbone('efficientnet_lite0'),
  home: wheels,
  warn: (_fields, message) => warnings.push(message),
});

const server = createServer((_request, response) => response.end(Buffer.alloc(1 << 20)));
await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
await mkdir(join(folder, 'downloads'), { recursive: true });
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/weights`;
const code = await download(url, join(folder, 'downloads', 'weights'), { reach: { allowPrivate: true } }).then(
  () => 'none',
  (thrown: unknown) => asGraftworkError(thrown).code,
);
server.closeAllConnections();
server.close();

const left = [
  ...(await readdir(join(folder, 'cache'), { recursive: true })),
  ...(await readdir(join(folder, 'downloads'))),
];
const outcome: FullDisk = { cached, parameters: parameters.size, warnings, download: code, left };
process.stdout.write(JSON.stringify(outcome));
process.exit();
