/** What a spec may send a worker to fetch, and from where. */
import assert from 'node:assert/strict';
import { mkdtemp, truncate, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { beforeEach, test } from 'node:test';
import { GraftworkError } from '../../contracts/errors.js';
import { fails, file, openToLoopback, sha256, startHub, token } from '../../test/fixtures/hubForTests.js';
import { requireAllowedAddress } from './weightPolicy.js';

/** Where files lie, if not here. */
let redirect: string | undefined;
beforeEach(() => (redirect = undefined));

const hub = startHub('hf:owner/model', ({ method, url }, response) => {
  if (!url?.endsWith('/model.safetensors')) return void response.writeHead(404).end();
  if (method === 'HEAD') return void response.writeHead(200).end();
  if (redirect !== undefined) return void response.writeHead(302, { location: redirect }).end();
  response.end(file);
});
const { resolve } = hub;

test('an address that a spec names is fetched from a listed host, with a digest, and from nowhere private', async () => {
  const url = `${hub.endpoint}/model.safetensors`;
  const inEnvironment = (environment: Record<string, string>, source = url) =>
    resolve({ source, sha256, environment: { HF_ENDPOINT: hub.endpoint, ...environment } });
  await assert.rejects(
    inEnvironment({}),
    fails('GW_WEIGHTS_REFUSED', '127.0.0.1', 'GRAFTWORK_WEIGHT_HOSTS', 'pytorch'),
  );
  await assert.rejects(resolve({ source: url }), fails('GW_WEIGHTS_REFUSED', 'No digest', 'backbone.sha256'));
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
  assert.deepEqual(hub.requests, [], 'nobody was asked');
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
    const environment = { HF_ENDPOINT: hub.endpoint, HF_TOKEN: token };
    await assert.rejects(
      resolve({ environment }),
      fails('GW_WEIGHTS_REFUSED', 'not an https address', `${hub.endpoint}/owner/model`),
    );
    redirect = `https://127.0.0.1:${port}/model.safetensors`;
    await assert.rejects(resolve({ environment }), fails('GW_WEIGHTS_REFUSED', 'not a public address'));
    assert.equal(asked.length, 0);
    // The second begins like a path of the hub.
    for (const address of [`http://127.0.0.1:${port}/model.safetensors`, `//127.0.0.1:${port}/model.safetensors`]) {
      asked.length = 0;
      redirect = address;
      const home = await mkdtemp(path.join(hub.home, 'apart-'));
      assert.equal((await resolve({ home })).sha256, sha256);
      assert.deepEqual(
        asked.map(({ method, headers }) => [method, headers.authorization]),
        [['GET', undefined]],
      );
    }
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
  await assert.rejects(resolve({ source: `${hub.endpoint}/no?sig=${secret}`, sha256 }), hides('GW_WEIGHTS_NOT_FOUND'));
  const environment = { HF_ENDPOINT: hub.endpoint.replace('//', `//me:${secret}@`) };
  await assert.rejects(resolve({ environment }), hides('GW_ENVIRONMENT_INVALID'));
});

test('a file without an end is not read', async () => {
  await assert.rejects(resolve({ source: '/dev/zero' }), fails('GW_WEIGHTS_NOT_FOUND', '/dev/zero'));
  const large = path.join(hub.home, 'large.safetensors');
  await writeFile(large, '');
  for (const [gibibytes, message] of [
    [17, 'larger than'],
    [3, 'its header is not JSON'],
  ] as const) {
    await truncate(large, gibibytes * 2 ** 30); // sparse
    await assert.rejects(resolve({ source: large }), fails('GW_WEIGHTS_REFUSED', message));
  }
});
