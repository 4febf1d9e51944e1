/** Stores that do not honour conditional requests: refused by name before any work is done, by workers and by `doctor`. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import type { Check } from '../../cli/doctor/check.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import { checkout } from '../../infra/stack/checkout.js';
import { ObjectStore } from '../../storage/objects/objectStore.js';
import { probeConditions } from '../../storage/probe/probeConditions.js';
import { openS3Connection } from '../../storage/s3/s3Connection.js';
import { checkStore } from '../../worker/checkStore.js';
import { FaultProxy } from './faultProxy.js';
import { lackingStores } from './lackingStore.js';
import { runCommand } from '../stacks/runCommand.js';
import { s3Unavailable, startS3Server, type S3Server } from './s3Server.js';

/** What each is refused for. */
const refusals: Record<keyof typeof lackingStores, RegExp[]> = {
  'ignores If-None-Match': [/it ignores If-None-Match on PUT: two runs could both write/],
  'ignores If-Match': [
    /it ignores If-Match on PUT: two attempts could both write/,
    /it ignores If-Match on GET/,
    /it creates a missing object for a PUT with If-Match/,
  ],
  'ignores If-Match on what is not there': [/it creates a missing object for a PUT with If-Match/],
  'answers 304 instead of 412': [
    /it answers 304( \w+)? instead of 412 to a PUT whose If-None-Match condition is not met/,
    /it answers 304( \w+)? instead of 412 to a GET whose If-Match condition is not met/,
  ],
  'answers 409 instead of 412': [
    /it answers 409 ConditionalRequestConflict instead of 412 to a PUT whose If-Match condition is not met/,
  ],
  'does not know conditions': [/it answers 501 NotImplemented to a PUT whose If-None-Match condition is met/],
  'lists other tags': [/its listing shows another ETag \(0000\w+\) than HEAD/],
};

describe('a store that does not honour conditions', { skip: s3Unavailable }, () => {
  let server: S3Server;
  let proxy: FaultProxy;
  let store: ObjectStore;
  let variables: Record<string, string>;

  before(async () => {
    server = await startS3Server();
    proxy = await FaultProxy.start(server.variables.AWS_ENDPOINT_URL_S3 ?? '');
    variables = { ...server.variables, AWS_ENDPOINT_URL_S3: proxy.endpoint };
    store = new ObjectStore(server.store.bucket, openS3Connection(variables, 2));
  });
  after(async () => {
    await proxy.stop();
    await server.stop();
  });
  afterEach(() => {
    proxy.instead = () => undefined;
    proxy.decide = () => 'none';
  });

  async function leftovers(): Promise<string[]> {
    const keys: string[] = [];
    for await (const { key } of server.store.list(objectKeys.probes)) keys.push(key);
    return keys;
  }

  const quiet = { info: () => undefined, warn: () => undefined };

  test('the embedded server honours them all, at the cost of a dozen requests, and nothing is left', async () => {
    let requests = 0;
    proxy.answered = () => (requests += 1);
    assert.deepEqual(await probeConditions(store), { state: 'fit' });
    assert(requests <= 16, `${requests}`);
    await checkStore(store, quiet);
    assert.deepEqual(await leftovers(), []);
  });

  for (const [name, patterns] of Object.entries(refusals) as [keyof typeof lackingStores, RegExp[]][]) {
    test(`one that ${name} is refused by that name, and nothing is left`, async () => {
      proxy.instead = lackingStores[name](server.store);
      await assert.rejects(checkStore(store, quiet), (thrown: Error) => {
        assert.equal('code' in thrown && thrown.code, 'GW_S3_UNFIT');
        for (const pattern of patterns) assert.match(thrown.message, pattern);
        return true;
      });
      assert.deepEqual(await leftovers(), []);
    });
  }

  test('a worker does not start, and doctor fails, each with the name of what is missing', async () => {
    proxy.instead = lackingStores['ignores If-None-Match'](server.store);
    // Nobody listens there: a worker that came so far would wait for Temporal.
    const environment = { ...process.env, ...variables, TEMPORAL_ADDRESS: '127.0.0.1:1' };
    const worker = spawn(process.execPath, [join(checkout, 'dist/worker/main.js'), '--pool', 'cpu'], {
      env: environment,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const said = worker.stderr.toArray();
    const [code] = (await once(worker, 'exit')) as [number];
    assert.equal(code, 2);
    assert.match(Buffer.concat((await said) as Buffer[]).toString(), /ignores If-None-Match on PUT.* \(GW_S3_UNFIT\)/);

    const { stdout } = await runCommand(['doctor', '--json'], { ...variables, TEMPORAL_ADDRESS: '127.0.0.1:1' });
    const checks = JSON.parse(stdout) as Check[];
    assert.equal(checks.find((check) => check.name === 's3')?.state, 'ok');
    const conditions = checks.find((check) => check.name === 's3 conditions');
    assert.equal(conditions?.state, 'fail');
    assert.match(conditions.detail, /ignores If-None-Match on PUT/);
    assert.match(conditions.remedy ?? '', /Use a store whose version honours If-Match/);
  });

  test('a store that is away at the start is waited for, not refused', async () => {
    await proxy.goDown();
    let waits = 0;
    const warn = (): void => {
      waits += 1;
      if (waits === 1) void proxy.comeBack();
    };
    await checkStore(store, { ...quiet, warn });
    assert(waits >= 1);
  });

  test('an answer that is lost, and a conflict that passes, are no reason to refuse', async () => {
    for (const fault of ['lose-answer', 'slow-down'] as const) {
      proxy.next(1, fault, ({ method }) => method === 'PUT');
      assert.deepEqual(await probeConditions(store), { state: 'fit' }, fault);
    }
    let conflicts = 1;
    const crossing = lackingStores['answers 409 instead of 412'](server.store);
    proxy.instead = (request, ask) =>
      request.headers['if-match'] !== undefined && conflicts-- > 0 ? crossing(request, ask) : undefined;
    assert.deepEqual(await probeConditions(store), { state: 'fit' });
  });

  test('a role that may not probe starts with a warning that names the right', async () => {
    proxy.instead = ({ method }) =>
      method === 'PUT'
        ? Promise.resolve({
            status: 403,
            headers: { 'content-type': 'application/xml' },
            body: Buffer.from('<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>'),
          })
        : undefined;
    const warned: unknown[] = [];
    await checkStore(store, { ...quiet, warn: ({ remedy }) => void warned.push(remedy) });
    assert.match(String(warned), /put, get and delete objects below probes\//);
  });

  test('a probe leaves the objects of another one alone, which may be under way', async () => {
    const other = objectKeys.probe('other');
    await server.store.put(other, 'x');
    assert.deepEqual(await probeConditions(store), { state: 'fit' });
    assert.deepEqual(await leftovers(), [other]);
  });
});
