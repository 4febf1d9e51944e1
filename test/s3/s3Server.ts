/** A real S3 server for the tests of one file: a folder and ports of its own, gone at the end. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkout, toolPath } from '../../infra/stack/checkout.js';
import { startServers } from '../../infra/stack.js';
import { ObjectStore } from '../../storage/objects/objectStore.js';
import { openS3Connection } from '../../storage/s3/s3Connection.js';

const program = toolPath(join(checkout, '.graftwork'), 'weed');

/** Why tests with a real S3 server cannot run here, or false. */
export const s3Unavailable: string | false = existsSync(program) ? false : `no S3 server at ${program}`;

export interface S3Server {
  /** AWS_… variables that reach it. */
  variables: Record<string, string>;
  /** The server's own bucket, which exists. */
  store: ObjectStore;
  /** An empty folder for the tests' own files. */
  folder: string;
  stop(): Promise<void>;
}

export async function startS3Server(): Promise<S3Server> {
  const directory = await mkdtemp(join(tmpdir(), 'graftwork-test-'));
  const servers = await startServers({ directory, temporal: false });
  return {
    variables: servers.environment,
    store: new ObjectStore(servers.bucket, openS3Connection(servers.environment)),
    folder: join(directory, 'files'),
    async stop() {
      await servers.stop();
      await rm(directory, { recursive: true, force: true, maxRetries: 20 });
    },
  };
}
