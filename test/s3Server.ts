/** A real S3 server (SeaweedFS) for the tests of one file: own folder, own free ports, gone at the end. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openObjectStore } from '../storage/objectStore.js';

const binary = resolve(process.env.GRAFTWORK_HOME ?? '.graftwork', 'tools/weed');

/** Why tests with a real S3 server cannot run here, or false. */
export const s3Unavailable: string | false = existsSync(binary)
  ? false
  : `no S3 server at ${binary}: run npm test once`;

export interface S3Server {
  /** AWS_… variables that reach it. */
  variables: Record<string, string>;
  stop(): Promise<void>;
}

export async function startS3Server(): Promise<S3Server> {
  const folder = await mkdtemp(join(tmpdir(), 'graftwork-s3-'));
  const names = [
    's3',
    's3.port.grpc',
    'master',
    'master.port.grpc',
    'volume',
    'volume.port.grpc',
    'filer',
    'filer.port.grpc',
  ];
  const ports = await freePorts(names.length + 2);
  const flags = names.map((name, index) => `-${name.includes('.port') ? name : `${name}.port`}=${ports[index] ?? 0}`);
  const variables = {
    AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${ports[0] ?? 0}`,
    AWS_ACCESS_KEY_ID: 'graftwork',
    AWS_SECRET_ACCESS_KEY: 'graftwork-secret',
    AWS_REGION: 'us-east-1',
  };
  const child = spawn(
    binary,
    [
      'mini',
      `-dir=${folder}`,
      '-ip=127.0.0.1',
      '-ip.bind=127.0.0.1',
      '-admin.ui=false',
      `-admin.port=${ports[names.length] ?? 0}`,
      `-admin.port.grpc=${ports[names.length + 1] ?? 0}`,
      '-webdav=false',
      '-s3.port.iceberg=0',
      '-s3.port.lance=0',
      ...flags,
    ],
    { stdio: 'ignore', env: { ...process.env, ...variables }, cwd: folder },
  );
  const ended = new Promise<void>((done) => child.once('exit', () => done()));
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await waitUntilUsable(variables);
  } catch (thrown) {
    await stop();
    throw thrown;
  }
  return { variables, stop };
}

/** Up means that a write succeeds: the server lists before its volumes take data. */
async function waitUntilUsable(variables: Record<string, string>): Promise<void> {
  const deadline = Date.now() + 60_000;
  const store = openObjectStore('readiness', variables, 1);
  for (;;) {
    try {
      await store.ensureBucket();
      await store.put('probe', 'probe');
      await store.delete('probe');
      return;
    } catch (thrown) {
      if (Date.now() > deadline) throw thrown;
      await delay(100);
    }
  }
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((done, fail) => {
          server.once('error', fail);
          server.listen(0, '127.0.0.1', () => {
            const address = server.address();
            if (address !== null && typeof address === 'object') done(address.port);
          });
        }),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
}
