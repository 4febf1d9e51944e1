/** The embedded servers as a user meets them: real Temporal, real S3, real crashes. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Connection } from '@temporalio/client';
import { checkout, startServers, toolPath } from '../../infra/stack.js';
import type { Servers } from '../../infra/stack.js';
import { eventually, listeningAddresses, processesOf } from '../stacks/processes.js';

const run = promisify(execFile);
const home = join(checkout, '.graftwork');
const skip = existsSync(join(home, 'tools', 'weed')) ? false : 'the tools are not installed: run npm test';

const directory = mkdtempSync(join(tmpdir(), 'graftwork-stack-'));
let servers: Servers;

before(async () => {
  if (skip === false) servers = await startServers({ directory });
});

after(async () => {
  if (skip === false) await servers.stop();
  await rm(directory, { recursive: true, force: true, maxRetries: 20 });
});

function s3(): S3Client {
  const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } = servers.environment;
  return new S3Client({
    endpoint: servers.s3Endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
  });
}

async function read(key: string): Promise<string | undefined> {
  const { Body } = await s3().send(new GetObjectCommand({ Bucket: servers.bucket, Key: key }));
  return Body?.transformToString();
}

function accepts(address: string): Promise<boolean> {
  const [host = '', port = ''] = address.replace('http://', '').split(':');
  return new Promise((resolve) => {
    const socket = createConnection({ host, port: Number(port) });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

test('the S3 server takes objects as soon as it is said to be up', { skip }, async () => {
  await s3().send(new PutObjectCommand({ Bucket: servers.bucket, Key: 'greeting', Body: 'hello' }));
  assert.equal(await read('greeting'), 'hello');
});

test('nobody gets in with other keys', { skip }, async () => {
  const stranger = new S3Client({
    endpoint: servers.s3Endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'stranger', secretAccessKey: 'stranger' },
  });
  await assert.rejects(stranger.send(new GetObjectCommand({ Bucket: servers.bucket, Key: 'greeting' })));
  assert.equal(statSync(join(directory, 's3-keys.json')).mode & 0o777, 0o600);
});

test("Temporal has Graftwork's search attributes", { skip }, async () => {
  const { stdout } = await run(toolPath(home, 'temporal'), ['operator', 'search-attribute', 'list'], {
    env: { ...process.env, ...servers.environment },
  });
  for (const name of ['GraftworkDataset', 'GraftworkModel', 'GraftworkBackbone', 'GraftworkStage', 'GraftworkTop1']) {
    assert.match(stdout, new RegExp(`\\b${name}\\b`));
  }
});

test('an acknowledged object survives a SIGKILL of the S3 server', { skip }, async () => {
  await s3().send(new PutObjectCommand({ Bucket: servers.bucket, Key: 'kept', Body: 'through the crash' }));
  await servers.kill('s3');
  assert.equal(await accepts(servers.s3Endpoint), false);
  await servers.start('s3');
  assert.equal(await read('kept'), 'through the crash');
});

test('Temporal comes back at the same address after a SIGKILL', { skip }, async () => {
  await servers.kill('temporal');
  await servers.start('temporal');
  const connection = await Connection.connect({ address: servers.temporalAddress });
  await connection.close();
});

test('nothing listens beyond 127.0.0.1', { skip: skip || process.platform !== 'linux' }, async () => {
  for (const name of ['temporal', 's3'] as const) {
    const pid = servers.process(name)?.pid ?? 0;
    await eventually(`${name} listens`, async () => (await listeningAddresses(pid)).length > 3);
    assert.deepEqual([...new Set(await listeningAddresses(pid))], ['127.0.0.1'], name);
  }
});

test('after stop nothing is left but the data', { skip }, async () => {
  const flags = servers.process('s3')?.launch.args.join(' ') ?? '';
  const sockets = [...flags.matchAll(/-(\w+)\.port\.grpc=(\d+)/g)].map(
    ([, service, port]) => `/tmp/seaweedfs-${service}-grpc-${port}.sock`,
  );
  assert.equal(sockets.length, 5);
  assert.ok(sockets.some(existsSync));
  await servers.stop();
  // The folder is in each command line; whether its ports are somebody else's by now is not to be known.
  await eventually('no process is left', async () => (await processesOf(directory)).length === 0);
  assert.deepEqual(sockets.filter(existsSync), []);
});
