import assert from 'node:assert/strict';
import { createDecipheriv, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import proto from '@temporalio/proto';
import { codecKeys } from './codecKeys.js';
import { EncryptionCodec } from './encryptionCodec.js';

const first = { id: 'first', key: randomBytes(32).toString('base64') };
const second = { id: 'second', key: randomBytes(32).toString('base64') };
const payload = (value: unknown): Payload => defaultPayloadConverter.toPayload(value);
const valueOf = (one: Payload): unknown => defaultPayloadConverter.fromPayload(one);
const utf8 = (bytes: Uint8Array | null | undefined): string => Buffer.from(bytes ?? []).toString();

test('what goes to Temporal is readable with the key only', async () => {
  const codec = new EncryptionCodec([first]);
  const [encoded] = await codec.encode([payload({ bucket: 'very-private' })]);
  assert.ok(encoded);
  assert.doesNotMatch(utf8(encoded.data), /very-private|json/);
  assert.equal(utf8(encoded.metadata?.encoding), 'binary/encrypted');
  assert.equal(utf8(encoded.metadata?.['encryption-key-id']), 'first');
  assert.deepEqual((await codec.decode([encoded])).map(valueOf), [{ bucket: 'very-private' }]);
});

test("the format is that of Temporal's samples: nonce, ciphertext, tag of a whole payload", async () => {
  const [encoded] = await new EncryptionCodec([first]).encode([payload('text')]);
  const data = Buffer.from(encoded?.data ?? []);
  const decipher = createDecipheriv('aes-256-gcm', Buffer.from(first.key, 'base64'), data.subarray(0, 12));
  decipher.setAuthTag(data.subarray(-16));
  const plain = Buffer.concat([decipher.update(data.subarray(12, -16)), decipher.final()]);
  assert.equal(valueOf(proto.temporal.api.common.v1.Payload.decode(plain)), 'text');
});

test('the same value never looks the same', async () => {
  const codec = new EncryptionCodec([first]);
  const encoded = await codec.encode([payload(1), payload(1)]);
  assert.equal(new Set(encoded.map(({ data }) => Buffer.from(data ?? []).toString('hex'))).size, 2);
});

test('rotation: a new key encrypts, the old one still decrypts, and without it the key is named', async () => {
  const old = await new EncryptionCodec([first]).encode([payload('old')]);
  const rotated = new EncryptionCodec([second, first]);
  const [fresh] = await rotated.encode([payload('new')]);
  assert.equal(utf8(fresh?.metadata?.['encryption-key-id']), 'second');
  assert.deepEqual((await rotated.decode(old)).map(valueOf), ['old']);
  await assert.rejects(new EncryptionCodec([second]).decode(old), {
    code: 'GW_CODEC_KEY_MISSING',
    message: /key 'first' \(this process has: second\)/,
    exitCode: 2,
  });
});

test('without keys nothing changes, and what is encrypted is not taken for data', async () => {
  const codec = new EncryptionCodec([]);
  const plain = [payload('plain')];
  assert.equal(await codec.encode(plain), plain);
  assert.deepEqual(await codec.decode(plain), plain);
  const encoded = await new EncryptionCodec([first]).encode(plain);
  await assert.rejects(codec.decode(encoded), { code: 'GW_CODEC_KEY_MISSING', message: /this process has no key/ });
});

test('what was written before encryption was switched on stays readable', async () => {
  assert.deepEqual((await new EncryptionCodec([first]).decode([payload('before')])).map(valueOf), ['before']);
});

test('a changed byte, a cut end or another key of that id is refused', async () => {
  const codec = new EncryptionCodec([first]);
  const [encoded] = await codec.encode([payload('text')]);
  const data = Buffer.from(encoded?.data ?? []);
  const changed = Buffer.from(data);
  changed[20]! ^= 1;
  for (const damaged of [changed, data.subarray(0, -1), data.subarray(0, 8), Buffer.alloc(0)]) {
    await assert.rejects(codec.decode([{ ...encoded, data: damaged }]), { code: 'GW_CODEC_REFUSED' });
  }
  const other = new EncryptionCodec([{ ...second, id: 'first' }]);
  await assert.rejects(other.decode([encoded!]), { code: 'GW_CODEC_REFUSED', message: /'first'/ });
});

test('keys come from a variable or from a file', (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'graftwork-keys-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'keys');
  writeFileSync(file, `# rotated in May, retired:${first.key}\r\nsecond:${second.key}\n\nfirst:${first.key}\n`);
  assert.deepEqual(codecKeys({ GRAFTWORK_CODEC_KEYS_FILE: file }), [second, first]);
  assert.deepEqual(codecKeys({ GRAFTWORK_CODEC_KEYS: `first:${first.key}, second:${second.key}` }), [first, second]);
  assert.deepEqual(codecKeys({ GRAFTWORK_CODEC_KEYS: '', GRAFTWORK_CODEC_KEYS_FILE: '' }), []);
});

test('keys that cannot be used are refused without being shown', () => {
  const short = randomBytes(16).toString('base64');
  for (const [text, reason] of [
    [first.key, /key id/],
    [`first:${short}`, /32 bytes/],
    // As long in base64 as a key of 32 bytes.
    [`first:${randomBytes(31).toString('base64')}`, /32 bytes/],
    [`first:${randomBytes(33).toString('base64')}`, /32 bytes/],
    [`first:${first.key.slice(0, 43)}!`, /base64/],
    [`a:${first.key},b:${second.key},a:${short}`, /key 3/],
    [`a:${first.key},a:${second.key}`, /twice/],
    [' , ', /no key/],
  ] as const) {
    assert.throws(
      () => codecKeys({ GRAFTWORK_CODEC_KEYS: text }),
      (error: Error) => {
        assert.match(error.message, reason);
        assert.ok(!error.message.includes(first.key.slice(0, 8)) && !error.message.includes(short.slice(0, 8)));
        return true;
      },
    );
  }
  assert.throws(() => codecKeys({ GRAFTWORK_CODEC_KEYS_FILE: '/no/such/file' }), /there is no such file/);
  const both = { GRAFTWORK_CODEC_KEYS: `a:${first.key}`, GRAFTWORK_CODEC_KEYS_FILE: '/x' };
  assert.throws(() => codecKeys(both), { code: 'GW_ENVIRONMENT_INVALID', exitCode: 2 });
});
