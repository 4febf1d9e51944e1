/** An answer's body as one buffer. */
import type { Readable } from 'node:stream';

/** A body that is longer than its reader takes; what has not arrived yet is not read. */
export class BodyTooLong extends Error {}

/**
 * Reads to the end, so that the connection can be used again. Where the length is announced, the bytes are in memory once.
 * @param expected bytes announced by the server; fewer count as a lost connection
 * @param most bytes that are taken
 * @throws BodyTooLong as soon as it is known
 */
export async function collectBody(body: Readable, expected: number | undefined, most = Infinity): Promise<Buffer> {
  if ((expected ?? 0) > most) {
    body.destroy();
    throw new BodyTooLong(`${expected} bytes`);
  }
  const whole = expected === undefined ? undefined : Buffer.allocUnsafeSlow(expected);
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    if (length + chunk.length > most) throw new BodyTooLong(`more than ${most} bytes`);
    if (whole === undefined) chunks.push(chunk);
    else chunk.copy(whole, length);
    length += chunk.length;
  }
  if (expected !== undefined && length !== expected) {
    throw Object.assign(new Error(`got ${length} of ${expected} bytes`), { code: 'ECONNRESET' });
  }
  return whole ?? Buffer.concat(chunks);
}
