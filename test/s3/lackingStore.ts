/** A real S3 server that is made to lack what some stores and gateways lack of conditional requests. */
import type { IncomingMessage } from 'node:http';
import type { ObjectStore } from '../../storage/objects/objectStore.js';
import type { Instead, WholeAnswer } from './faultProxy.js';

type Lack = (store: ObjectStore) => Instead;

const stores = {
  'ignores If-None-Match': (store) => (request) => ignoring(store, request, ['if-none-match']),
  'ignores If-Match': (store) => (request) => ignoring(store, request, ['if-match']),
  'ignores If-Match on what is not there': (store) => (request) =>
    request.method === 'PUT' && keyOf(request).endsWith('-absent') ? ignoring(store, request, ['if-match']) : undefined,
  'answers 304 instead of 412': () => (_request, ask) => restated(ask, 304, 'NotModified'),
  'answers 409 instead of 412': () => (_request, ask) => restated(ask, 409, 'ConditionalRequestConflict'),
  'does not know conditions': () => (request) =>
    request.headers['if-none-match'] === undefined && request.headers['if-match'] === undefined
      ? undefined
      : drained(request).then(() => failure(501, 'NotImplemented')),
  'lists other tags': () => (request, ask) => (request.url?.includes('list-type=2') ? otherTags(ask) : undefined),
} satisfies Record<string, Lack>;

/** By name: what the proxy in front of the server does. @param store the server's bucket, without the proxy */
export const lackingStores: Record<keyof typeof stores, Lack> = stores;

function keyOf({ url = '' }: IncomingMessage): string {
  const { pathname } = new URL(url, 'http://here');
  return decodeURIComponent(pathname).replace(/^\/[^/]+\//, '');
}

async function drained(request: IncomingMessage): Promise<Buffer> {
  return Buffer.concat((await request.toArray()) as Buffer[]);
}

/** Does what is asked as if the header were not there. */
function ignoring(
  store: ObjectStore,
  request: IncomingMessage,
  headers: readonly string[],
): Promise<WholeAnswer> | undefined {
  if (!headers.some((name) => request.headers[name] !== undefined)) return undefined;
  const key = keyOf(request);
  switch (request.method) {
    case 'PUT':
      return drained(request).then(async (body) => {
        const etag = await store.put(key, body);
        return { status: 200, headers: { etag: `"${etag}"` }, body: Buffer.alloc(0) };
      });
    case 'GET':
      return store.get(key).then((body) => ({ status: 200, headers: {}, body }));
    default:
      return undefined;
  }
}

/** What the server refuses with 412, refused with another status. */
async function restated(ask: () => Promise<WholeAnswer>, status: number, code: string): Promise<WholeAnswer> {
  const answer = await ask();
  return answer.status === 412 ? failure(status, code) : answer;
}

function failure(status: number, code: string): WholeAnswer {
  // An answer 304 has no body.
  const body = status === 304 ? '' : `<?xml version="1.0"?><Error><Code>${code}</Code><Message>words</Message></Error>`;
  return { status, headers: { 'content-type': 'application/xml' }, body: Buffer.from(body) };
}

async function otherTags(ask: () => Promise<WholeAnswer>): Promise<WholeAnswer> {
  const answer = await ask();
  const text = answer.body.toString().replaceAll(/(<ETag>(?:&#34;|&quot;|")?)[0-9a-f]{4}/g, '$10000');
  return { ...answer, body: Buffer.from(text) };
}
