/** Payloads as JSON, as Temporal's remote codec protocol has them: bytes in base64. */
import type { Payload } from '@temporalio/common';
import { z } from 'zod';

const bytes = z.base64().transform((text) => Buffer.from(text, 'base64'));

/** What a codec server is asked. */
export const payloadsSchema = z.object({
  payloads: z
    .array(
      z.object({
        metadata: z.record(z.string(), bytes).nullable().default(null),
        data: bytes.nullable().default(null),
      }),
    )
    .max(10_000),
});

export function payloadsJson(payloads: readonly Payload[]): string {
  const base64 = (value: Uint8Array): string => Buffer.from(value).toString('base64');
  return JSON.stringify({
    payloads: payloads.map(({ metadata, data }) => ({
      metadata: Object.fromEntries(Object.entries(metadata ?? {}).map(([name, value]) => [name, base64(value)])),
      ...(data ? { data: base64(data) } : {}),
    })),
  });
}
