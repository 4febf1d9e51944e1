import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { defaultPayloadConverter } from '@temporalio/common';
import { EncryptionCodec } from '../../codec/encryptionCodec.js';
import { payloadsJson, payloadsSchema } from '../../codec/payloadJson.js';
import { createCodecServer } from './codecServer.js';

const token = 'a token that nobody guesses';
const ui = 'https://temporal.example.org';
const codec = new EncryptionCodec([{ id: 'k', key: randomBytes(32).toString('base64') }]);
const authorization = `Bearer ${token}`;
const plain = [defaultPayloadConverter.toPayload({ bucket: 'private' })];

let server: Server;
let url: string;
before(async () => {
  server = createCodecServer({ codec, token, origins: [ui] });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
after(() => void server.close().closeAllConnections());

const post = (path: string, body: string, headers: Record<string, string> = { authorization }) =>
  fetch(`${url}${path}`, { method: 'POST', body, headers });

test('what is encrypted is decrypted for who has the token, in the form the UI speaks', async () => {
  const encrypted = await post('/encode', payloadsJson(plain), { authorization, origin: ui });
  assert.equal(encrypted.headers.get('access-control-allow-origin'), ui);
  const text = await encrypted.text();
  assert.doesNotMatch(text, new RegExp(Buffer.from('private').toString('base64').slice(0, 8)));
  const { payloads } = payloadsSchema.parse(JSON.parse(text));
  assert.deepEqual(payloads[0]?.metadata?.encoding, Buffer.from('binary/encrypted'));
  assert.equal(await (await post('/decode', text)).text(), payloadsJson(plain));
});

test('a page is asked for its origin before it may ask', async () => {
  const preflight = (origin: string) => fetch(`${url}/decode`, { method: 'OPTIONS', headers: { origin } });
  const welcome = await preflight(ui);
  assert.equal(welcome.status, 204);
  assert.equal(welcome.headers.get('access-control-allow-origin'), ui);
  assert.match(welcome.headers.get('access-control-allow-headers') ?? '', /authorization.*x-namespace/);
  for (const answer of [
    await preflight('https://evil.example.org'),
    await post('/decode', '{"payloads":[]}', { authorization, origin: 'https://evil.example.org' }),
  ]) {
    assert.equal(answer.status, 403);
    assert.equal(answer.headers.get('access-control-allow-origin'), null);
  }
});

test('without the token, or with another, nothing is decrypted', async () => {
  const body = payloadsJson(await codec.encode(plain));
  for (const headers of [
    {},
    { authorization: 'Bearer x' },
    { authorization: token },
    { authorization: `${authorization} ` + 'x' },
  ]) {
    const answer = await post('/decode', body, headers);
    assert.equal(answer.status, 401);
    assert.doesNotMatch(await answer.text(), /private|payloads/);
  }
});

test('what is no question is refused, and what is too long is not read', async () => {
  assert.equal((await post('/decode', 'no JSON')).status, 400);
  assert.equal((await post('/decode', '{"payloads":[{"data":"%%%"}]}')).status, 400);
  assert.equal((await post('/elsewhere', '{}')).status, 404);
  assert.equal((await post('//', '{}')).status, 404);
  assert.equal((await fetch(`${url}/decode`, { headers: { authorization } })).status, 405);
  const long = await post('/decode', 'x'.repeat(17 * 2 ** 20)).catch((error: unknown) => error);
  // Node may find the connection closed before it has sent everything.
  assert.ok(long instanceof Error || (long as Response).status === 413);
  const foreign = new EncryptionCodec([{ id: 'other', key: randomBytes(32).toString('base64') }]);
  const unknown = await post('/decode', payloadsJson(await foreign.encode(plain)));
  assert.equal(unknown.status, 400);
  assert.match(await unknown.text(), /GW_CODEC_KEY_MISSING.*'other'/);
});
