import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, test } from 'node:test';
import { backbone, fails, file, openToLoopback, sha256, startHub, token } from '../../test/fixtures/hubForTests.js';
import { serving, timmConfig, type Repository } from '../../test/fixtures/repositoriesForTests.js';
import { backboneNames } from '../backbones/architecture.js';
import { fetchWeights, listWeights, showWeights, verifyWeights } from './inventory.js';

const name = 'timm/tf_efficientnet_lite0.own';
const commit = 'c0ffee'.padEnd(40, '0');
const { model_args: _, ...config } = { ...timmConfig, architecture: 'tf_efficientnet_lite0', num_classes: 5 };

let repositories: Record<string, Repository>;
/** Bytes after which the server cuts a connection; none: it does not. */
let cuts: number[];
beforeEach(() => {
  cuts = [];
  repositories = { [name]: { commit, files: { 'config.json': config, 'model.safetensors': file } } };
});
const hub = startHub('', (request, response) => {
  const isWeights = request.method === 'GET' && request.url?.endsWith('.safetensors') === true;
  const cut = isWeights ? cuts.shift() : undefined;
  if (cut === undefined) return void serving(repositories)(request, response);
  response.writeHead(200, { etag: `"${sha256}"`, 'content-length': file.length });
  response.write(file.subarray(0, cut), () => response.destroy());
});
const options = () => ({
  ...{ home: hub.home, retryDelay: 1 },
  environment: { HF_ENDPOINT: hub.endpoint, HF_TOKEN: token, ...openToLoopback },
});

test('the list has every network, and the checkpoints that were looked up, without asking', async () => {
  const networks = await listWeights(hub.home);
  assert.deepEqual(
    networks.map((entry) => entry.name),
    backboneNames(),
  );
  assert.ok(networks.every(({ here }) => !here));
  const resnet = networks.find((entry) => entry.name === 'resnet50');
  assert.deepEqual(
    [resnet?.source, resnet?.licence, resnet?.imagenetTop1, resnet?.bytes],
    ['hf:timm/resnet50.tv_in1k', 'BSD-3-Clause', 0.7613, 4 * 25_557_032],
  );
  const shown = await showWeights(name, options());
  assert.deepEqual(
    [shown.architecture, shown.licence, shown.bytes, shown.labels, shown.input.resize, shown.imagenetTop1],
    ['efficientnet_lite0', 'apache-2.0', file.length, 5, 235, null],
  );
  hub.requests = [];
  const [last] = (await listWeights(hub.home)).slice(-1);
  assert.deepEqual([last?.name, last?.here, hub.requests.length], [`${name}@${commit}`, false, 0]);
});

test('a fetch goes on where it stopped, and reports how far it is', async () => {
  cuts = [1_000_000];
  const progress: number[] = [];
  const { here, tensors, licence, ...kept } = await fetchWeights(name, {
    ...options(),
    onProgress: ({ done, total }) => progress.push(done, total ?? 0),
  });
  assert.deepEqual([here, kept.sha256, licence], [true, sha256, 'CC0-1.0']);
  assert.ok(tensors > 200);
  assert.deepEqual(progress.slice(-2), [file.length, file.length]);
  assert.match(hub.requests.at(-1)!, /bytes=\d{4,}-$/);
  hub.requests = [];
  await fetchWeights(`${name}@${commit}`, options());
  assert.ok(
    hub.requests.every((request) => request.startsWith('HEAD ')),
    hub.requests.join('\n'),
  );
});

test('weights that are here are verified; damage and absence are named', async () => {
  await assert.rejects(verifyWeights(name, options()), fails('GW_WEIGHTS_NOT_FOUND', `weights fetch ${name}`));
  await fetchWeights(name, options());
  hub.requests = [];
  assert.equal((await verifyWeights(`${name}@${commit}`, options())).sha256, sha256);
  assert.deepEqual(hub.requests, [], 'nobody is asked');
  const folder = path.join(hub.home, 'weights', 'cache');
  const entry = path.join(
    folder,
    (await readdir(folder)).find((one) => one.endsWith('.safetensors'))!,
  );
  const bytes = await readFile(entry);
  bytes[bytes.length - 5]! ^= 1;
  await writeFile(entry, bytes);
  await assert.rejects(verifyWeights(`${name}@${commit}`, options()), fails('GW_CORRUPT', entry, 'fetched again'));
  await verifyWeights(`${name}@${commit}`, options());
});

test('a file of weights is verified for the network it is named for; a model of the registry is elsewhere', async () => {
  const local = path.join(hub.home, 'mine.safetensors');
  await writeFile(local, file);
  const kept = await verifyWeights(`${backbone.name}=${local}`, options());
  assert.deepEqual([kept.sha256, kept.source, kept.imagenetTop1], [sha256, local, null]);
  await assert.rejects(verifyWeights(`resnet18=${local}`, options()), fails('GW_WEIGHTS_MISMATCH', local, 'resnet18'));
  await assert.rejects(showWeights('model:birds@1', options()), fails('GW_USAGE', 'models show'));
  await assert.rejects(showWeights('resnet5', options()), fails('GW_BACKBONE_UNKNOWN', "'resnet50'"));
});
