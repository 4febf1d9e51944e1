import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { test } from 'node:test';
import { ObjectStore } from '../objects/objectStore.js';
import { openS3Connection } from './s3Connection.js';

const bytes = Buffer.from('the bytes of an object');

/** The SDK names itself. */
const isDirect = ({ headers }: IncomingMessage): boolean => headers['user-agent'] === undefined;

interface Asked {
  direct: number;
  bySdk: number;
}

async function withStore(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  use: (store: ObjectStore, asked: Asked) => Promise<void>,
): Promise<void> {
  const asked = { direct: 0, bySdk: 0 };
  const server = createServer((request, response) => {
    asked[isDirect(request) ? 'direct' : 'bySdk'] += 1;
    answer(request, response);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  assert(address !== null && typeof address === 'object');
  const keys = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret', AWS_SESSION_TOKEN: 'token' };
  const endpoint = `http://127.0.0.1:${address.port}/under`;
  const connection = openS3Connection({ AWS_ENDPOINT_URL_S3: endpoint, ...keys }, 1);
  try {
    await use(new ObjectStore('photos', connection), asked);
  } finally {
    connection.client.destroy();
    server.closeAllConnections();
    server.close();
  }
}

const whole = (_request: IncomingMessage, response: ServerResponse): void => void response.end(bytes);

test('an object is read in one signed request, below the path of the address', async () => {
  await withStore(
    (request, response) => {
      assert.equal(request.url, '/under/photos/a%20%281%29.jpg');
      assert.match(request.headers.authorization ?? '', /SignedHeaders=.*host.*x-amz-security-token/);
      whole(request, response);
    },
    async (store, asked) => {
      assert.deepEqual(await store.get('a (1).jpg'), bytes);
      assert.deepEqual(asked, { direct: 1, bySdk: 0 });
    },
  );
});

test('a body that ends early, one that is too long and an answer that says nothing certain are left to the SDK', async () => {
  const answers: ((response: ServerResponse) => void)[] = [
    (response) => {
      response.writeHead(200, { 'content-length': bytes.length + 1 });
      response.write(bytes, () => response.destroy());
    },
    (response) => void response.writeHead(500).end('an error'),
    (response) => void response.writeHead(404).end('a page of a proxy'),
    (response) => void response.writeHead(200).end(bytes).flushHeaders(),
  ];
  for (const answer of answers) {
    await withStore(
      (request, response) => (isDirect(request) ? answer(response) : whole(request, response)),
      async (store) => assert.deepEqual(await store.get('a'), bytes),
    );
  }
  await withStore(whole, async (store, asked) => {
    await assert.rejects(store.get('a', { most: 5 }), { code: 'GW_OBJECT_TOO_LARGE' });
    assert.deepEqual(asked, { direct: 1, bySdk: 1 });
  });
});

test('what is missing or changed is known after one request', async () => {
  const refuse = (status: number, code: string) => (_request: IncomingMessage, response: ServerResponse) =>
    void response.writeHead(status).end(`<Error><Code>${code}</Code></Error>`);
  await withStore(refuse(404, 'NoSuchKey'), async (store, asked) => {
    assert.equal(await store.getIfPresent('a'), undefined);
    assert.deepEqual(asked, { direct: 1, bySdk: 0 });
  });
  await withStore(refuse(412, 'PreconditionFailed'), async (store, asked) => {
    await assert.rejects(store.get('a', { ifMatch: 'e' }), { code: 'GW_CONFLICT' });
    assert.deepEqual(asked, { direct: 1, bySdk: 0 });
  });
});

test('where only the SDK succeeds, it is soon asked at once', async () => {
  await withStore(
    (request, response) =>
      isDirect(request) ? void response.writeHead(403).end('a clock that is wrong') : whole(request, response),
    async (store, asked) => {
      for (let read = 0; read < 20; read += 1) await store.get('a');
      assert.deepEqual(asked, { direct: 16, bySdk: 20 });
    },
  );
});
