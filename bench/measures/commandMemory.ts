/** A command of the command line in a process of its own: how long it takes, how much memory, how much it says. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { checkout } from '../../infra/stack.js';
import { memoryOf } from './processMemory.js';

export interface CommandCost {
  seconds: number;
  /** Megabytes. */
  peak: number;
  /** Megabytes on stdout. */
  output: number;
}

/** @throws Error with what it said when it fails */
export async function commandCost(args: readonly string[], home: string): Promise<CommandCost> {
  const began = performance.now();
  const child = spawn(process.execPath, [join(checkout, 'dist', 'cli', 'main.js'), ...args], {
    env: { ...process.env, GRAFTWORK_HOME: home },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [bytes, peak, said] = [0, 0, ''];
  child.stdout.on('data', (part: Buffer) => (bytes += part.byteLength));
  child.stderr.on('data', (part: Buffer) => (said = `${said}${part.toString()}`.slice(-2_000)));
  const watch = setInterval(() => {
    if (child.pid === undefined) return;
    void memoryOf(child.pid).then(
      (memory) => (peak = Math.max(peak, memory.peak)),
      () => undefined,
    );
  }, 100);
  const [code] = (await once(child, 'close')) as [number | null];
  clearInterval(watch);
  if (code !== 0) throw new Error(`graftwork ${args.join(' ')} ended with ${code}: ${said}`);
  return { seconds: (performance.now() - began) / 1000, peak: Math.round(peak), output: bytes / 1e6 };
}
