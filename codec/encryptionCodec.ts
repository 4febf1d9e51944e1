/**
 * Payloads encrypted on their way to Temporal and decrypted on their way back, in the format of Temporal's own encryption
 * samples (encoding `binary/encrypted`; data: nonce, ciphertext, tag), so that other SDKs and codec servers read them, too.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Payload, PayloadCodec } from '@temporalio/common';
import proto from '@temporalio/proto';
import type { CodecKey } from '../contracts/codecKeys.js';
import { GraftworkError } from '../contracts/errors.js';

const algorithm = 'aes-256-gcm';
/** Bytes. A random nonce of 96 bits serves 2^32 payloads of one key (NIST SP 800-38D, 8.3). */
const nonceBytes = 12;
/** Bytes. */
const tagBytes = 16;

const encrypted = 'binary/encrypted';
const { Payload: PayloadMessage } = proto.temporal.api.common.v1;

/** AES-256-GCM. Without keys payloads go as they are, and those that are encrypted are refused by the id of their key. */
export class EncryptionCodec implements PayloadCodec {
  private readonly encrypts: { id: string; key: Buffer } | undefined;
  private readonly keys: ReadonlyMap<string, Buffer>;

  /** @param keys the first one encrypts, all of them decrypt */
  constructor(keys: readonly CodecKey[]) {
    const known = keys.map(({ id, key }) => ({ id, key: Buffer.from(key, 'base64') }));
    this.encrypts = known[0];
    this.keys = new Map(known.map(({ id, key }) => [id, key]));
  }

  /** Whether payloads are encrypted. */
  get isOn(): boolean {
    return this.encrypts !== undefined;
  }

  encode(payloads: Payload[]): Promise<Payload[]> {
    const encrypts = this.encrypts;
    return Promise.resolve(encrypts === undefined ? payloads : payloads.map((payload) => encrypt(payload, encrypts)));
  }

  /** @throws GraftworkError GW_CODEC_KEY_MISSING naming the key; GW_CODEC_REFUSED for what was damaged or changed */
  async decode(payloads: Payload[]): Promise<Payload[]> {
    return payloads.map((payload) => (encodingOf(payload) === encrypted ? this.decrypt(payload) : payload));
  }

  private decrypt(payload: Payload): Payload {
    const id = text(payload.metadata?.['encryption-key-id']);
    const key = this.keys.get(id);
    if (key === undefined) throw keyMissing(id, [...this.keys.keys()]);
    const data = Buffer.from(payload.data ?? []);
    try {
      const decipher = createDecipheriv(algorithm, key, data.subarray(0, nonceBytes), { authTagLength: tagBytes });
      decipher.setAuthTag(data.subarray(-tagBytes));
      const plain = Buffer.concat([decipher.update(data.subarray(nonceBytes, -tagBytes)), decipher.final()]);
      return PayloadMessage.decode(plain);
    } catch (cause) {
      throw new GraftworkError('GW_CODEC_REFUSED', `A payload encrypted with key '${id}' cannot be decrypted.`, {
        remedy: `The payload was damaged or changed, or another key has the id '${id}' here. Compare the keys.`,
        cause,
      });
    }
  }
}

function encrypt(payload: Payload, { id, key }: { id: string; key: Buffer }): Payload {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagBytes });
  const plain = PayloadMessage.encode(payload).finish();
  return {
    metadata: { encoding: Buffer.from(encrypted), 'encryption-key-id': Buffer.from(id) },
    data: Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]),
  };
}

function encodingOf({ metadata }: Payload): string {
  return text(metadata?.encoding);
}

function text(bytes: Uint8Array | null | undefined): string {
  return Buffer.from(bytes ?? []).toString('utf8');
}

function keyMissing(id: string, known: readonly string[]): GraftworkError {
  const here = known.length === 0 ? 'this process has no key' : `this process has: ${known.join(', ')}`;
  return new GraftworkError('GW_CODEC_KEY_MISSING', `A payload is encrypted with key '${id}' (${here}).`, {
    remedy: `Add that key to GRAFTWORK_CODEC_KEYS or GRAFTWORK_CODEC_KEYS_FILE, after the key that encrypts.`,
  });
}
