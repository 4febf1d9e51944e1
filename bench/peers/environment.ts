/** The peers' Python, in the checkout's `.graftwork/peers`: made by the first measurement that needs it. */
import { spawn } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkout } from '../../infra/stack.js';

export const peersFolder = join(checkout, '.graftwork', 'peers');
export const peerScripts = join(checkout, 'bench', 'peers');

/** @returns the interpreter that has the peers' packages */
export async function peerPython(): Promise<string> {
  const environment = join(peersFolder, 'venv');
  const python = join(environment, 'bin', 'python');
  const requirements = join(peerScripts, 'requirements.txt');
  const stamp = join(peersFolder, 'installed.txt');
  const wanted = await readFile(requirements, 'utf8');
  if ((await readFile(stamp, 'utf8').catch(() => '')) === wanted) return python;
  process.stderr.write(
    'installing the peers (PyTorch, torchvision, timm, fastai, onnxruntime) into .graftwork/peers: minutes\n',
  );
  await rm(stamp, { force: true });
  await mkdir(peersFolder, { recursive: true });
  await succeeds('python3', ['-m', 'venv', environment]);
  // Nothing is kept outside the checkout.
  await succeeds(python, ['-m', 'pip', 'install', '--quiet', '--no-cache-dir', '--requirement', requirements]);
  await writeFile(stamp, wanted);
  return python;
}

async function succeeds(program: string, args: readonly string[]): Promise<void> {
  const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject).on('exit', resolve);
  });
  if (code !== 0) throw new Error(`${program} ${args.slice(0, 3).join(' ')} … ended with ${code}`);
}
