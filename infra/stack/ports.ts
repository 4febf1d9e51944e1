/**
 * Ports of the embedded servers. Each home has its own block, derived from its path, so that two checkouts on one
 * machine do not meet and an address stays the same from one start to the next. A block that somebody else holds, and one
 * in which a port is taken, is passed over.
 */
import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:net';
import { StackError } from './stackError.js';

/** Below the range from which Linux (32768) and macOS (49152) draw ports for outgoing connections. */
const first = 20_000;
const blocks = 760;
const blockSize = 16;

/** The first port of a folder's block; the same folder always gets the same one. */
export function firstPort(folder: string): number {
  const block = createHash('sha256').update(folder).digest().readUInt32BE(0) % blocks;
  return first + block * blockSize;
}

/** The last but one of each block: the stack that listens there has the block. The kernel takes it back when that process ends. */
const holdingPort = blockSize - 2;

/** The last port of a folder's block: known before anybody listens there. */
export function lastPort(folder: string): number {
  return firstPort(folder) + blockSize - 1;
}

/** Ports that are ours until they are given back, or until this process ends. */
export interface HeldPorts<Name extends string> {
  ports: Record<Name, number>;
  /** Gives the block back. May be called again. */
  release: () => Promise<void>;
}

/**
 * Ports that nobody else who asks here is given meanwhile: between being found free and being listened on there are seconds.
 * @param names at most 14
 * @param folder whose block is tried first, then those behind it
 * @throws StackError when no block is free
 */
export async function holdPorts<Name extends string>(names: readonly Name[], folder: string): Promise<HeldPorts<Name>> {
  const own = (firstPort(folder) - first) / blockSize;
  for (let tried = 0; tried < blocks; tried++) {
    const start = first + ((own + tried) % blocks) * blockSize;
    const holder = await listenAt(start + holdingPort);
    if (holder === undefined) continue;
    const release = () => new Promise<void>((done) => holder.close(() => done()));
    const ports = names.map((name, index) => [name, start + index] as const);
    const areFree = await Promise.all(ports.map(([, port]) => isPortFree(port)));
    if (areFree.every(Boolean)) return { ports: Object.fromEntries(ports) as Record<Name, number>, release };
    await release();
  }
  throw new StackError('no free port is left', 'Stop some servers on this machine.');
}

/** Whether a server could listen on 127.0.0.1 at this port now. */
export async function isPortFree(port: number): Promise<boolean> {
  const probe = await listenAt(port);
  if (probe === undefined) return false;
  await new Promise((done) => probe.close(done));
  return true;
}

/** @returns undefined when somebody else listens there; does not keep this process from ending */
function listenAt(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy()).unref();
    server.once('error', () => resolve(undefined));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => resolve(server));
  });
}
