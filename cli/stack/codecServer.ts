/**
 * Temporal's remote codec protocol: a UI, or `temporal --codec-endpoint`, has payloads decrypted here, so that the key
 * stays with us. Who may ask is decided by a token; which pages may ask, by their origin.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { PayloadCodec } from '@temporalio/common';
import { payloadsJson, payloadsSchema } from '../../codec/payloadJson.js';
import { GraftworkError } from '../../contracts/errors.js';

export interface CodecServerOptions {
  codec: PayloadCodec;
  /** What a caller has to show as `Authorization: Bearer …`; undefined lets everybody in who reaches the port. */
  token: string | undefined;
  /** Origins of pages that may ask, `https://temporal.example.org`; programs have none. */
  origins: readonly string[];
}

/** Bytes of a question: Temporal itself takes 4 MiB at once, which base64 makes longer. */
const mostBytes = 16 * 2 ** 20;
/** Milliseconds for a whole question. */
const patience = 30_000;

class Refused extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** A server that does not listen yet. */
export function createCodecServer(options: CodecServerOptions): Server {
  const server = createServer({ requestTimeout: patience, headersTimeout: patience }, (request, response) => {
    answer(request, response, options).catch((thrown: unknown) => {
      const { status, message } = thrown instanceof Refused ? thrown : { status: 500, message: 'failed' };
      // What is left of the question is not read.
      if (!response.headersSent) send(response, status, JSON.stringify({ error: message }), { connection: 'close' });
    });
  });
  return server;
}

async function answer(request: IncomingMessage, response: ServerResponse, options: CodecServerOptions): Promise<void> {
  const { origin } = request.headers;
  if (origin !== undefined) {
    // Also what keeps out a page whose name was made to point here (DNS rebinding): it cannot change its origin.
    if (!options.origins.includes(origin)) throw new Refused(403, 'requests from this origin are not allowed');
    response.setHeader('access-control-allow-origin', origin).setHeader('vary', 'origin');
  }
  if (request.method === 'OPTIONS') {
    return send(response, 204, '', {
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': 'authorization, content-type, x-namespace',
      'access-control-max-age': '600',
    });
  }
  const action = /^\/(encode|decode)(?:\?|$)/.exec(request.url ?? '')?.[1];
  if (action === undefined) throw new Refused(404, 'unknown path: use /encode or /decode');
  if (request.method !== 'POST') throw new Refused(405, 'use POST');
  if (!isAllowed(request.headers.authorization, options.token)) throw new Refused(401, 'the token is missing or wrong');
  const { payloads } = parse(await read(request));
  const work = action === 'encode' ? options.codec.encode(payloads) : options.codec.decode(payloads);
  const result = await work.catch((thrown: unknown) => {
    throw thrown instanceof GraftworkError ? new Refused(400, `${thrown.code}: ${thrown.message}`) : thrown;
  });
  send(response, 200, payloadsJson(result));
}

/** Compares digests: equally long, and in a time that says nothing of where they differ. */
function isAllowed(authorization: string | undefined, token: string | undefined): boolean {
  if (token === undefined) return true;
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(authorization ?? ''), digest(`Bearer ${token}`));
}

async function read(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > mostBytes) throw new Refused(413, `more than ${mostBytes} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function parse(text: string): ReturnType<typeof payloadsSchema.parse> {
  try {
    return payloadsSchema.parse(JSON.parse(text));
  } catch {
    throw new Refused(400, 'the body must be {"payloads": […]} with base64 payloads');
  }
}

function send(response: ServerResponse, status: number, body: string, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers }).end(body);
}
