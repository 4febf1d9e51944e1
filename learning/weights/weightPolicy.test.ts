/** What a spec may send a worker to fetch, and from where. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { GraftworkError } from '../../contracts/errors.js';
import { getBackbone } from '../backbones/index.js';
import { formulaParameters } from './formula.js';
import { resolveWeights, type ResolveWeightsOptions } from './resolveWeights.js';
import { writeSafetensors } from './safetensors.js';
import { requireAllowedAddress } from './weightPolicy.js';

const backbone = getBackbone('efficientnet_lite0');
const file = Buffer.from(writeSafetensors(formulaParameters(backbone, 5)));
const sha256 = createHash('sha256').update(file).digest('hex');
const token = 'hf_secret';
/** Addresses in a spec may lead to the test's own server. */
const openToLoopback = { GRAFTWORK_ALLOW_PRIVATE_ADDRESSES: '1', GRAFTWORK_WEIGHT_HOSTS: '127.0.0.1' };

let home: string;
let server: Server;
let endpoint: string;
/** What was asked of the server that stands for a hub and for other hosts. */
let requests: string[] = [];
/** Where files lie, if not here. */
let redirect: string | undefined;

before(async () => {
  server = createServer(({ method, url }, response) => {
    requests.push(`${method} ${url}`);
    if (!url?.endsWith('/model.safetensors')) return void response.writeHead(404).end();
    if (method === 'HEAD') return void response.writeHead(200).end();
    if (redirect !== undefined) return void response.writeHead(302, { location: redirect }).end();
    response.end(file);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
after(() => void server.close().closeAllConnections());

beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'graftwork-weights-'));
  requests = [];
  redirect = undefined;
});
afterEach(() => rm(home, { recursive: true }));

const resolve = (options: Partial<ResolveWeightsOptions> = {}) =>
  resolveWeights({
    backbone,
    home,
    source: 'hf:owner/model',
    environment: { HF_ENDPOINT: endpoint, HF_TOKEN: token, ...openToLoopback },
    retryDelay: 1,
    ...options,
  });

const fails =
  (code: string, ...parts: string[]) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof GraftworkError);
    assert.equal(error.code, code);
    for (const part of parts) assert.ok(`${error.message} ${error.remedy}`.includes(part), error.message);
    return true;
  };

test('an address that a spec names is fetched from a listed host, with a digest, and from nowhere private', async () => {
  const url = `${endpoint}/model.safetensors`;
  const inEnvironment = (environment: Record<string, string>, source = url) =>
    resolve({ source, sha256, environment: { HF_ENDPOINT: endpoint, ...environment } });
  await assert.rejects(
    inEnvironment({}),
    fails('GW_WEIGHTS_REFUSED', '127.0.0.1', 'GRAFTWORK_WEIGHT_HOSTS', 'pytorch'),
  );
  await assert.rejects(resolve({ source: url }), fails('GW_WEIGHTS_REFUSED', 'no digest', 'backbone.sha256'));
  const any = { GRAFTWORK_WEIGHT_HOSTS: '*' };
  for (const source of [
    ...[url, 'https://127.0.0.1/w', 'https://[::1]/w', 'https://169.254.169.254/latest', 'https://10.0.0.1/w'],
    ...['https://[::ffff:10.0.0.1]/w', 'https://0x7f000001/w', 'https://localhost/w'],
  ]) {
    await assert.rejects(inEnvironment(any, source), fails('GW_WEIGHTS_REFUSED'), source);
  }
  await assert.rejects(
    inEnvironment(any, 'https://localhost/w'),
    fails('GW_WEIGHTS_REFUSED', 'localhost (', 'GRAFTWORK_ALLOW_PRIVATE_ADDRESSES=1'),
  );
  assert.deepEqual(requests, [], 'nobody was asked');
  await inEnvironment(openToLoopback);
});

test('a list names hosts, those below a host, or all of them', () => {
  const allowed = (host: string, listed: string): boolean => {
    try {
      requireAllowedAddress(`https://${host}/w`, true, { GRAFTWORK_WEIGHT_HOSTS: listed });
      return true;
    } catch (error) {
      return !fails('GW_WEIGHTS_REFUSED', host)(error);
    }
  };
  assert.ok(allowed('mirror.example.org', 'other.org, Mirror.Example.org'));
  assert.ok(allowed('a.b.example.org', '*.example.org'));
  assert.ok(allowed('anything.test', '*'));
  assert.ok(!allowed('example.org', '*.example.org'));
  for (const host of ['evilexample.org', 'example.org.evil.test', 'mirror.example.org']) {
    assert.ok(!allowed(host, 'example.org'), host);
  }
  assert.ok(allowed('huggingface.co', '') && !allowed('example.org', ''), 'without a list those of the zoo');
});

test('a redirect from the hub may not lead to a private address either, and the token stays with the hub', async () => {
  const asked: IncomingMessage[] = [];
  const inside = createServer((request, response) => (asked.push(request), response.end(file)));
  await new Promise<void>((done) => inside.listen(0, '127.0.0.1', done));
  const { port } = inside.address() as AddressInfo;
  redirect = `http://127.0.0.1:${port}/model.safetensors`;
  try {
    const environment = { HF_ENDPOINT: endpoint, HF_TOKEN: token };
    await assert.rejects(resolve({ environment }), fails('GW_WEIGHTS_REFUSED', 'not an https address'));
    redirect = `https://127.0.0.1:${port}/model.safetensors`;
    await assert.rejects(resolve({ environment }), fails('GW_WEIGHTS_REFUSED', 'no public address'));
    assert.equal(asked.length, 0);
    redirect = `http://127.0.0.1:${port}/model.safetensors`;
    assert.equal((await resolve()).sha256, sha256);
    assert.deepEqual(
      asked.map(({ headers }) => headers.authorization),
      [undefined],
    );
  } finally {
    inside.closeAllConnections();
    inside.close();
  }
});

test('no message holds a password or the query of an address', async () => {
  const secret = 'hunter2';
  const hides = (code: string) => (error: unknown) => {
    assert.ok(error instanceof GraftworkError);
    assert.equal(error.code, code);
    assert.ok(!`${error.message} ${error.remedy} ${String(error.cause)}`.includes(secret), error.message);
    return true;
  };
  await assert.rejects(resolve({ source: `https://me:${secret}@127.0.0.1/w`, sha256 }), hides('GW_WEIGHTS_NOT_FOUND'));
  await assert.rejects(resolve({ source: `${endpoint}/no?sig=${secret}`, sha256 }), hides('GW_WEIGHTS_NOT_FOUND'));
  const environment = { HF_ENDPOINT: endpoint.replace('//', `//me:${secret}@`) };
  await assert.rejects(resolve({ environment }), hides('GW_ENVIRONMENT_INVALID'));
});

test('a file without an end is not read', async () => {
  await assert.rejects(resolve({ source: '/dev/zero' }), fails('GW_WEIGHTS_NOT_FOUND', '/dev/zero'));
  const large = path.join(home, 'large.safetensors');
  await writeFile(large, '');
  await truncate(large, 3 * 2 ** 30); // sparse
  await assert.rejects(resolve({ source: large }), fails('GW_WEIGHTS_REFUSED', 'larger than'));
});
