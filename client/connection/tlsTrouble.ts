/** Why a TLS connection does not come about: gRPC only says that it gave up waiting. */
import { isIP } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import type { ClientConnectConfig } from '@temporalio/envconfig';

type Tls = ClientConnectConfig['connectionOptions']['tls'];

export interface TlsTrouble {
  /** Half a sentence: `it …`, the server. */
  reason: string;
  remedy: string;
}

/** Of Temporal. */
const defaultPort = 7233;
/** Milliseconds. */
const patience = 3_000;
/** What an HTTP/2 client says first (RFC 9113, 3.4): with TLS 1.3 a server reports only then what it thinks of a certificate. */
const preface = Buffer.concat([
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]),
]);

/**
 * Makes one connection as the client would.
 *
 * @param address `host:port`
 * @returns undefined when TLS is not what is wrong
 */
export async function tlsTrouble(address: string, tls: Tls): Promise<TlsTrouble | undefined> {
  const url = `https://${address}`;
  if (!tls || !URL.canParse(url)) return undefined;
  const { serverNameOverride: name, serverRootCACertificate: ca, clientCertPair: pair } = tls === true ? {} : tls;
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '');
  const servername = name ?? host;
  let socket: TLSSocket | undefined;
  try {
    socket = connect({
      // A URL forgets 443, its own default.
      ...{ host, port: Number(/:(\d+)$/.exec(address)?.[1] ?? defaultPort), ALPNProtocols: ['h2'] },
      ...(isIP(servername) === 0 ? { servername } : {}),
      ...(ca ? { ca: Buffer.from(ca) } : {}),
      ...(pair ? { cert: Buffer.from(pair.crt), key: Buffer.from(pair.key) } : {}),
    });
    await greeted(socket);
    return undefined;
  } catch (error) {
    return explained(error, {
      secured: socket?.authorized === true,
      shown: Boolean(pair),
      begun: socket !== undefined,
    });
  } finally {
    socket?.destroy();
  }
}

/** Resolves when the server answers, or says nothing at all. */
function greeted(socket: TLSSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('secureConnect', () => socket.write(preface)).once('data', () => resolve());
    socket.once('error', reject).once('close', () => reject(new Error('closed')));
    socket.setTimeout(patience, resolve);
  });
}

interface Handshake {
  /** Whether there was anything to connect with: a key and its certificate may not even fit each other. */
  begun: boolean;
  /** Whether the server's own certificate was accepted. */
  secured: boolean;
  /** Whether a client certificate was shown. */
  shown: boolean;
}

function explained(error: unknown, { begun, secured, shown }: Handshake): TlsTrouble | undefined {
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (!begun) {
    return {
      reason: `the certificates here cannot be used (${message})`,
      remedy: 'Check the files of TEMPORAL_TLS_….',
    };
  }
  if (/^E(CONNREFUSED|HOSTUNREACH|NETUNREACH|TIMEDOUT)$|^ENOTFOUND$|^EAI_/.test(code)) return undefined;
  if (secured || /alert/.test(message)) {
    return shown
      ? { reason: 'it refuses this client certificate', remedy: 'Check TEMPORAL_TLS_CLIENT_CERT_PATH and …_KEY_PATH.' }
      : { reason: 'it asks for a client certificate', remedy: 'Set TEMPORAL_TLS_CLIENT_CERT_PATH and …_KEY_PATH.' };
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return {
      reason: 'its certificate is issued for another name',
      remedy: 'Check TEMPORAL_ADDRESS and TEMPORAL_TLS_SERVER_NAME.',
    };
  }
  if (code === 'EPROTO' || code === 'ECONNRESET' || code.startsWith('ERR_SSL_')) {
    return { reason: 'it does not speak TLS on this port', remedy: 'Check the port, or set TEMPORAL_TLS=false.' };
  }
  return {
    reason: `its certificate is not trusted (${message})`,
    remedy: 'Name the authority in TEMPORAL_TLS_SERVER_CA_CERT_PATH.',
  };
}
