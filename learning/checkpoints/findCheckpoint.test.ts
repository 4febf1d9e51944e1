import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { beforeEach, test } from 'node:test';
import { hubCheckpoint } from '../../contracts/spec/sources/hubCheckpoint.js';
import { fails, openToLoopback, startHub, token } from '../../test/fixtures/hubForTests.js';
import {
  dinov2Config,
  processorConfig,
  serving,
  timmConfig,
  transformersConfig,
  type Repository,
} from '../../test/fixtures/repositoriesForTests.js';
import { writeSafetensors } from '../arrays/safetensors.js';
import { getBackbone, type NamedArray } from '../backbones/architecture.js';
import { timmParameters } from '../export/huggingFace/timmModel.js';
import { formulaParameters } from '../weights/formula.js';
import { findCheckpoint, requireLabels, type Checkpoint, type CheckpointOptions } from './findCheckpoint.js';

const mobilenet = getBackbone('mobilenet_v2');
const published = formulaParameters(mobilenet);
const weights = Buffer.from(writeSafetensors(timmParameters(mobilenet, published)));
const commit = 'c0ffee'.padEnd(40, '0');
const later = 'beef'.padEnd(40, '0');

const timmFiles = { 'config.json': timmConfig, 'model.safetensors': weights };
let repositories: Record<string, Repository>;
let isDown: boolean;
beforeEach(() => {
  isDown = false;
  repositories = { 'timm/mobilenetv2_100.ra_in1k': { commit, files: timmFiles } };
});

const hub = startHub('', (request, response) => {
  if (isDown) return void response.writeHead(503).end();
  serving(repositories)(request, response);
});

const find = (name: string, options: Partial<CheckpointOptions> = {}): Promise<Checkpoint> =>
  findCheckpoint(hubCheckpoint(name)!, {
    ...{ home: hub.home, retryDelay: 1 },
    environment: { HF_ENDPOINT: hub.endpoint, HF_TOKEN: token, ...openToLoopback },
    ...options,
  });
const resolve = (checkpoint: Checkpoint) =>
  hub.resolve({ backbone: checkpoint.backbone, source: checkpoint.weights() });

test('a checkpoint of timm is read at its commit, with its weights under the network’s names', async () => {
  const checkpoint = await find('timm/mobilenetv2_100.ra_in1k');
  assert.equal(checkpoint.name, `timm/mobilenetv2_100.ra_in1k@${commit}`);
  assert.equal(checkpoint.backbone.name, 'mobilenet_v2');
  assert.equal(checkpoint.weights(), `hf:timm/mobilenetv2_100.ra_in1k@${commit}:model.safetensors`);
  assert.deepEqual([checkpoint.bytes, checkpoint.licence, checkpoint.labels], [weights.length, 'apache-2.0', 1000]);
  const at = (revision: string, file: string) => `/timm/mobilenetv2_100.ra_in1k/resolve/${revision}/${file}`;
  assert.deepEqual(hub.requests, [
    `HEAD ${at('main', 'config.json')}`,
    `GET ${at(commit, 'config.json')}`,
    `HEAD ${at(commit, 'model.safetensors')}`,
  ]);
  const { parameters } = await resolve(checkpoint);
  assert.deepEqual(parameters, published);
  requireLabels(checkpoint, parameters);
});

test('a commit is the same for ever, also without the network; a branch is what it was last', async () => {
  const { name } = await find('timm/mobilenetv2_100.ra_in1k');
  hub.requests = [];
  assert.equal((await find(name)).name, name);
  assert.deepEqual(hub.requests, [], 'known without asking');
  repositories['timm/mobilenetv2_100.ra_in1k'] = { commit: later, files: timmFiles };
  assert.match((await find('timm/mobilenetv2_100.ra_in1k')).name, new RegExp(`@${later}$`));
  assert.equal((await find(name)).name, name);
  isDown = true;
  assert.match((await find('timm/mobilenetv2_100.ra_in1k')).name, new RegExp(`@${later}$`));
  await assert.rejects(find('timm/other'), fails('GW_WEIGHTS_UNAVAILABLE', 'timm/other', '503'));
});

test('a checkpoint may end with an earlier stage', async () => {
  const checkpoint = await find('timm/mobilenetv2_100.ra_in1k:stage4');
  assert.equal(checkpoint.backbone.name, 'mobilenet_v2:stage4');
  assert.equal(checkpoint.name, `timm/mobilenetv2_100.ra_in1k@${commit}:stage4`);
  await assert.rejects(find('timm/mobilenetv2_100.ra_in1k:stage44'), fails('GW_STAGE_UNKNOWN', 'stage44'));
});

test('a checkpoint of transformers has its pictures’ preparation and its licence beside its configuration', async () => {
  const files = {
    'config.json': transformersConfig,
    'preprocessor_config.json': { ...processorConfig, size: 256 },
    'README.md': '---\nlicense: other\nlicense_name: own-licence\ntags:\n- vision\n---\nlicense: none',
    'pytorch_model.bin': Buffer.from('x'),
  };
  repositories['microsoft/resnet-50'] = { commit, files };
  const { backbone, input, licence, weights: source } = await find('microsoft/resnet-50');
  assert.deepEqual([backbone.name, input.size, input.resize, licence], ['resnet50', 256, 292, 'own-licence']);
  assert.equal(source(), `hf:microsoft/resnet-50@${commit}:pytorch_model.bin`);
  repositories['microsoft/resnet-50'] = { commit: later, files: { 'config.json': transformersConfig } };
  const bare = await find('microsoft/resnet-50');
  assert.deepEqual([bare.input.size, bare.licence], [224, undefined]);
  assert.throws(() => bare.weights(), fails('GW_WEIGHTS_NOT_FOUND', 'neither model.safetensors nor pytorch_model.bin'));
});

test('a transformer is pooled as its configuration says, unless the spec says otherwise', async () => {
  const classifier = { ...dinov2Config, architectures: ['Dinov2ForImageClassification'], num_labels: 1000 };
  repositories['facebook/dinov2-small'] = { commit, files: { 'config.json': dinov2Config } };
  repositories['facebook/dinov2-small-imagenet1k'] = { commit, files: { 'config.json': classifier } };
  const { backbone, input } = await find('facebook/dinov2-small');
  assert.deepEqual([backbone.name, input.size, input.resize], ['vit_small_patch14_dinov2', 224, 256]);
  const both = await find('facebook/dinov2-small-imagenet1k');
  assert.deepEqual([both.backbone.name, both.labels], ['vit_small_patch14_dinov2:token+mean', 1000]);
  const mean = await find('facebook/dinov2-small-imagenet1k:blocks.8', { pooling: 'mean' });
  assert.equal(mean.backbone.name, 'vit_small_patch14_dinov2:mean:blocks.8');
  await assert.rejects(
    find('facebook/dinov2-small', { pooling: 'map' }),
    fails('GW_SPEC_INVALID', "'map'", 'token+mean'),
  );
  const pooled = { ...timmConfig, global_pool: 'token' };
  repositories['timm/wrong'] = { commit, files: { ...timmFiles, 'config.json': pooled } };
  await assert.rejects(
    find('timm/wrong'),
    fails('GW_BACKBONE_UNKNOWN', 'config.json', "mobilenet_v2 of the kind 'token'"),
  );
});

test('a repository that a network of the zoo has its weights from is that network’s', async () => {
  const name = 'timm/vit_base_patch32_clip_224.openai';
  const config = { ...timmConfig, architecture: 'vit_base_patch32_clip_224', global_pool: 'token' };
  const { num_features: _, ...files } = config;
  repositories[name] = { commit, files: { 'config.json': files } };
  assert.equal((await find(name)).backbone.name, 'vit_base_patch32_clip_quickgelu_224');
  repositories[name] = { commit: later, files: { 'config.json': timmConfig } };
  assert.equal((await find(name)).backbone.name, 'mobilenet_v2', 'what its file says counts where the shapes differ');
});

test('a gated repository names its licence, the page that accepts it, and the variable', async () => {
  const gated = { gated: 'manual', cardData: { license: 'other', license_name: 'dinov3-license' } };
  repositories['facebook/dinov3'] = { commit, files: timmFiles, gated };
  const page = `${hub.endpoint}/facebook/dinov3`;
  const parts = ['facebook/dinov3 is gated (401)', 'dinov3-license', page, 'HF_TOKEN'];
  const without = { HF_ENDPOINT: hub.endpoint, ...openToLoopback };
  await assert.rejects(find('facebook/dinov3', { environment: without }), fails('GW_WEIGHTS_NOT_FOUND', ...parts));
  await assert.rejects(
    hub.resolve({ backbone: mobilenet, source: 'hf:facebook/dinov3', environment: without }),
    fails('GW_WEIGHTS_NOT_FOUND', ...parts),
  );
  const other = { ...without, HF_TOKEN: 'hf_other' };
  await assert.rejects(find('facebook/dinov3', { environment: other }), fails('GW_WEIGHTS_NOT_FOUND', 'belongs to'));
  assert.equal((await find('facebook/dinov3')).backbone.name, 'mobilenet_v2');
  await assert.rejects(
    find('nobody/nothing', { environment: without }),
    fails('GW_WEIGHTS_NOT_FOUND', 'unknown, private or gated', `${hub.endpoint}/nobody/nothing`, 'HF_TOKEN'),
  );
});

const text = (body: string) => (response: ServerResponse) => void response.end(body);
const redirect = (location: string) => (response: ServerResponse) => void response.writeHead(302, { location }).end();
const cut = (response: ServerResponse, method: string): void => {
  response.writeHead(200, { 'content-length': 5000 });
  if (method === 'HEAD') response.end();
  else response.write('{"architecture":', () => response.destroy());
};
const lfs = 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 98\n';

const wrongConfigurations: [what: string, config: Repository['files'][string], code: string, parts: string[]][] = [
  ['an HTML page', '<!DOCTYPE html><html>Sign in</html>', 'GW_WEIGHTS_REFUSED', ['is an HTML page']],
  ['a Git LFS pointer', lfs, 'GW_WEIGHTS_REFUSED', ['is a Git LFS pointer']],
  ['nothing', '', 'GW_WEIGHTS_REFUSED', ['is empty']],
  ['half a file', '{"architecture": "mobilenetv2_', 'GW_WEIGHTS_REFUSED', ['not JSON, or ends too early']],
  ['a list', '[1]', 'GW_WEIGHTS_REFUSED', ['no JSON object']],
  ['an answer that breaks off', cut, 'GW_WEIGHTS_UNAVAILABLE', []],
  ['a very large file', `{"x":"${'x'.repeat(5 * 2 ** 20)}"}`, 'GW_WEIGHTS_REFUSED', ['larger than 4194304 bytes']],
  ['neither kind', { tags: [] }, 'GW_WEIGHTS_REFUSED', ['`architecture`', '`model_type`']],
  ['a key that changes the arithmetic', { ...transformersConfig, use_rope: 1 }, 'GW_BACKBONE_UNKNOWN', ['use_rope 1']],
  ['another architecture', { ...timmConfig, architecture: 'swin_t' }, 'GW_BACKBONE_UNKNOWN', ["'swin_t'"]],
  ['features that it has not', { ...timmConfig, num_features: 64 }, 'GW_WEIGHTS_MISMATCH', ['num_features is 64']],
];
for (const [what, config, code, parts] of wrongConfigurations) {
  test(`a configuration that is ${what} is refused by its name`, async () => {
    repositories['timm/wrong'] = { commit, files: { ...timmFiles, 'config.json': config } };
    await assert.rejects(find('timm/wrong'), fails(code, 'timm/wrong', 'config.json', ...parts));
  });
}

test('a configuration may not lie at a private address', async () => {
  const environment = { HF_ENDPOINT: hub.endpoint };
  for (const [location, reason] of [
    ['https://169.254.169.254/config.json', 'not a public address'],
    ['https://10.0.0.1/config.json', 'not a public address'],
    ['http://127.0.0.1:9/config.json', 'not an https address'],
  ] as const) {
    repositories['timm/away'] = { commit, files: { ...timmFiles, 'config.json': redirect(location) } };
    await assert.rejects(find('timm/away', { environment }), fails('GW_WEIGHTS_REFUSED', reason), location);
  }
});

const pickled = Buffer.concat([
  Buffer.from([0x80, 2, 0x63]),
  Buffer.from('os\nsystem\n'),
  Buffer.from('X\x02\0\0\0id\x85R.'),
]);
const otherNetwork = Buffer.from(writeSafetensors(formulaParameters(getBackbone('squeezenet1_1'))));
/** The published file with some tensors replaced by zeros of another shape. */
const reshaped = (shapes: Readonly<Record<string, readonly number[]>>): Buffer => {
  const zeros = Object.entries(shapes).map(([name, shape]): [string, NamedArray] => [
    name,
    { shape, data: new Float32Array(shape.reduce((product, size) => product * size, 1)) },
  ]);
  return Buffer.from(writeSafetensors(timmParameters(mobilenet, new Map([...published, ...zeros]))));
};
const fiveClasses = reshaped({ 'classifier.1.weight': [5, 1280], 'classifier.1.bias': [5] });
const misshapen = reshaped({ 'features.18.1.bias': [1] });

const wrongWeights: [
  what: string,
  file: string,
  content: Repository['files'][string],
  code: string,
  parts: string[],
][] = [
  ['cut short', 'model.safetensors', weights.subarray(0, 100_000), 'GW_WEIGHTS_REFUSED', ['ends inside tensor']],
  ['a Git LFS pointer', 'model.safetensors', lfs, 'GW_WEIGHTS_REFUSED', ['is a Git LFS pointer']],
  ['an HTML page', 'model.safetensors', text('<html>Sign in</html>'), 'GW_WEIGHTS_REFUSED', ['is an HTML page']],
  ['code', 'pytorch_model.bin', pickled, 'GW_WEIGHTS_REFUSED', ["names 'os.system'"]],
  ['of another network', 'model.safetensors', otherNetwork, 'GW_WEIGHTS_MISMATCH', ["no tensor 'features.0.0.weight'"]],
  ['of another shape', 'model.safetensors', misshapen, 'GW_WEIGHTS_MISMATCH', ["'features.18.1.bias' is [1]"]],
  ['for other classes', 'model.safetensors', fiveClasses, 'GW_WEIGHTS_MISMATCH', ['1000 classes', 'has 5']],
];
for (const [what, file, content, code, parts] of wrongWeights) {
  test(`weights that are ${what} are refused by their name`, async () => {
    repositories['timm/wrong'] = { commit, files: { 'config.json': timmConfig, [file]: content } };
    const checkpoint = await find('timm/wrong');
    const read = async () => requireLabels(checkpoint, (await resolve(checkpoint)).parameters);
    await assert.rejects(read(), fails(code, 'timm/wrong', ...parts));
  });
}

const names = [...timmParameters(mobilenet, published).keys()];
const half = names.slice(0, names.length / 2);
const shard = (of: readonly string[]): Buffer => {
  const all = timmParameters(mobilenet, published);
  return Buffer.from(writeSafetensors(new Map(of.map((name) => [name, all.get(name)!]))));
};
const [one, two] = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'];
const index = 'model.safetensors.index.json';
const sharded = (weightMap: Readonly<Record<string, string>> = {}): Repository['files'] => {
  const place = names.map((name) => [name, half.includes(name) ? one : two]);
  return {
    'config.json': timmConfig,
    [index]: { metadata: { total_size: 1 }, weight_map: { ...Object.fromEntries(place), ...weightMap } },
    [one]: shard(half),
    [two]: shard(names.filter((name) => !half.includes(name))),
  };
};

test('weights in several files are read as one, each file once and under its digest', async () => {
  repositories['timm/large'] = { commit, files: sharded() };
  const checkpoint = await find('timm/large');
  assert.equal(checkpoint.weights(), `hf:timm/large@${commit}:${index}`);
  const { parameters, sha256 } = await resolve(checkpoint);
  assert.deepEqual(parameters, published);
  const fetched = (file: string) =>
    hub.requests.filter((request) => request.startsWith('GET') && request.endsWith(file));
  assert.deepEqual(
    [one, two].map((file) => fetched(file).length),
    [1, 1],
  );
  hub.requests = [];
  assert.equal((await resolve(checkpoint)).sha256, sha256);
  assert.deepEqual([one, two].flatMap(fetched), [], 'known by its digests');
  // Another byte in one of them is another set of weights.
  const other = { ...sharded(), [two]: reshaped({ 'features.18.1.bias': [1280] }) };
  repositories['timm/large'] = { commit: later, files: other };
  assert.notEqual((await resolve(await find('timm/large'))).sha256, sha256);
});

test('a file that has arrived is not fetched again when another one did not', async () => {
  const broken = (response: ServerResponse, method: string) =>
    method === 'HEAD' ? void response.writeHead(200, { etag: `"${'0'.repeat(64)}"` }).end() : void response.destroy();
  repositories['timm/large'] = { commit, files: { ...sharded(), [two]: broken } };
  const checkpoint = await find('timm/large');
  await assert.rejects(resolve(checkpoint), fails('GW_WEIGHTS_UNAVAILABLE', two));
  repositories['timm/large'] = { commit, files: sharded() };
  hub.requests = [];
  await resolve(checkpoint);
  assert.ok(
    !hub.requests.some((request) => request.startsWith('GET') && request.endsWith(one)),
    hub.requests.join('\n'),
  );
});

const [first = ''] = half;
const wrongIndexes: [what: string, files: Repository['files'], parts: string[]][] = [
  ['names a missing tensor', sharded({ 'no.such': one }), [one, "'no.such'"]],
  ['places a tensor elsewhere', sharded({ [first]: two }), [two, `'${first}'`]],
  ['leads out of the repository', sharded({ [first]: '../other/model.safetensors' }), [index, "'../other/model.safe"]],
  ['leads to an address', sharded({ [first]: 'https://a.example/x.safetensors' }), [index, "'https://a.example"]],
  ['names another kind of file', sharded({ [first]: 'pytorch_model.bin' }), [index, "'pytorch_model.bin'"]],
  ['is no index', { ...sharded(), [index]: { weight_map: [1] } }, [index, 'weight_map']],
  ['is cut short', { ...sharded(), [index]: '{"weight_map": {"a' }, [index, 'ends too early']],
  ['names nothing', { ...sharded(), [index]: { weight_map: {} } }, [index, 'no tensor']],
  ['has a damaged file', { ...sharded(), [two]: shard(names).subarray(0, 90_000) }, [two, 'ends inside tensor']],
];
for (const [what, files, parts] of wrongIndexes) {
  test(`an index that ${what} is refused by its name`, async () => {
    repositories['timm/wrong'] = { commit, files };
    const checkpoint = await find('timm/wrong');
    await assert.rejects(resolve(checkpoint), fails('GW_WEIGHTS_REFUSED', 'timm/wrong', ...parts));
  });
}

test('an index may name a file that the repository does not have; it is named', async () => {
  const { [two]: _, ...files } = sharded();
  repositories['timm/wrong'] = { commit, files };
  await assert.rejects(resolve(await find('timm/wrong')), fails('GW_WEIGHTS_NOT_FOUND', 'timm/wrong', two));
});
