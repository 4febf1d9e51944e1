/**
 * Ports of the embedded servers. Each home has its own block, derived from its path, so that two checkouts on one
 * machine do not meet and an address stays the same from one start to the next. A port that somebody else holds is
 * passed over.
 */
import { createHash } from 'node:crypto';
import { createServer } from 'node:net';
import { StackError } from './stackError.js';

/** Below the range from which Linux (32768) and macOS (49152) draw ports for outgoing connections. */
const first = 20_000;
const blocks = 760;
const blockSize = 16;
const last = first + blocks * blockSize - 1;

/** The first port of a folder's block; the same folder always gets the same one. */
export function firstPort(folder: string): number {
  const block = createHash('sha256').update(folder).digest().readUInt32BE(0) % blocks;
  return first + block * blockSize;
}

/** The last port of a folder's block: known before anybody listens there. */
export function lastPort(folder: string): number {
  return firstPort(folder) + blockSize - 1;
}

/**
 * The next `names.length` free ports from `start` on, going round at the end of the range.
 * @param isFree asked for each candidate, in order
 * @throws StackError when the whole range is taken
 */
export async function choosePorts<Name extends string>(
  names: readonly Name[],
  start: number,
  isFree: (port: number) => Promise<boolean> = isPortFree,
): Promise<Record<Name, number>> {
  const chosen: Partial<Record<Name, number>> = {};
  let port = start;
  for (const name of names) {
    while (!(await isFree(port))) {
      port = next(port);
      if (port === start) throw new StackError('no free port is left', 'Stop some of the servers on this machine.');
    }
    chosen[name] = port;
    port = next(port);
  }
  return chosen as Record<Name, number>;
}

function next(port: number): number {
  return port === last ? first : port + 1;
}

/** Whether a server could listen on 127.0.0.1 at this port now. */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => resolve(true)));
  });
}
