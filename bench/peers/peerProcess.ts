/** A peer's script that does one step for each line it is sent, and says how long that took. */
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { peerPython, peerScripts } from './environment.js';

export class PeerProcess {
  private constructor(
    private readonly child: ChildProcess,
    private readonly lines: AsyncIterator<string>,
  ) {}

  /** Starts a script of bench/peers and waits until it has warmed up. */
  static async start(script: string, args: readonly string[]): Promise<PeerProcess> {
    const python = await peerPython();
    const child = spawn(python, [join(peerScripts, script), ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
    const peer = new PeerProcess(child, createInterface({ input: child.stdout })[Symbol.asyncIterator]());
    // Exporters talk before they are done.
    while ((await peer.line()) !== 'ready');
    return peer;
  }

  /** @returns seconds */
  async step(): Promise<number> {
    this.child.stdin?.write('\n');
    return Number(await this.line());
  }

  async stop(): Promise<void> {
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.stdin?.end();
    if (this.child.exitCode === null) await gone;
  }

  private async line(): Promise<string> {
    const next = await this.lines.next();
    if (next.done === true) throw new Error('the peer ended early');
    return next.value;
  }
}

/** Runs a script of bench/peers to its end. @returns the JSON of its last line */
export async function peerResult<T>(script: string, args: readonly string[]): Promise<T> {
  const python = await peerPython();
  const child = spawn(python, [join(peerScripts, script), ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let last = '';
  for await (const line of createInterface({ input: child.stdout })) {
    last = line;
    process.stderr.write(`    ${line}\n`);
  }
  return JSON.parse(last) as T;
}
