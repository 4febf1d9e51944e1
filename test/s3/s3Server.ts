/** A real S3 server for the tests of one process. Each caller has a bucket and a folder of its own, gone at the end. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkout, toolPath } from '../../infra/stack/checkout.js';
import { startServers, type Servers } from '../../infra/stack.js';
import { ObjectStore } from '../../storage/objects/objectStore.js';
import { openS3Connection } from '../../storage/s3/s3Connection.js';

const program = toolPath(join(checkout, '.graftwork'), 'weed');

/** Why tests with a real S3 server cannot run here, or false. */
export const s3Unavailable: string | false = existsSync(program) ? false : `no S3 server at ${program}`;

export interface S3Server {
  /** AWS_… and GRAFTWORK_… variables that lead to it and to the caller's bucket. */
  variables: Record<string, string>;
  /** The caller's bucket, which exists. */
  store: ObjectStore;
  /** An empty folder for the tests' own files. */
  folder: string;
  /** Another bucket of the caller's, which exists. Its name begins with the name of the first. */
  bucket(name: string): Promise<ObjectStore>;
  stop(): Promise<void>;
}

interface Running {
  directory: string;
  servers: Servers;
}

/** The process's server: it starts for the first caller and stops with the last. */
let running: Promise<Running> | undefined;
let callers = 0;
/** Callers so far. Their buckets are counted. */
let count = 0;

export async function startS3Server(): Promise<S3Server> {
  callers += 1;
  count += 1;
  const bucket = `graftwork-${count}`;
  const { directory, servers } = await (running ??= start());
  const home = join(directory, bucket);
  const variables = { ...servers.environment, GRAFTWORK_BUCKET: bucket, GRAFTWORK_HOME: home };
  const store = new ObjectStore(bucket, openS3Connection(variables));
  await store.ensureBucket();
  return {
    variables,
    store,
    folder: join(home, 'files'),
    async bucket(name) {
      const other = store.at(`${bucket}-${name}`);
      await other.ensureBucket();
      return other;
    },
    async stop() {
      callers -= 1;
      if (callers > 0) return rm(home, { recursive: true, force: true, maxRetries: 20 });
      running = undefined;
      await servers.stop();
      await rm(directory, { recursive: true, force: true, maxRetries: 20 });
    },
  };
}

async function start(): Promise<Running> {
  const directory = await mkdtemp(join(tmpdir(), 'graftwork-test-'));
  return { directory, servers: await startServers({ directory, temporal: false }) };
}
