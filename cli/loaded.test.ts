/** What the command line loads before it knows that it has to connect. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

/** A process of its own: this one has loaded what other tests need. These packages are CommonJS, so Node lists them. */
const script = `
import(${JSON.stringify(new URL('./program.js', import.meta.url).href)}).then(async ({ createProgram, runProgram }) => {
  for (const call of JSON.parse(process.argv[1])) await runProgram(createProgram(), call);
  process.send(Object.keys(require.cache));
  process.disconnect();
});`;

const noStack = fileURLToPath(new URL('.', import.meta.url));

/** The packages that such calls load, one after another. */
async function loadedBy(...calls: string[][]): Promise<Set<string>> {
  const { TEMPORAL_ADDRESS: _, ...env } = process.env;
  const child = spawn(process.execPath, ['-e', script, JSON.stringify(calls)], {
    // What the calls say does not matter here.
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: { ...env, GRAFTWORK_HOME: noStack },
  });
  let files: string[] = [];
  child.on('message', (list) => (files = list as string[]));
  await once(child, 'close');
  return new Set(files.flatMap((file) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? []));
}

const heavy = [
  '@temporalio/client',
  '@grpc/grpc-js',
  '@aws-sdk/client-s3',
  '@tensorflow/tfjs-node-gpu',
  'sharp',
  'yaml',
];

test('help, version, schema and usage errors load neither Temporal, nor the AWS SDK, nor TensorFlow', async () => {
  const loaded = await loadedBy(
    ['--version'],
    ['--help'],
    ['train', '--help'],
    ['models', 'show'],
    ['trian'],
    ['schema'],
  );
  assert.deepEqual(
    heavy.filter((name) => loaded.has(name)),
    [],
  );
  assert.ok(loaded.has('commander'));
});

test('a command that connects loads Temporal and the AWS SDK, and neither TensorFlow nor what reads pictures or a spec', async () => {
  const loaded = await loadedBy(['runs']);
  assert.deepEqual(
    heavy.filter((name) => loaded.has(name)),
    ['@temporalio/client', '@grpc/grpc-js', '@aws-sdk/client-s3'],
  );
});
