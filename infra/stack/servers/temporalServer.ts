/** A real Temporal server with its UI, on one SQLite file: the Temporal CLI's development server. */
import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { OwnedProcess } from '../ownedProcess.js';
import { StackError } from '../stackError.js';
import { waitUntil } from '../waitUntil.js';

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

/** For an answer of a machine that has much else to do. Milliseconds. */
const patience = 30_000;

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
      ...Object.entries(searchAttributes).flatMap(([name, type]) => ['--search-attribute', `${name}=${type}`]),
      ...(codecEndpoint === undefined ? [] : ['--ui-codec-endpoint', codecEndpoint]),
      ...['--db-filename', join(folder, 'temporal.db'), '--log-level', 'warn'],
    ],
    env: cliEnvironment(),
    cwd: folder,
    log,
    ...(onStart === undefined ? {} : { onStart }),
  });
  const api = `http://127.0.0.1:${ports.temporalHttp}`;
  try {
    await waitUntil(server, () => serves(api));
    await ensureSearchAttributes({ program, address, api }, searchAttributes);
  } catch (error) {
    await server.kill();
    throw error;
  }
  return server;
}

/** Its HTTP interface is asked: a call of the Temporal CLI would take longer than the answer. */
async function serves(api: string): Promise<boolean> {
  const { ok } = await fetch(`${api}/api/v1/namespaces/${temporalNamespace}`, {
    signal: AbortSignal.timeout(patience),
  });
  return ok;
}

interface Server {
  program: string;
  /** Of gRPC. */
  address: string;
  /** Of HTTP. */
  api: string;
}

/** The server's own flag creates them in a new database only; this also completes an older one. */
async function ensureSearchAttributes({ program, address, api }: Server, wanted: SearchAttributes): Promise<void> {
  const list = `${api}/cluster/namespaces/${temporalNamespace}/search-attributes`;
  const answer = await fetch(list, { signal: AbortSignal.timeout(patience) });
  if (!answer.ok) throw new Error(`Temporal does not list its search attributes: HTTP ${answer.status}`);
  const { customAttributes = {} } = (await answer.json()) as { customAttributes?: Record<string, string> };
  const present = new Map(Object.entries(customAttributes).map(([name, type]) => [name, typeName(type)]));
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
  const create = ['operator', 'search-attribute', 'create', ...flags, '--address', address];
  await run(program, create, { env: cliEnvironment(), timeout: patience });
}

/** `INDEXED_VALUE_TYPE_KEYWORD_LIST` → `KeywordList` */
function typeName(type: string): string {
  const words = type.replace('INDEXED_VALUE_TYPE_', '').toLowerCase();
  return words.replaceAll(/(?:^|_)(.)/g, (_, letter: string) => letter.toUpperCase());
}

/** Without the user's Temporal profile, TLS and key, which are for another server; and it asks nobody for news. */
function cliEnvironment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('TEMPORAL_'));
  return { ...Object.fromEntries(own), TEMPORAL_CONFIG_FILE: '/dev/null', TEMPORAL_VERSION_CHECK_DISABLED: '1' };
}
