/** What tests of fetching weights have in common: a file of weights, and a server on loopback that stands for hubs and other hosts. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, afterEach, before, beforeEach } from 'node:test';
import { GraftworkError } from '../../contracts/errors.js';
import { getBackbone } from '../backbones/index.js';
import { formulaParameters } from './formula.js';
import { resolveWeights, type ResolvedWeights, type ResolveWeightsOptions } from './resolveWeights.js';
import { writeSafetensors } from './safetensors.js';

export const backbone = getBackbone('efficientnet_lite0');
export const parameters = formulaParameters(backbone, 5);
export const file = Buffer.from(writeSafetensors(parameters, { license: 'CC0-1.0' }));
export const sha256 = createHash('sha256').update(file).digest('hex');
export const token = 'hf_secret';
/** Addresses in a spec may lead to the test's own server. */
export const openToLoopback = { GRAFTWORK_ALLOW_PRIVATE_ADDRESSES: '1', GRAFTWORK_WEIGHT_HOSTS: '127.0.0.1' };

export interface TestHub {
  readonly endpoint: string;
  /** A folder of each test's own. */
  readonly home: string;
  /** What the server was asked in this test: method, path and range. */
  requests: string[];
  resolve: (options?: Partial<ResolveWeightsOptions>) => Promise<ResolvedWeights>;
}

/**
 * A server for all tests of the file that calls this.
 * @param source what is resolved unless a test names another
 */
export function startHub(source: string, answer: RequestListener): TestHub {
  const server = createServer((request, response) => {
    const { method, url, headers } = request;
    hub.requests.push(`${method} ${url}${headers.range ? ` ${headers.range}` : ''}`);
    answer(request, response);
  });
  const hub = {
    endpoint: '',
    home: '',
    requests: [] as string[],
    resolve: (options: Partial<ResolveWeightsOptions> = {}) =>
      resolveWeights({
        ...{ backbone, source, home: hub.home, retryDelay: 1 },
        environment: { HF_ENDPOINT: hub.endpoint, HF_TOKEN: token, ...openToLoopback },
        ...options,
      }),
  };
  before(async () => {
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    hub.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(async () => {
    hub.home = await mkdtemp(path.join(tmpdir(), 'graftwork-weights-'));
    hub.requests = [];
  });
  afterEach(() => rm(hub.home, { recursive: true }));
  return hub;
}

/** For `assert.rejects`: a failure with this code that says all of these. */
export const fails =
  (code: string, ...parts: string[]) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof GraftworkError);
    assert.equal(error.code, code);
    for (const part of parts) assert.ok(`${error.message} ${error.remedy}`.includes(part), error.message);
    return true;
  };
