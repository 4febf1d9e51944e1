/** A real Temporal server with its UI, on one SQLite file: the Temporal CLI's development server. */
import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { OwnedProcess } from './ownedProcess.js';
import { StackError } from './stackError.js';
import { waitUntil } from './waitUntil.js';

export const temporalPortNames = ['temporal', 'temporalUi', 'temporalHttp', 'temporalMetrics'] as const;
export type TemporalPorts = Record<(typeof temporalPortNames)[number], number>;

/** Names and types, e.g. `{ GraftworkDataset: 'Keyword' }`. */
export type SearchAttributes = Record<string, string>;

export const temporalNamespace = 'default';

export interface TemporalOptions {
  /** The Temporal CLI. */
  program: string;
  /** Holds the database. */
  folder: string;
  log: string;
  ports: TemporalPorts;
  searchAttributes: SearchAttributes;
  /** Where the UI has payloads decrypted: `http://127.0.0.1:8234`. */
  codecEndpoint?: string;
  /** Called with its process id as soon as it runs. */
  onStart?: (pid: number) => void;
}

const run = promisify(execFile);

/** @throws StackError when it does not come up */
export async function startTemporal({
  program,
  folder,
  log,
  ports,
  searchAttributes,
  codecEndpoint,
  onStart,
}: TemporalOptions): Promise<OwnedProcess> {
  mkdirSync(folder, { recursive: true });
  const address = `127.0.0.1:${ports.temporal}`;
  const server = new OwnedProcess({
    name: 'Temporal',
    program,
    args: [
      ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(ports.temporal)],
      ...['--ui-port', String(ports.temporalUi), '--http-port', String(ports.temporalHttp)],
      ...['--metrics-port', String(ports.temporalMetrics), '--ui-disable-news-fetch'],
      ...(codecEndpoint === undefined ? [] : ['--ui-codec-endpoint', codecEndpoint]),
      ...['--db-filename', join(folder, 'temporal.db'), '--log-level', 'warn'],
    ],
    env: cliEnvironment(),
    cwd: folder,
    log,
    ...(onStart === undefined ? {} : { onStart }),
  });
  try {
    await waitUntil(server, () => serves(program, address));
    await ensureSearchAttributes(program, address, searchAttributes);
  } catch (error) {
    await server.kill();
    throw error;
  }
  return server;
}

async function serves(program: string, address: string): Promise<boolean> {
  const { stdout } = await cli(program, address, ['operator', 'cluster', 'health']);
  if (!stdout.includes('SERVING')) return false;
  await cli(program, address, ['operator', 'namespace', 'describe', '--namespace', temporalNamespace]);
  return true;
}

/** The server's own flag creates them in a new database only; this also completes an older one. */
async function ensureSearchAttributes(program: string, address: string, wanted: SearchAttributes): Promise<void> {
  const { stdout } = await cli(program, address, ['operator', 'search-attribute', 'list']);
  const present = new Map(
    stdout.split('\n').map((line): [string, string] => {
      const [name = '', type = ''] = line.trim().split(/\s+/);
      return [name, type];
    }),
  );
  const missing = Object.entries(wanted).filter(([name]) => !present.has(name));
  const other = Object.entries(wanted).find(([name, type]) => present.has(name) && present.get(name) !== type);
  if (other !== undefined) {
    throw new StackError(
      `the search attribute ${other[0]} exists as ${present.get(other[0])}, not as ${other[1]}`,
      'Another version wrote the Temporal database. Move it away, or use another GRAFTWORK_HOME.',
    );
  }
  if (missing.length === 0) return;
  const flags = missing.flatMap(([name, type]) => ['--name', name, '--type', type]);
  await cli(program, address, ['operator', 'search-attribute', 'create', ...flags]);
}

function cli(program: string, address: string, args: string[]): Promise<{ stdout: string }> {
  return run(program, [...args, '--address', address], { env: cliEnvironment(), timeout: 30_000 });
}

/** Without the user's Temporal profile, TLS and key, which are for another server; and it asks nobody for news. */
function cliEnvironment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('TEMPORAL_'));
  return { ...Object.fromEntries(own), TEMPORAL_CONFIG_FILE: '/dev/null', TEMPORAL_VERSION_CHECK_DISABLED: '1' };
}
