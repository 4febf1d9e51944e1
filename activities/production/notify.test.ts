import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { webhookSchema } from '../../contracts/spec/promotion.js';
import { notify } from './notify.js';
import { earlierSignature, standardSignature } from './webhookSignature.js';

const notification = { event: 'retrained', model: 'birds@2', run: 'a-run', text: 'birds@2 promoted' } as const;

describe('notifications', () => {
  let server: Server;
  let url: string;
  let answer: number;
  let received: { headers: IncomingHttpHeaders; body: string }[];

  beforeEach(async () => {
    received = [];
    answer = 204;
    server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        received.push({ headers: request.headers, body: Buffer.concat(parts).toString() });
        response.writeHead(answer, answer === 302 ? { location: 'http://127.0.0.1:9/' } : {}).end();
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  });
  afterEach(() => void server.close());

  const tell = (secret?: string, allowPrivate = true): Promise<void> =>
    notify(
      { url, delivery: 'd1', notification },
      { signal: new AbortController().signal },
      { GRAFTWORK_WEBHOOK_SECRET: secret, GRAFTWORK_ALLOW_PRIVATE_ADDRESSES: allowPrivate },
    );

  test('a receiver can check who speaks: the signature is that of the raw body', async () => {
    await tell('a secret');
    const [{ headers, body } = { headers: {}, body: '' }] = received;
    assert.deepEqual(JSON.parse(body), notification);
    assert.equal(headers['x-graftwork-event'], 'retrained');
    assert.equal(headers['x-graftwork-delivery'], 'd1');
    const seconds = Number(headers['webhook-timestamp']);
    assert.equal(headers['webhook-id'], 'd1');
    assert.equal(headers['webhook-signature'], standardSignature({ delivery: 'd1', seconds, body }, 'a secret'));
    assert.notEqual(headers['webhook-signature'], standardSignature({ delivery: 'd1', seconds, body }, 'another'));
    assert.equal(headers['x-graftwork-signature'], earlierSignature({ delivery: 'd1', seconds, body }, 'a secret'));
  });

  test('nothing of a signed notification can be exchanged, its delivery included', () => {
    const sent = { delivery: 'd1', seconds: 1_700_000_000, body: '{}' };
    for (const other of [{ delivery: 'd2' }, { seconds: 1_700_000_001 }, { body: '{ }' }]) {
      assert.notEqual(standardSignature({ ...sent, ...other }, 'a secret'), standardSignature(sent, 'a secret'));
    }
  });

  test("the signature is that of Standard Webhooks' own libraries", () => {
    // The example of their specification and their reference implementations.
    const example = {
      delivery: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      seconds: 1_614_265_330,
      body: '{"test": 2432232314}',
    };
    assert.equal(
      standardSignature(example, 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'),
      'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    );
  });

  test('a secret that only looks like an encoded one is a key as it stands', () => {
    const sent = { delivery: 'd1', seconds: 1_700_000_000, body: '{}' };
    for (const secret of ['whsec_', 'whsec_***', 'whsec_short']) {
      assert.notEqual(
        standardSignature(sent, secret),
        standardSignature(sent, 'whsec_'.padEnd(secret.length + 1, '!')),
      );
    }
  });

  test('without a secret nothing is signed', async () => {
    await tell('');
    for (const header of ['x-graftwork-signature', 'webhook-signature', 'webhook-id', 'webhook-timestamp']) {
      assert.equal(received[0]?.headers[header], undefined, header);
    }
  });

  test('no spec sends a worker into its own network', async () => {
    const refused = { code: 'GW_WEBHOOK_FAILED', retryable: false, message: /not a public https address/ };
    await assert.rejects(tell(undefined, false), refused);
    url = url.replace('http:', 'https:');
    await assert.rejects(tell(undefined, false), refused);
    assert.deepEqual(received, []);
  });

  test('an address with a password is neither accepted nor shown', () => {
    for (const text of [
      'https://me:hunter2@hooks.example/x',
      'https://me@hooks.example',
      'https:///me:hunter2@hooks.example?x',
    ]) {
      const { error } = webhookSchema.safeParse(text);
      assert.match(error?.message ?? '', /user name or password/);
      assert.doesNotMatch(error?.message ?? '', /hunter2/);
    }
    assert.ok(webhookSchema.safeParse('https://hooks.example/@me?to=a@b').success);
  });

  test('what may pass is tried again, what will not is not; a redirect is not followed', async () => {
    for (const [status, retryable] of [
      [503, true],
      [429, true],
      [404, false],
      [302, false],
    ] as const) {
      answer = status;
      await assert.rejects(tell(), { code: 'GW_WEBHOOK_FAILED', retryable, message: new RegExp(String(status)) });
    }
    server.close();
    server.closeAllConnections();
    await assert.rejects(tell(), { code: 'GW_WEBHOOK_FAILED', retryable: true, message: /does not answer/ });
  });
});
