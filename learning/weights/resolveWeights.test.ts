import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import path from 'node:path';
import { beforeEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { declareParameters, featureParameters, getBackbone, type NamedArray } from '../backbones/architecture.js';
import { formulaParameters } from './formula.js';
import { backbone, fails, file, parameters, sha256, startHub, token } from '../../test/fixtures/hubForTests.js';
import { selectParameters } from './naming.js';
import { writeSafetensors } from '../arrays/safetensors.js';

const soundCommit = 'c0ffee'.padEnd(40, '0');
let commit = soundCommit;
const noData = new Float32Array(0);

/** Bytes after which the server cuts a connection, once per number. */
let cuts: number[] = [];
let announced = sha256;
let isDown = false;
let knowsHead = true;

/** A hub: one private repository, byte ranges, and a storage that drops connections when asked to. */
function answer(request: IncomingMessage, response: ServerResponse): void {
  const { method, url, headers } = request;
  if (isDown) return void response.writeHead(503).end();
  if (url?.startsWith('/owner/private/') && headers.authorization !== `Bearer ${token}`) {
    return void response.writeHead(401).end();
  }
  if (method === 'HEAD' && !knowsHead) return void response.writeHead(405).end();
  if (!url || !/\/(model\.safetensors|weights-\w+\.pth)$/.test(url)) return void response.writeHead(404).end();
  const known = { 'x-repo-commit': commit, 'x-linked-etag': `"${announced}"`, etag: '"v1"', 'accept-ranges': 'bytes' };
  if (method === 'HEAD') return void response.writeHead(302, { ...known, location: 'https://storage.invalid/x' }).end();
  const from = Number(/^bytes=(\d+)-/.exec(headers.range ?? '')?.[1] ?? 0);
  const rest = file.subarray(from);
  response.writeHead(from > 0 ? 206 : 200, {
    ...known,
    'content-length': rest.length,
    ...(from > 0 ? { 'content-range': `bytes ${from}-${file.length - 1}/${file.length}` } : {}),
  });
  const cut = cuts.shift();
  if (cut === undefined) response.end(rest);
  else response.write(rest.subarray(0, cut), () => response.destroy());
}

beforeEach(() => {
  commit = soundCommit;
  cuts = [];
  announced = sha256;
  isDown = false;
  knowsHead = true;
});

const hub = startHub('hf:owner/private', answer);
const { resolve } = hub;

test('a hub file is fetched at its commit with the token, checked, and not fetched again', async () => {
  const { parameters: found, ...rest } = await resolve();
  assert.deepEqual(rest, { sha256, source: `hf:owner/private@${commit}:model.safetensors`, licence: 'CC0-1.0' });
  assert.deepEqual(found.get('classifier.weight'), parameters.get('classifier.weight'));
  assert.deepEqual(hub.requests, [
    'HEAD /owner/private/resolve/main/model.safetensors',
    `GET /owner/private/resolve/${commit}/model.safetensors`,
  ]);

  hub.requests = [];
  const again = await resolve();
  assert.deepEqual(again.parameters.get('conv_stem.weight'), parameters.get('conv_stem.weight'));
  assert.deepEqual(hub.requests, ['HEAD /owner/private/resolve/main/model.safetensors']);
  hub.requests = [];
  await resolve({ sha256 });
  assert.deepEqual(hub.requests, [], 'a known digest needs no network');
  assert.deepEqual(await readdir(path.join(hub.home, 'weights', 'downloads')), [], 'the download is cleared away');
});

test('no part of a hub name leads elsewhere on the hub', async () => {
  for (const name of ['..', '../..', 'owner/..', './private', 'owner/private@..', 'owner/private@a/../b']) {
    await assert.rejects(resolve({ source: `hf:${name}` }), fails('GW_WEIGHTS_NOT_FOUND', 'hf:'), name);
  }
  for (const name of ['../../../other/private/resolve/main/model.safetensors', '/model.safetensors', 'a//b', 'a/./b']) {
    const source = `hf:owner/private:${name}`;
    await assert.rejects(
      resolve({ source }),
      fails('GW_WEIGHTS_NOT_FOUND', 'cannot be part of a name on the hub'),
      name,
    );
  }
  for (const name of ['a\\..\\b', 'a\nb', 'a%2e%2e/b']) {
    await assert.rejects(resolve({ source: `hf:owner/private:${name}` }), fails('GW_WEIGHTS_NOT_FOUND'), name);
  }
  assert.deepEqual(hub.requests, []);
});

test('a hub that names a commit which is none is asked for the revision', async () => {
  commit = '../../other';
  const { source } = await resolve();
  assert.equal(source, 'hf:owner/private@main:model.safetensors');
  assert.ok(hub.requests.every((request) => request.includes('/owner/private/resolve/main/')));
});

test('a download that breaks off goes on where it stopped', async () => {
  cuts = [1_000_000, 500_000];
  const progress: number[] = [];
  await resolve({ onProgress: ({ done }) => progress.push(done) });
  const ranges = hub.requests.slice(2).map((request) => Number(/bytes=(\d+)/.exec(request)?.[1]));
  assert.equal(ranges.length, 2);
  assert.ok(
    ranges.every((from, i) => from > 0 && from > (ranges[i - 1] ?? 0)),
    hub.requests.join('\n'),
  );
  assert.equal(progress.at(-1), file.length);
});

test('a mirror that only knows GET serves too', async () => {
  knowsHead = false;
  assert.equal((await resolve()).source, 'hf:owner/private@main:model.safetensors');
  assert.equal(hub.requests.at(-1), 'GET /owner/private/resolve/main/model.safetensors');
});

test('what an earlier process left behind is taken over', async () => {
  cuts = Array.from({ length: 20 }, (_, i) => (i === 0 ? 1_000_000 : 0));
  await assert.rejects(resolve(), fails('GW_WEIGHTS_UNAVAILABLE', 'HF_ENDPOINT'));
  cuts = [];
  hub.requests = [];
  await resolve();
  assert.match(hub.requests[1]!, /bytes=\d{5,}-$/);
});

test('a missing token, repository or file is named', async () => {
  const environment = { HF_ENDPOINT: hub.endpoint };
  await assert.rejects(resolve({ environment }), fails('GW_WEIGHTS_NOT_FOUND', 'owner/private', 'HF_TOKEN'));
  await assert.rejects(resolve({ source: 'hf:owner/x:none.bin' }), fails('GW_WEIGHTS_NOT_FOUND', 'owner/x', '404'));
  await assert.rejects(resolve({ source: `${hub.endpoint}/none`, sha256 }), fails('GW_WEIGHTS_NOT_FOUND', '/none'));
  await assert.rejects(resolve({ source: '/no/such.safetensors' }), fails('GW_WEIGHTS_NOT_FOUND', '/no/such'));
  await assert.rejects(resolve({ source: 'ftp://host/x' }), fails('GW_WEIGHTS_NOT_FOUND', 'not supported'));
  await assert.rejects(resolve({ source: 'http://example.org/x' }), fails('GW_WEIGHTS_NOT_FOUND', 'plain http'));
  await assert.rejects(resolve({ source: undefined }), fails('GW_WEIGHTS_NOT_FOUND', 'npm run setup'));
  await assert.rejects(resolve({ source: 's3://b/k' }), fails('GW_WEIGHTS_NOT_FOUND', 's3://b/k'));
});

test('content with another digest is refused, and not kept', async () => {
  const other = 'f'.repeat(64);
  announced = other;
  await assert.rejects(resolve(), fails('GW_WEIGHTS_REFUSED', sha256, other));
  announced = sha256;
  await assert.rejects(resolve({ sha256: other }), fails('GW_WEIGHTS_REFUSED', sha256, other));
  await assert.rejects(
    resolve({ source: `${hub.endpoint}/model.safetensors`, sha256: other }),
    fails('GW_WEIGHTS_REFUSED'),
  );
  await resolve();
});

test('a digest in the name of a file is checked', async () => {
  const named = (digest: string) => resolve({ source: `${hub.endpoint}/weights-${digest}.pth` });
  await named(sha256.slice(0, 8));
  await assert.rejects(named('0'.repeat(8)), fails('GW_WEIGHTS_REFUSED', sha256));
});

test('without network, what the source gave last is used', async () => {
  await resolve();
  isDown = true;
  assert.equal((await resolve()).sha256, sha256);
  await assert.rejects(resolve({ source: 'hf:owner/new' }), fails('GW_WEIGHTS_UNAVAILABLE', '503'));
});

test('an https address, a file and an object of a store serve as well', async () => {
  const local = path.join(hub.home, 'mine.safetensors');
  await writeFile(local, file);
  const results = [
    await resolve({ source: `${hub.endpoint}/model.safetensors`, sha256 }),
    await resolve({ source: local }),
    await resolve({ source: 's3://bucket/key', readObject: () => Promise.resolve(new Uint8Array(file)) }),
  ];
  for (const result of results) assert.equal(result.sha256, sha256);
});

test('weights of another architecture are refused with the first tensor that does not fit', async () => {
  const local = path.join(hub.home, 'other.safetensors');
  await writeFile(local, writeSafetensors(formulaParameters(getBackbone('resnet18'))));
  await assert.rejects(
    resolve({ source: local }),
    fails('GW_WEIGHTS_MISMATCH', "'conv_stem.weight' [32, 3, 3, 3]", "'bn1.bias' [64]"),
  );
  await assert.rejects(
    resolve({ source: local, backbone: getBackbone('resnet50') }),
    fails('GW_WEIGHTS_MISMATCH', "'layer1.0.conv1.weight' is [64, 64, 3, 3]", '[64, 64, 1, 1]'),
  );
  const others: [content: string, name: string][] = [
    ['version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 98\n', 'is a Git LFS pointer'],
    ['\n<!DOCTYPE html><html><body>Sign in</body></html>', 'is an HTML page'],
    ['<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', 'is an XML document'],
    ['', 'is empty'],
  ];
  for (const [content, name] of others) {
    await writeFile(local, content);
    await assert.rejects(resolve({ source: local }), fails('GW_WEIGHTS_REFUSED', local, name));
    await assert.rejects(resolve({ source: local, sha256: 'e'.repeat(64) }), fails('GW_WEIGHTS_REFUSED', local, name));
  }
  await writeFile(local, 'no weights at all');
  await assert.rejects(resolve({ source: local }), fails('GW_WEIGHTS_REFUSED', local));
});

test('a damaged cache entry counts as absent', async () => {
  await resolve();
  const folder = path.join(hub.home, 'weights', 'cache');
  const entry = path.join(
    folder,
    (await readdir(folder)).find((name) => name.endsWith('.safetensors'))!,
  );
  const bytes = readFileSync(entry);
  bytes[bytes.length - 5]! ^= 1;
  await writeFile(entry, bytes);
  hub.requests = [];
  assert.deepEqual((await resolve()).parameters.get('conv_stem.weight'), parameters.get('conv_stem.weight'));
  assert.equal(hub.requests.length, 2);
});

test("timm's names for VGG's linear layers are understood", () => {
  const vgg = getBackbone('vgg11');
  const own = declareParameters(vgg).map(({ name, shape }): [string, NamedArray] => [name, { shape, data: noData }]);
  const timm: Record<string, [string, number[]]> = {
    'classifier.0.weight': ['pre_logits.fc1.weight', [4096, 512, 7, 7]],
    'classifier.3.weight': ['pre_logits.fc2.weight', [4096, 4096, 1, 1]],
    'classifier.0.bias': ['pre_logits.fc1.bias', [4096]],
    'classifier.3.bias': ['pre_logits.fc2.bias', [4096]],
    'classifier.6.weight': ['head.fc.weight', [1000, 4096]],
    'classifier.6.bias': ['head.fc.bias', [1000]],
  };
  const published = own.map(([name, array]): [string, NamedArray] => {
    const [timmName, shape] = timm[name] ?? [name, array.shape];
    // Only the first layer's length matters, to tell how it is flattened.
    const length = name === 'classifier.0.weight' || name === 'classifier.3.weight' ? shape.reduce((a, b) => a * b) : 0;
    return [timmName, { shape, data: { length } as Float32Array }];
  });
  const selected = selectParameters(vgg, new Map(published), 'timm');
  assert.deepEqual(
    own.map(([name, { shape }]) => [name, shape]),
    own.map(([name]) => [name, selected.get(name)?.shape]),
  );
});

test('weights without a classifier, or with one for other classes, are enough', () => {
  const features = new Map(featureParameters(backbone).map(({ name }) => [name, parameters.get(name)!]));
  assert.equal(selectParameters(backbone, features, 'features').size, features.size);
  assert.equal(selectParameters(backbone, parameters, 'five classes').get('classifier.bias')!.data.length, 5);
});

const names = path.resolve(
  fileURLToPath(new URL('../../..', import.meta.url)),
  '../shared/data/weights/efficientnet_lite0.names.json',
);
const skip = existsSync(names) ? false : 'the published names (../shared/data/weights) are not here';
test('the package names map to timm names', { skip }, () => {
  const { tensors } = JSON.parse(readFileSync(names, 'utf8')) as { tensors: [string, string][] };
  const layer = (name: string): string => name.slice(0, name.lastIndexOf('.'));
  for (const [packaged, timm] of tensors) assert.equal(backbone.fileNames.get(layer(timm)), layer(packaged));
});
