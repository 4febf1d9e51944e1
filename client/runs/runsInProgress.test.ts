import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { EncryptionCodec } from '../../codec/encryptionCodec.js';
import { collectDigests } from './runsInProgress.js';

const digest = 'ab'.repeat(32);
const codec = new EncryptionCodec([{ id: 'k', key: randomBytes(32).toString('base64') }]);
const payload = { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from(JSON.stringify({ digest })) };
const history = (payloads: object[]): object => ({
  events: [{ activityTaskCompletedEventAttributes: { result: { payloads } } }],
});

test('what an encrypted history needs is found, and nothing is taken for rubbish where the key is missing', async () => {
  for (const payloads of [[payload], await codec.encode([payload])]) {
    const found = new Set<string>();
    await collectDigests(history(payloads), found, codec);
    assert.deepEqual([...found], [digest]);
  }
  const unreadable = collectDigests(history(await codec.encode([payload])), new Set(), new EncryptionCodec([]));
  await assert.rejects(unreadable, { code: 'GW_CODEC_KEY_MISSING' });
});
