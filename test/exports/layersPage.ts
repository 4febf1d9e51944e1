/** A page that loads a layers model in plain TensorFlow.js, in a browser without a window. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRequire } from 'node:module';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import { existsSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';

const browser = ['chromium', 'chromium-browser', 'google-chrome']
  .flatMap((name) => (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, name)))
  .find((path) => existsSync(path));

/** Why no page can be opened here, or false. */
export const browserMissing: string | false =
  browser === undefined ? 'no chromium or google-chrome on the PATH: apt-get install chromium' : false;

export interface PageRequest {
  /** The export; `photo.jpg` in it is classified by the README's lines. */
  folder: string;
  size: number;
  /** [n, size, size, 3], prepared as the model wants them. */
  pictures: Float32Array;
  /** Of TensorFlow.js. */
  backend: 'cpu' | 'webgl';
}

export interface PageAnswer {
  /** [n, classes]. */
  logits: Float32Array;
  /** [n]; empty where the model does not know it. */
  unlikeness: Float32Array;
  /** What the lines in README.md printed. */
  printed: string;
}

/** Two hundred pictures in software take minutes. In milliseconds. */
const patience = 540_000;

const library = join(
  dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs/package.json')),
  'dist',
  'tf.min.js',
);

/** @throws Error with what the page said, or when the browser ends without an answer */
export async function logitsInBrowser({ folder, size, pictures, backend }: PageRequest): Promise<PageAnswer> {
  const readme = await readFile(join(folder, 'README.md'), 'utf8');
  const lines = /```js\n(.*?)```/s.exec(readme)?.[1] ?? '';
  const answers = new Map<string, Buffer>();
  const profile = await mkdtemp(join(tmpdir(), 'graftwork-browser-'));
  let finish: (failure?: Error) => void = () => undefined;
  const finished = new Promise<void>(
    (resolve, reject) => (finish = (failure) => (failure ? reject(failure) : resolve())),
  );
  const server = createServer((request, response) => {
    void serve(request, response).catch((thrown: unknown) => finish(thrown as Error));
  });
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const name = basename(request.url ?? '/');
    if (request.method === 'POST') {
      const body = await buffer(request);
      answers.set(name, body);
      response.end();
      if (name === 'error') finish(new Error(`the page failed: ${body.toString()}`));
      if (name === 'logits') finish();
      return;
    }
    response.setHeader('content-type', name === '' ? 'text/html; charset=utf-8' : 'application/octet-stream');
    if (name === '') response.end(page(lines, size, backend));
    else if (name === 'pictures') response.end(Buffer.from(pictures.buffer, pictures.byteOffset, pictures.byteLength));
    else if (name === 'tf.js') response.end(await readFile(library));
    else if (name === 'favicon.ico') response.writeHead(404).end();
    else response.end(await readFile(join(folder, name)));
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const flags = ['--headless=new', '--no-sandbox', '--disable-gpu-sandbox', '--no-first-run', '--mute-audio'];
  const place = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const child = spawn(browser!, [...flags, `--user-data-dir=${profile}`, '--enable-unsafe-swiftshader', place], {
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = `${said}${text}`.slice(-2000)));
  const ended = once(child, 'exit');
  child.once('error', finish);
  child.once('exit', () => finish(new Error(`the browser ended without an answer:\n${said}`)));
  const giveUp = setTimeout(() => finish(new Error(`no answer from the page in time:\n${said}`)), patience);
  try {
    await finished;
  } finally {
    clearTimeout(giveUp);
    // The browser is a group of processes.
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
    await ended.catch(() => undefined);
    server.closeAllConnections();
    server.close();
    await rm(profile, { recursive: true, force: true, maxRetries: 10 });
  }
  const numbers = (name: string): Float32Array =>
    new Float32Array(Uint8Array.from(answers.get(name) ?? Buffer.alloc(0)).buffer);
  return {
    logits: numbers('logits'),
    unlikeness: numbers('unlikeness'),
    printed: answers.get('printed')?.toString() ?? '',
  };
}

const page = (lines: string, size: number, backend: string): string => `<!doctype html>
<img src="photo.jpg">
<script src="tf.js"></script>
<script type="module">
const post = (name, body) => fetch(name, { method: 'POST', body });
try {
  await tf.setBackend('${backend}');
  await document.querySelector('img').decode();
  const printed = [];
  const console = { log: (line) => printed.push(line) };
  ${lines}
  await post('printed', printed.join('\\n'));
  const pictures = new Float32Array(await (await fetch('pictures')).arrayBuffer());
  const all = tf.tensor4d(pictures, [pictures.length / ${size * size * 3}, ${size}, ${size}, 3]);
  const [first, second] = [model.predict(all, { batchSize: 8 })].flat();
  if (second !== undefined) await post('unlikeness', await second.data());
  await post('logits', await first.data());
} catch (error) {
  await post('error', String(error.stack ?? error));
}
</script>`;
