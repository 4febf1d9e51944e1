/** The embedded servers as a user meets them: real Temporal, real S3, real crashes. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Connection } from '@temporalio/client';
import { checkout, startServers, toolPath } from '../infra/stack.js';
import type { Servers } from '../infra/stack.js';
import { firstPort } from '../infra/stack/ports.js';

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
  rmSync(directory, { recursive: true, force: true });
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

test('nothing listens beyond 127.0.0.1', { skip: skip || process.platform !== 'linux' }, () => {
  for (const name of ['temporal', 's3'] as const) {
    const addresses = listeningAddresses(servers.process(name)?.pid ?? 0);
    assert.ok(addresses.length > 3, `${name} listens`);
    assert.deepEqual([...new Set(addresses)], ['127.0.0.1'], name);
  }
});

/** From the kernel's own tables: the sockets in state LISTEN (0A) that a process holds, IPv4 and IPv6. */
function listeningAddresses(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  const held = new Set(readdirSync(folder).map((file) => readlinkSync(join(folder, file))));
  return ['tcp', 'tcp6'].flatMap((table) =>
    readFileSync(`/proc/net/${table}`, 'utf8')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((columns) => columns[3] === '0A' && held.has(`socket:[${columns[9]}]`))
      .map((columns) => columns[1]?.split(':')[0] ?? '')
      .map((hex) => (hex === '0100007F' ? '127.0.0.1' : `0x${hex}`)),
  );
}

test('after stop nothing is left but the data', { skip }, async () => {
  const addresses = [servers.temporalAddress, servers.s3Endpoint, servers.uiUrl];
  await servers.stop();
  for (const address of addresses) assert.equal(await accepts(address), false, address);
  const block = firstPort(directory);
  const ports = readdirSync('/tmp').map((file) => Number(/^seaweedfs-.*-(\d+)\.sock$/.exec(file)?.[1] ?? 0));
  assert.deepEqual(
    ports.filter((port) => port >= block && port < block + 14),
    [],
  );
});
