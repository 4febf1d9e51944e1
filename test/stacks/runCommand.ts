/** The command line as a process of its own, without the caller's servers. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { checkout } from '../../infra/stack.js';

export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** @param interruptAt text on stderr after which the process gets Ctrl-C, once */
export async function runCommand(args: string[], env: Record<string, string>, interruptAt?: string): Promise<Outcome> {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(AWS|TEMPORAL|GRAFTWORK)_/.test(name));
  const child = spawn(process.execPath, [join(checkout, 'dist', 'cli', 'main.js'), ...args], {
    env: { ...Object.fromEntries(inherited), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  let interrupted = false;
  child.stdout.on('data', (part: Buffer) => (stdout += part.toString()));
  child.stderr.on('data', (part: Buffer) => {
    stderr += part.toString();
    if (interruptAt === undefined || interrupted || !stderr.includes(interruptAt)) return;
    interrupted = true;
    child.kill('SIGINT');
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}
