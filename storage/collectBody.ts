/** An answer's body as one buffer. */
import type { Readable } from 'node:stream';

/**
 * Reads to the end, so that the connection can be used again.
 * @param expected bytes announced by the server; fewer count as a lost connection
 */
export async function collectBody(body: Readable, expected: number | undefined): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  if (expected !== undefined && bytes.length !== expected) {
    throw Object.assign(new Error(`got ${bytes.length} of ${expected} bytes`), { code: 'ECONNRESET' });
  }
  return bytes;
}
