/**
 * Reads objects of a server of one's own over plain HTTP, signed here. The SDK takes 1.5 ms of a core for each read, more than an
 * S3 server on the same machine and several times what is needed: the ingest reads objects by the ten thousand.
 *
 * Only what succeeds, and what is certainly missing or changed, is answered. Everything else is left to the SDK, which retries,
 * corrects its clock, and knows what went wrong.
 */
import { createHash, createHmac } from 'node:crypto';
import http, { type IncomingMessage, type RequestOptions } from 'node:http';
import https from 'node:https';
import type { S3Client } from '@aws-sdk/client-s3';

/** As the SDK takes it. */
export interface ReadRequest {
  Bucket: string;
  Key: string;
  Range?: string;
  IfMatch?: string;
}

export interface DirectReaderOptions {
  client: S3Client;
  /** Address of the server; buckets are the first part of the path. */
  endpoint: string;
  agents: { http: http.Agent; https: https.Agent };
  /** To establish a connection, in milliseconds. */
  connectTimeout: number;
  /** Without a byte, in milliseconds. */
  idleTimeout: number;
}

/** Reads in a row that the SDK had to make, after which it makes them all: it knows something about this server. */
const mostFailures = 16;

const algorithm = 'AWS4-HMAC-SHA256';
const sha256OfNothing = createHash('sha256').digest('hex');
/** Names of errors that say something about the object, by status. */
const certain = new Map([
  [404, 'NoSuchKey'],
  [412, 'PreconditionFailed'],
]);
/** An error's text is short; what is longer is none. */
const mostErrorBytes = 64 * 1024;

interface Answer {
  status: number;
  body: Buffer;
}

export class DirectReader {
  private failures = 0;
  private readonly address: URL;
  private signingKey: { of: string; key: Buffer } | undefined;

  private constructor(
    private readonly options: DirectReaderOptions,
    address: URL,
  ) {
    this.address = address;
  }

  /** @returns undefined where the address has parts that only the SDK understands */
  static to(options: DirectReaderOptions): DirectReader | undefined {
    if (!URL.canParse(options.endpoint)) return undefined;
    const address = new URL(options.endpoint);
    const isPlain = address.search === '' && address.username === '' && address.password === '';
    return isPlain && ['http:', 'https:'].includes(address.protocol) ? new DirectReader(options, address) : undefined;
  }

  /**
   * @param most bytes that are taken
   * @returns undefined when the SDK is to make the request
   * @throws what the SDK would, where the object is missing or not the one of `IfMatch`
   */
  async read(request: ReadRequest, most = Infinity): Promise<Buffer | undefined> {
    if (this.failures >= mostFailures) return undefined;
    const answer = await this.ask(request, most).catch(() => undefined);
    const named = answer && certain.get(answer.status);
    const isKnown = named !== undefined && answer?.body.includes(`<Code>${named}</Code>`) === true;
    const isWhole = answer?.status === (request.Range === undefined ? 200 : 206);
    this.failures = isKnown || isWhole ? 0 : this.failures + 1;
    if (isKnown) {
      const $metadata = { httpStatusCode: answer?.status };
      throw Object.assign(new Error(`the store answers ${named}`), { name: named, $metadata });
    }
    return isWhole ? answer?.body : undefined;
  }

  private async ask(request: ReadRequest, most: number): Promise<Answer | undefined> {
    const { agents, idleTimeout } = this.options;
    const { hostname, port, protocol } = this.address;
    const path = `${this.address.pathname.replace(/\/$/, '')}/${encoded(request.Bucket)}/${encoded(request.Key)}`;
    const headers = await this.signed(path, {
      ...(request.Range === undefined ? {} : { range: request.Range }),
      ...(request.IfMatch === undefined ? {} : { 'if-match': request.IfMatch }),
    });
    const isSecure = protocol === 'https:';
    const options: RequestOptions = {
      // Brackets belong to the address of an IPv6 host, not to its name.
      ...{ host: hostname.replace(/^\[|\]$/g, ''), path, headers, timeout: idleTimeout },
      ...(port === '' ? {} : { port }),
      agent: isSecure ? agents.https : agents.http,
    };
    return new Promise((resolve, reject) => {
      const sending = (isSecure ? https : http).request(options, (answer) => collect(answer, most, resolve, reject));
      sending.once('timeout', () => sending.destroy(new Error('no byte has come')));
      sending.once('error', reject);
      sending.once('socket', (socket) => {
        if (!socket.connecting) return;
        const tooLong = setTimeout(
          () => sending.destroy(new Error('no connection')),
          this.options.connectTimeout,
        ).unref();
        const connected = (): void => clearTimeout(tooLong);
        socket.once('connect', connected).once('close', connected);
      });
      sending.end();
    });
  }

  /** Signature version 4, of all headers. */
  private async signed(path: string, headers: Record<string, string>): Promise<Record<string, string>> {
    const { config } = this.options.client;
    const [{ accessKeyId, secretAccessKey, sessionToken }, region] = await Promise.all([
      config.credentials(),
      config.region(),
    ]);
    const now = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
    const all: Record<string, string> = {
      ...headers,
      host: this.address.host,
      'x-amz-content-sha256': sha256OfNothing,
      'x-amz-date': now,
      ...(sessionToken === undefined ? {} : { 'x-amz-security-token': sessionToken }),
    };
    const names = Object.keys(all).toSorted();
    const lines = names.map((name) => `${name}:${all[name]}\n`).join('');
    const canonical = `GET\n${path}\n\n${lines}\n${names.join(';')}\n${sha256OfNothing}`;
    const scope = `${now.slice(0, 8)}/${region}/s3/aws4_request`;
    const digest = createHash('sha256').update(canonical).digest('hex');
    const signature = createHmac('sha256', this.keyOf(secretAccessKey, scope))
      .update(`${algorithm}\n${now}\n${scope}\n${digest}`)
      .digest('hex');
    const authorization = `${algorithm} Credential=${accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
    return { ...all, authorization };
  }

  /** The same for a day. */
  private keyOf(secret: string, scope: string): Buffer {
    const of = `${secret} ${scope}`;
    if (this.signingKey?.of === of) return this.signingKey.key;
    let key = Buffer.from(`AWS4${secret}`);
    for (const part of scope.split('/')) key = createHmac('sha256', key).update(part).digest();
    this.signingKey = { of, key };
    return key;
  }
}

/** Reads an announced body to its end, so that the connection can be used again. An answer without a length is no answer. */
function collect(
  answer: IncomingMessage,
  most: number,
  resolve: (answer: Answer | undefined) => void,
  reject: (reason: Error) => void,
): void {
  const status = answer.statusCode ?? 0;
  const isError = status >= 300;
  const announced = answer.headers['content-length'];
  const length = Number(announced ?? (isError ? mostErrorBytes : NaN));
  if (!(length <= (isError ? mostErrorBytes : most))) {
    answer.destroy();
    resolve(undefined);
    return;
  }
  const body = Buffer.allocUnsafeSlow(length);
  let at = 0;
  answer.on('data', (chunk: Buffer) => {
    if (at + chunk.length > length) answer.destroy(new Error('more bytes than were announced'));
    else at += chunk.copy(body, at);
  });
  answer.once('error', reject);
  answer.once('end', () => {
    if (at === length || (isError && announced === undefined)) resolve({ status, body: body.subarray(0, at) });
    else reject(new Error('fewer bytes than were announced'));
  });
}

/** As SigV4 wants it, and the path of the request has it. */
function encoded(key: string): string {
  return key
    .split('/')
    .map((part) =>
      encodeURIComponent(part).replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`),
    )
    .join('/');
}
