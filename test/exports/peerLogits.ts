/** What onnxruntime, timm and torch make of exported models: in the Python of the measurements' peers. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { peersFolder } from '../../bench/peers/environment.js';
import { checkout } from '../../infra/stack.js';

const python = join(peersFolder, 'venv', 'bin', 'python');

/** Why exports cannot be opened in Python here, or false. */
export const peersMissing: string | false = existsSync(join(peersFolder, 'installed.txt'))
  ? false
  : 'no onnxruntime, torch and timm in .graftwork/peers: npm run bench exports installs them';

export interface PeerJob {
  folder: string;
  /** Edge of a picture, pixels. */
  size: number;
  /** [n, size, size, 3], prepared as the model wants them. */
  pictures: Float32Array;
}

export interface PeerAnswer {
  /** [n, classes]. */
  logits: Float32Array;
  /** [n]; empty where the export does not know it. */
  unlikeness: Float32Array;
  /** What the lines in README.md printed, run beside a file `photo.jpg`. */
  printed: string;
}

/** Loads each export by the lines of its own README.md, and runs it on the pictures. */
export async function peerLogits(jobs: readonly PeerJob[]): Promise<PeerAnswer[]> {
  const files = jobs.map(({ folder }) => ({ input: `${folder}.pictures`, output: `${folder}.logits` }));
  for (const [index, { pictures }] of jobs.entries()) await writeFile(files[index]!.input, pictures);
  const child = spawn(python, [join(checkout, 'test', 'exports', 'peers.py')], { stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const ended = once(child, 'close');
  child.stdin.end(JSON.stringify(jobs.map(({ folder, size }, index) => ({ folder, size, ...files[index] }))));
  const printed = await json(child.stdout).catch(() => undefined);
  const [code] = (await ended) as [number | null];
  if (code !== 0) throw new Error(`the peers ended with ${code}:\n${said.slice(-3000)}`);
  return Promise.all(
    files.map(async ({ output }, index) => {
      const numbers = async (file: string): Promise<Float32Array> =>
        new Float32Array(Uint8Array.from(await readFile(file)).buffer);
      return {
        logits: await numbers(output),
        unlikeness: await numbers(`${output}.unlikeness`),
        printed: (printed as string[])[index]!,
      };
    }),
  );
}
