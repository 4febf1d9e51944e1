/** Answers that a sound server cannot be made to give, from a server made for the purpose. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { test } from 'node:test';
import { GraftworkError } from '../../contracts/errors.js';
import { ObjectStore } from '../objects/objectStore.js';
import { openS3Connection } from './s3Connection.js';

type Answerer = (request: IncomingMessage, response: ServerResponse, count: number) => void;

function storeAt(endpoint: string, attempts: number): ObjectStore {
  const keys = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' };
  return new ObjectStore('photos', openS3Connection({ AWS_ENDPOINT_URL_S3: endpoint, ...keys }, attempts));
}

/** Runs `use` against a store whose every request `answer` handles; requests are counted from 1. */
async function withServer(answer: Answerer, use: (store: ObjectStore) => Promise<void>, attempts = 1): Promise<void> {
  let count = 0;
  const server = createServer((request, response) => {
    count += 1;
    const number = count;
    request.resume().once('end', () => answer(request, response, number));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  assert(address !== null && typeof address === 'object');
  try {
    await use(storeAt(`http://127.0.0.1:${address.port}`, attempts));
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

function xmlError(status: number, code: string, extra = ''): Answerer {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/xml' });
    response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>words</Message>${extra}</Error>`);
  };
}

async function failureOf(action: Promise<unknown>): Promise<GraftworkError> {
  const thrown = await action.then(
    () => undefined,
    (error: unknown) => error,
  );
  assert(thrown instanceof GraftworkError, `expected a GraftworkError, got ${String(thrown)}`);
  return thrown;
}

test('a wrong region is named with the right one, from the body or the header', async () => {
  await withServer(xmlError(400, 'AuthorizationHeaderMalformed', '<Region>eu-west-3</Region>'), async (store) => {
    const failure = await failureOf(store.get('a'));
    assert.equal(failure.code, 'GW_S3_REGION');
    assert.match(failure.message, /“photos” is in region eu-west-3/);
    assert.equal(failure.remedy, 'Set AWS_REGION=eu-west-3.');
    assert.equal(failure.exitCode, 2);
  });
  await withServer(
    (_request, response) => response.writeHead(301, { 'x-amz-bucket-region': 'ap-south-1' }).end(),
    async (store) => {
      const failure = await failureOf(store.head('a'));
      assert.equal(failure.code, 'GW_S3_REGION');
      assert.equal(failure.remedy, 'Set AWS_REGION=ap-south-1.');
    },
  );
});

test('an overloaded store is a failure worth trying again, after the client has tried by itself', async () => {
  let requests = 0;
  const slowDown = xmlError(503, 'SlowDown');
  await withServer(
    (request, response, count) => {
      requests = count;
      slowDown(request, response, count);
    },
    async (store) => {
      const failure = await failureOf(store.get('a'));
      assert.equal(failure.code, 'GW_S3_FAILED');
      assert.equal(failure.retryable, true);
      assert.match(failure.message, /503.*SlowDown/);
    },
    3,
  );
  assert.equal(requests, 3);
});

test('refused access names the bucket; unknown keys name the credentials', async () => {
  await withServer(xmlError(403, 'AccessDenied'), async (store) => {
    const failure = await failureOf(store.get('a'));
    assert.equal(failure.code, 'GW_S3_CREDENTIALS');
    assert.match(failure.message, /denies access to bucket “photos”/);
  });
  await withServer(xmlError(403, 'InvalidAccessKeyId'), async (store) => {
    const failure = await failureOf(store.put('a', 'x'));
    assert.match(failure.message, /does not accept the credentials/);
  });
});

test('a server that is not S3 is said to be none', async () => {
  await withServer(
    (_request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html><p>Welcome!'),
    async (store) => {
      const failure = await failureOf(store.list('x').next());
      assert.equal(failure.code, 'GW_S3_FAILED');
      assert.equal(failure.retryable, false);
    },
  );
});

test('an unreachable endpoint is named', async () => {
  const store = storeAt('http://127.0.0.1:1', 1);
  const failure = await failureOf(store.head('a'));
  assert.equal(failure.code, 'GW_S3_UNREACHABLE');
  assert.match(failure.message, /http:\/\/127\.0\.0\.1:1 does not answer \(ECONNREFUSED\)/);
  assert.equal(failure.retryable, true);
});

test('a body that breaks off midway is read again', async () => {
  await withServer(
    (_request, response, count) => {
      response.writeHead(200, { 'content-length': '10', etag: '"e"' });
      response.write('01234');
      if (count === 1) setImmediate(() => response.destroy());
      else response.end('56789');
    },
    async (store) => {
      assert.equal((await store.get('a')).toString(), '0123456789');
    },
  );
});

test('a conditional write whose answer was lost is a success, not a conflict', async () => {
  await withServer(
    (request, response, count) => {
      if (count === 1) response.destroy();
      else if (request.method === 'PUT') xmlError(412, 'PreconditionFailed')(request, response, count);
      else response.writeHead(200, { 'content-length': '4', etag: '"mine"' }).end('mine');
    },
    async (store) => {
      assert.equal(await store.put('a', 'mine', { ifAbsent: true }), 'mine');
    },
    3,
  );
});

test('after a lost answer, an object with other bytes is still a conflict', async () => {
  await withServer(
    (request, response, count) => {
      if (count === 1) response.destroy();
      else if (request.method === 'PUT') xmlError(412, 'PreconditionFailed')(request, response, count);
      else response.writeHead(200, { 'content-length': '4', etag: '"other"' }).end('oops');
    },
    async (store) => {
      assert.equal((await failureOf(store.put('a', 'mine', { ifAbsent: true }))).code, 'GW_CONFLICT');
    },
    3,
  );
});

test('crossed conditional writes are tried again until one learns who won', async () => {
  await withServer(
    (request, response, count) => {
      const code = count < 3 ? 'ConditionalRequestConflict' : 'PreconditionFailed';
      xmlError(count < 3 ? 409 : 412, code)(request, response, count);
    },
    async (store) => {
      assert.equal((await failureOf(store.put('a', 'mine', { ifAbsent: true }))).code, 'GW_CONFLICT');
    },
  );
});
