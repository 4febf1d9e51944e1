/** How values travel between this process and Temporal. Every client and worker takes it from here. */
import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';
import { codecKeys } from './codecKeys.js';
import { EncryptionCodec } from './encryptionCodec.js';

export const failureConverterPath = fileURLToPath(new URL('./failureConverter.cjs', import.meta.url));

export interface GraftworkConverter extends DataConverter {
  /** The one codec there is, for what the SDK hands over as it came. */
  codec: EncryptionCodec;
}

/**
 * The codec is always there: without keys it changes nothing, but says which key is missing for what is encrypted.
 *
 * @throws GraftworkError GW_ENVIRONMENT_INVALID when the keys do not parse
 */
export function dataConverter(variables: Record<string, string | undefined>): GraftworkConverter {
  const codec = new EncryptionCodec(codecKeys(variables));
  return { codec, payloadCodecs: [codec], ...(codec.isOn ? { failureConverterPath } : {}) };
}
