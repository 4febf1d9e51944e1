/** TLS in front of a Temporal server that has none, as a load balancer or a mesh does it; it may demand client certificates and a key. */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import {
  connect,
  constants,
  createSecureServer,
  type Http2SecureServer,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const openssl = (args: string[]): Promise<unknown> => run('openssl', args);

export interface Certificate {
  /** Files in PEM. */
  certificate: string;
  key: string;
}

/** What the server's certificate is for; the name need not lead anywhere. */
export const serverName = 'temporal.test';

/** An authority with a server's certificate and a client's, in a folder. */
export async function makeCertificates(
  folder: string,
  name: string,
): Promise<{ authority: Certificate; server: Certificate; client: Certificate }> {
  const of = (role: string): Certificate => ({
    certificate: join(folder, `${name}-${role}.pem`),
    key: join(folder, `${name}-${role}.key`),
  });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const [authority, server, client] = [of('authority'), of('server'), of('client')];
  const self = ['-x509', '-days', '1', '-subj', `/CN=${name}`, '-keyout', authority.key, '-out', authority.certificate];
  await openssl(['req', ...newKey, ...self]);
  for (const [role, { certificate, key }] of Object.entries({ server, client })) {
    const [request, extensions] = [`${certificate}.csr`, `${certificate}.ext`];
    await openssl(['req', ...newKey, '-subj', `/CN=${name} ${role}`, '-keyout', key, '-out', request]);
    await writeFile(extensions, `subjectAltName=DNS:${serverName}\nextendedKeyUsage=${role}Auth\n`);
    const by = ['-CA', authority.certificate, '-CAkey', authority.key, '-CAcreateserial', '-extfile', extensions];
    await openssl(['x509', '-req', '-days', '1', '-in', request, '-out', certificate, ...by]);
  }
  return { authority, server, client };
}

export interface TerminatorOptions {
  /** `host:port` of the server behind it. */
  target: string;
  server: Certificate;
  /** Whose clients may come in; undefined: everybody's. */
  clientAuthority?: Certificate;
  /** Without it requests are answered UNAUTHENTICATED. */
  apiKey?: string;
}

export class TlsTerminator implements AsyncDisposable {
  private constructor(
    private readonly proxy: Http2SecureServer,
    /** `host:port` */
    readonly address: string,
  ) {}

  static async start({ target, server, clientAuthority, apiKey }: TerminatorOptions): Promise<TlsTerminator> {
    const proxy = createSecureServer({
      cert: await readFile(server.certificate),
      key: await readFile(server.key),
      ...(clientAuthority === undefined
        ? {}
        : { ca: await readFile(clientAuthority.certificate), requestCert: true, rejectUnauthorized: true }),
    });
    const behind = connect(`http://${target}`);
    behind.on('error', () => undefined);
    proxy.on('sessionError', () => undefined).on('close', () => behind.destroy());
    proxy.on('stream', (stream, headers) => {
      stream.on('error', () => undefined);
      if (apiKey !== undefined && headers.authorization !== `Bearer ${apiKey}`) return unauthenticated(stream);
      const request = behind.request(forwarded(headers));
      request.on('error', () => stream.close(constants.NGHTTP2_INTERNAL_ERROR));
      stream.on('close', () => request.close());
      request.on('response', (answer) => {
        if (!stream.destroyed) stream.respond(answer, { waitForTrailers: true });
      });
      request.on('trailers', (trailers: OutgoingHttpHeaders) =>
        stream.on('wantTrailers', () => stream.sendTrailers(trailers)),
      );
      stream.pipe(request).pipe(stream);
    });
    await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done));
    return new TlsTerminator(proxy, `127.0.0.1:${(proxy.address() as AddressInfo).port}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.proxy.close();
    return Promise.resolve();
  }
}

function forwarded({ authorization: _checkedHere, ...headers }: IncomingHttpHeaders): OutgoingHttpHeaders {
  return { ...headers, ':scheme': 'http' };
}

function unauthenticated(stream: ServerHttp2Stream): void {
  const status = {
    ':status': 200,
    'content-type': 'application/grpc',
    'grpc-status': '16',
    'grpc-message': 'no such key',
  };
  stream.respond(status, { endStream: true });
}
