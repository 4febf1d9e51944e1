/**
 * A run with everything locked up: encrypted payloads, one S3 identity with the least rights for each role, encryption on the
 * store's disks. It works like any other, and neither Temporal's database nor a log holds what it must not.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { Worker } from '@temporalio/worker';
import { Graftwork, type RunHandle } from '../../client/index.js';
import { dataConverter } from '../../codec/dataConverter.js';
import type { Pool } from '../../contracts/names.js';
import type { RunResult } from '../../contracts/run/result.js';
import type { UserSpec } from '../../contracts/spec/runSpec.js';
import { ObjectStore } from '../../storage/objects/objectStore.js';
import { openS3Connection } from '../../storage/s3/s3Connection.js';
import { workflowSource } from '../../worker/workflowBundle.js';
import { shortStep, tinySpec } from '../fixtures/quickSpecs.js';
import { mayBeIdle } from '../s3/idleRights.js';
import { eventually } from '../stacks/processes.js';
import { runCommand } from '../stacks/runCommand.js';
import { asRole, roleKeys, roles, writeRoles, type Role } from '../s3/s3Roles.js';
import { S3Usage } from '../s3/s3Usage.js';
import { sharedData, sharedDataMissing } from '../fixtures/sharedData.js';
import { stackUnavailable } from '../stacks/stackForTests.js';
import { WorkersForTests } from '../stacks/workersForTests.js';

const tiny = sharedData('datasets/tiny');
const photo = join(tiny, 'val/roses/11233672494_d8bf0a3dbf_n.jpg');
const spec = { ...tinySpec, fineTune: [{ epochs: 1, ...shortStep }], name: 'quokka' } satisfies UserSpec;
const key = (id: string): string => `${id}:${randomBytes(32).toString('base64')}`;
const [oldKey, newKey] = [key('spring'), key('summer')];
const locked = {
  GRAFTWORK_CODEC_KEYS: oldKey,
  GRAFTWORK_CODEC_TOKEN: randomBytes(20).toString('hex'),
  GRAFTWORK_S3_SSE: 'AES256',
  GRAFTWORK_WEBHOOK_SECRET: randomBytes(20).toString('hex'),
  HF_TOKEN: `hf_${randomBytes(20).toString('hex')}`,
  TEMPORAL_API_KEY: randomBytes(20).toString('hex'),
};
/** Of the spec and what came of it: nobody but us may read it at Temporal. */
const private_ = [
  ...['quokka', 'wombat', 's3://', 'uploads/', 'daisy', 'efficientnet', 'bandicoot', 'learningRate'],
  ...['numbat', 'bilby', 'dunnart', 'approval-wanted'],
];
/** A schedule's note is for anybody who looks at Temporal. */
const note = 'for the audit of May';

describe('a run with everything locked up', { skip: stackUnavailable || sharedDataMissing }, () => {
  let workers: WorkersForTests;
  let usage: S3Usage;
  /** A hub that has nothing, and was shown these; and a webhook that received these events, signed. */
  let hub: Server;
  const shown: (string | undefined)[] = [];
  const told: unknown[] = [];
  let source = '';
  let run: RunHandle;
  let result: RunResult;

  before(async () => {
    hub = createServer(({ method, headers }, response) => {
      const isWebhook = method === 'POST';
      if (!isWebhook) shown.push(headers.authorization);
      else if (headers['x-graftwork-signature'] !== undefined) told.push(headers['x-graftwork-event']);
      response.writeHead(isWebhook ? 204 : 404).end();
    });
    await new Promise<void>((done) => hub.listen(0, '127.0.0.1', done));
    const { port } = hub.address() as AddressInfo;
    Object.assign(process.env, locked, { HF_ENDPOINT: `http://127.0.0.1:${port}` });
    workers = await WorkersForTests.start(writeRoles);
    usage = await S3Usage.start(workers.servers.s3Endpoint);
    Object.assign(process.env, asRole('client'), { AWS_ENDPOINT_URL_S3: usage.endpoint });
    await Promise.all([start('cpu-worker', ['workflow', 'cpu']), start('gpu-worker', ['gpu'])]);
    await using graftwork = await Graftwork.connect({ home: workers.folder });
    run = await graftwork.train(tiny, {
      spec,
      onUploaded: (upload) => (source = upload?.uri ?? ''),
    });
    result = await run.result();
  });
  after(async () => {
    await workers.stop();
    await usage.stop();
    hub.close();
  });

  /** With a home of its own: what another role's worker has fetched is no right to read it. */
  const start = async (role: Role, pools: Pool[]): Promise<unknown> => {
    const home = join(workers.folder, role);
    await mkdir(home);
    const variables = {
      ...asRole(role),
      AWS_ENDPOINT_URL_S3: usage.endpoint,
      GRAFTWORK_HOME: home,
      GRAFTWORK_ALLOW_PRIVATE_ADDRESSES: '1',
    };
    return workers.worker({ name: role, pools, variables });
  };
  const as = async <T>(role: Role, variables: Record<string, string>, use: (graftwork: Graftwork) => Promise<T>) => {
    Object.assign(process.env, asRole(role), variables);
    await using graftwork = await Graftwork.connect({ home: workers.folder });
    try {
      return await use(graftwork);
    } finally {
      Object.assign(process.env, asRole('client'), locked);
    }
  };
  /** In every form they travel in. */
  const secrets = (): string[] => [
    ...[oldKey, newKey].map((text) => text.replace(/^\w+:/, '')),
    ...[locked.GRAFTWORK_CODEC_TOKEN, locked.GRAFTWORK_WEBHOOK_SECRET, locked.HF_TOKEN, locked.TEMPORAL_API_KEY],
    ...[...Object.values(roleKeys), workers.servers.keys].map(({ secretAccessKey }) => secretAccessKey),
  ];
  const storeOf = (variables: Record<string, string>): ObjectStore =>
    new ObjectStore('graftwork', openS3Connection({ ...workers.servers.environment, ...variables }, 1));

  test('it makes what every run makes, with no right but those of its roles', async () => {
    assert.equal(result.status, 'completed');
    assert.deepEqual(result.model, { name: 'quokka', version: 1 });
    const { predictions } = await as('client', {}, (graftwork) => graftwork.predict('quokka', [photo]));
    assert.equal(predictions.length, 1);
    const { evaluation } = await as('client', {}, (graftwork) => graftwork.evaluate('quokka', tiny));
    assert.equal(evaluation.top1, result.test?.top1);
  });

  test('each role is refused what its policy does not grant', async () => {
    const refused: Record<Role, (store: ObjectStore) => Promise<unknown>> = {
      client: (store) => store.put('models/parameters/x.safetensors', 'x'),
      'cpu-worker': (store) => store.put('checkpoints/x/result.json', 'x'),
      'gpu-worker': (store) => store.delete('datasets/x/manifest.json'),
      gc: (store) => store.put('uploads/x', 'x'),
      forget: (store) => store.delete('models/quokka/versions/1/card.json'),
    };
    for (const role of roles) {
      await assert.rejects(refused[role](storeOf(asRole(role))), { code: 'GW_S3_CREDENTIALS' }, role);
    }
  });

  test('the store is asked to encrypt every object, in one piece or in parts', async () => {
    const store = storeOf({ ...asRole('gpu-worker'), GRAFTWORK_S3_SSE: 'AES256' });
    await store.putPieces('features/parts', () => [Buffer.alloc(6 * 2 ** 20), Buffer.alloc(2 ** 20)]);
    const made = ['features/parts', `runs/${run.id}/result.json`, result.artifacts.model?.replace(/^s3:..[^/]+./, '')];
    const administrator = openS3Connection(workers.servers.environment).client;
    for (const Key of made) {
      const facts = await administrator.send(new HeadObjectCommand({ Bucket: 'graftwork', Key }));
      assert.equal(facts.ServerSideEncryption, 'AES256', Key);
    }
  });

  test('a failure is reported as ever', async () => {
    const backbone = { name: 'efficientnet_lite1', weights: '/nowhere/wombat.safetensors' };
    const spec = { ...tinySpec, name: 'quokka', backbone };
    const ends = as('client', {}, async (graftwork) => (await graftwork.train(tiny, { spec })).result());
    await assert.rejects(ends, { code: 'GW_WEIGHTS_NOT_FOUND', message: /wombat/, exitCode: 2 });
  });

  test('weights that the hub does not have are asked for with the token, and the message holds the name alone', async () => {
    const spec = {
      ...tinySpec,
      name: 'quokka',
      backbone: { name: 'efficientnet_lite1', weights: 'hf:owner/bandicoot' },
    };
    const ends = as('client', {}, async (graftwork) => (await graftwork.train(tiny, { spec })).result());
    await assert.rejects(ends, { code: 'GW_WEIGHTS_NOT_FOUND', message: /bandicoot/ });
    assert.deepEqual([...new Set(shown)], [`Bearer ${locked.HF_TOKEN}`]);
  });

  test('lists show the model and its data to a client with the key', async () => {
    const { stdout } = await runCommand(['runs', '--json'], { ...workers.servers.environment, ...locked });
    const listed = (JSON.parse(stdout) as { run: string; model: string; dataset: string; backbone: string }[]).at(-1);
    assert.equal(listed?.run, run.id);
    assert.doesNotMatch(run.id, /quokka/);
    assert.equal(listed.model, 'quokka');
    assert.match(listed.dataset, /^s3:\/\/graftwork\/uploads\//);
    assert.equal(listed.backbone, 'efficientnet_lite0');
  });

  test('keys rotate: the old history is read and replayed with the new key in front, and not without the old one', async () => {
    const rotated = { GRAFTWORK_CODEC_KEYS: `${newKey},${oldKey}` };
    assert.deepEqual(await as('client', rotated, (graftwork) => graftwork.show(run.id)), result);
    const history = await workers.temporal.workflow.getHandle(run.id).fetchHistory();
    const { codec: _codec, ...converter } = dataConverter(rotated);
    const options = { ...workflowSource(converter), dataConverter: converter };
    await Worker.runReplayHistory({ ...options, replayName: 'rotated' }, history, run.id);

    const forgotten = { GRAFTWORK_CODEC_KEYS: newKey };
    const missing = { code: 'GW_CODEC_KEY_MISSING', message: /key 'spring' \(this process has: summer\)/, exitCode: 2 };
    await assert.rejects(
      as('client', forgotten, (graftwork) => graftwork.show(run.id)),
      missing,
    );
    await assert.rejects(
      as('client', { GRAFTWORK_CODEC_KEYS: '' }, (graftwork) => graftwork.runs()),
      { code: 'GW_CODEC_KEY_MISSING' },
    );
  });

  test('a schedule retrains and a person approves, and takes it back, with the rights of their roles', async () => {
    await using graftwork = await Graftwork.connect({ home: workers.folder });
    const { production } = graftwork.models;
    const move = { by: 'bilby', why: 'dunnart' };
    await production.promote(await graftwork.models.card('quokka', 1), move);
    const promotion = { policy: 'approve', tie: 'promote' } as const;
    // Other than what is in production, or nothing would be trained.
    const other = graftwork.recurringSpec(source, { ...spec, seed: 2, promotion });
    const created = await graftwork.schedules.create(other, {
      ...{ every: '1d', paused: true, warmStart: false, note },
      notify: `${process.env.HF_ENDPOINT}/numbat`,
    });
    assert.deepEqual([created.model, created.dataset, created.note], ['quokka', source, note]);
    await graftwork.schedules.trigger('quokka');
    const events = ['approval-wanted', 'retrained'];
    await eventually('the webhook is notified', () => Promise.resolve(events.every((event) => told.includes(event))));
    assert.equal((await graftwork.schedules.list()).length, 1);
    const [tick] = await graftwork.schedules.ticks('quokka');
    const retrained = graftwork.run(tick?.run ?? '');
    const { model, promotion: outcome } = await retrained.result();
    assert.deepEqual(model, { name: 'quokka', version: 2 });
    assert.deepEqual([outcome?.status, outcome?.gate.champion?.version], ['waiting', 1]);
    const listed = async () => (await graftwork.runs()).find((one) => one.run === retrained.id);
    await eventually('the list says that it waits', async () => (await listed())?.waitsForApproval === true);
    assert.equal((await retrained.approve(move)).status, 'promoted');
    assert.equal((await production.read('quokka'))?.version, 2);
    assert.equal((await production.rollback('quokka', move)).version, 1);
    assert.equal((await graftwork.compare('quokka@1', 'quokka@2')).onSamePictures.pictures, 12);
  });

  test('a picture is forgotten with the rights of that role', async () => {
    const { models } = await as('client', {}, (graftwork) => graftwork.findPicture(photo));
    assert.equal(models.tested.length, 2);
    const { changes } = await as('forget', {}, (graftwork) => graftwork.forget(photo));
    assert.ok(changes.pixels.deleted > 0 && changes.uploads.deleted === 1);
  });

  test('garbage is collected with the rights of its role', async () => {
    const collected = await as('gc', {}, (graftwork) => graftwork.collectGarbage({ keepDays: 0 }));
    assert.ok(collected.objects > 10);
  });

  test('no role is in want of a right, and none has one that nothing needs', async () => {
    assert.deepEqual(usage.refused, []);
    for (const role of roles) {
      const idle = await usage.unused(role);
      const inVain = idle.filter((right) => !mayBeIdle(role, right));
      assert.deepEqual(inVain, [], role);
    }
  });

  test('no secret is in what commands print, in logs or in objects', async () => {
    const { port } = hub.address() as AddressInfo;
    const variables = {
      ...workers.servers.environment,
      ...locked,
      ...asRole('client'),
      HF_ENDPOINT: `http://127.0.0.1:${port}`,
    };
    const commands = [['show', run.id], ['status']];
    const printed = await Promise.all(commands.map((words) => runCommand([...words, '--json'], variables)));
    assert.ok(printed.every(({ stdout }) => stdout.length > 50));
    const logs = join(workers.folder, 'logs');
    const written = await Promise.all((await readdir(logs)).map((name) => readFile(join(logs, name), 'utf8')));
    assert.ok(written.join('').includes('serving'));
    const store = storeOf({});
    const objects: Buffer[] = [];
    for await (const { key } of store.list()) objects.push(Buffer.from(key), await store.get(key));
    assert.ok(objects.length > 20);
    const places = { printed: JSON.stringify(printed), logs: written.join(''), objects: Buffer.concat(objects) };
    for (const [place, content] of Object.entries(places)) {
      for (const [index, secret] of secrets().entries())
        assert.ok(!content.includes(secret), `${place}: secret ${index}`);
    }
  });

  test("Temporal's database has none of it in the clear", async () => {
    // Nobody else writes while it is read, and what is written is all there.
    await workers.servers.process('temporal')?.stop(10_000);
    const folder = join(workers.servers.environment.GRAFTWORK_HOME ?? '', 'temporal');
    const files = (await readdir(folder)).filter((name) => name.startsWith('temporal.db'));
    const database = Buffer.concat(await Promise.all(files.map((name) => readFile(join(folder, name)))));
    await workers.servers.start('temporal');
    for (const text of ['binary/encrypted', run.id, 'fine-tune-1', note]) assert.ok(database.includes(text), text);
    for (const text of [...private_, ...secrets()]) assert.equal(database.includes(text), false, text);
  });
});
