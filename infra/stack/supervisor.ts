/**
 * `node supervisor.js <home>`: holds the embedded stack of one home. Starts the servers, then the workers, starts again
 * what ends by itself, keeps `<home>/stack.json` up to date, and takes everything down when it is asked to end.
 * Detached from the process that started it; reports how the start goes, over the IPC channel if there is one.
 */
import { existsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { checkout } from './checkout.js';
import { diskRoom, fullness, isDiskFull } from './diskRoom.js';
import { KeptAlive } from './keptAlive.js';
import { ownAddresses } from './ownAddresses.js';
import { OwnedProcess } from './ownedProcess.js';
import { prepareServers } from './servers/servers.js';
import type { ServerName, Servers } from './servers/servers.js';
import { StackError } from './stackError.js';
import { StackReport } from './stackReport.js';
import { removeStack } from './stackState.js';
import type { ProcessState, StackState, WorkerPool } from './stackState.js';
import { s3Region } from './servers/s3Server.js';
import { lockHome } from './supervisorLock.js';
import { temporalNamespace } from './servers/temporalServer.js';
import { waitUntil } from './waitUntil.js';

/** What the starter hears. */
export type SupervisorMessage =
  | { kind: 'progress'; line: string }
  | { kind: 'ready' }
  | { kind: 'failed'; message: string; remedy: string };

const poolNames = ['workflow', 'cpu', 'gpu'] as const satisfies WorkerPool[];

/** A worker checkpoints and hands its tasks back within this time; servers then go down. Milliseconds. */
const workerGrace = 20_000;
const serverGrace = 8_000;

async function main(home: string): Promise<void> {
  const lock = await lockHome(home, (line) => tell({ kind: 'progress', line }));
  const stopped = new Promise<NodeJS.Signals>((resolve) => {
    // Also the second `down` reaches it while it stops: that one must not end it before its workers have checkpointed.
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, resolve);
  });
  try {
    removeStack(home); // of one that was killed
    await using servers = await prepareServers({
      directory: home,
      home,
      // Killed, we leave servers that take a moment to end: nobody else may start theirs until then.
      onStart: (pid) => lock.add(pid),
      bucket: process.env.GRAFTWORK_BUCKET ?? 'graftwork',
    });
    await hold(home, servers, stopped);
  } finally {
    lock.release();
  }
}

/** Keeps servers and workers alive until it is asked to stop; then stops the workers first, so that they can checkpoint. */
async function hold(home: string, servers: Servers, stopped: Promise<unknown>): Promise<void> {
  const kept = new Map<ServerName | WorkerPool, KeptAlive>();
  let up = false;
  const state = new StackReport(home, () => describe(home, servers, kept), log);
  const report = (): void => {
    if (up) state.update();
  };
  const bringUp = async (name: ServerName, address: string): Promise<void> => {
    const server = await servers.start(name);
    kept.set(name, new KeptAlive(server, () => servers.start(name), report, log));
    tell({ kind: 'progress', line: address });
  };
  const store = bringUp('s3', `S3: ${servers.s3Endpoint}`);
  const storeSettled = store.then(
    () => undefined,
    () => undefined,
  );
  try {
    // Workers need Temporal as they start; for a store they wait.
    await bringUp('temporal', `Temporal: ${servers.temporalAddress}`);
    const first = poolNames.map((pool) => {
      const start = (): OwnedProcess => startWorker(home, pool, servers.environment);
      const worker = start();
      kept.set(pool, new KeptAlive(worker, () => Promise.resolve(start()), report, log));
      return worker;
    });
    // A worker that cannot even start would be restarted for ever, and runs would wait for it without a word.
    const ready = Promise.all(first.map((worker) => waitUntil(worker, () => Promise.resolve(worker.ready))));
    await Promise.race([Promise.all([store, ready]), stopped]);
    state.begin();
    up = true;
    tell({ kind: 'progress', line: `workers: ${poolNames.join(', ')}` });
    tell({ kind: 'ready' });
    if (process.connected) process.disconnect();
    await stopped;
  } finally {
    state.end();
    // One that is on its way up can be stopped only then.
    await storeSettled;
    await stopAll(poolNames, kept, workerGrace);
    await stopAll(['temporal', 's3'], kept, serverGrace);
  }
}

async function stopAll(
  names: readonly (ServerName | WorkerPool)[],
  kept: ReadonlyMap<ServerName | WorkerPool, KeptAlive>,
  graceMs: number,
): Promise<void> {
  const found = names.map((name) => kept.get(name)).filter((one) => one !== undefined);
  await Promise.all(found.map((one) => one.stop(graceMs)));
}

function startWorker(home: string, pool: WorkerPool, stackVariables: Record<string, string>): OwnedProcess {
  const script = join(checkout, 'dist', 'worker', 'main.js');
  if (!existsSync(script)) throw new StackError('the worker is not built', 'Run `npm run setup` first.');
  const noProxy = [process.env.NO_PROXY, '127.0.0.1', 'localhost'].filter(Boolean).join(',');
  return new OwnedProcess({
    name: `${pool} worker`,
    program: process.execPath,
    args: [script, '--pool', pool],
    env: {
      ...withoutForeignServers(process.env),
      ...stackVariables,
      ...{ TF_ENABLE_ONEDNN_OPTS: '1', TF_CPP_MIN_LOG_LEVEL: '2', NO_PROXY: noProxy, no_proxy: noProxy },
      ...ownAddresses(process.env, poolNames.indexOf(pool)),
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    },
    cwd: checkout,
    log: join(home, 'logs', `worker-${pool}.log`),
    tellsReady: true,
  });
}

/** The user's variables for Temporal and S3 servers elsewhere must not reach workers of the embedded ones. */
function withoutForeignServers(variables: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(variables).filter(([name]) => !/^(AWS|TEMPORAL)_/.test(name)));
}

function describe(home: string, servers: Servers, kept: ReadonlyMap<string, KeptAlive>): StackState {
  const of = (name: ServerName | WorkerPool): ProcessState => {
    const one = kept.get(name);
    if (one === undefined) throw new StackError(`${name} was never started`, 'Run it again.');
    const { pid, startedAt, launch } = one.current;
    return { pid, startedAt: startedAt.toISOString(), log: launch.log, restarts: one.restarts };
  };
  return {
    version: 1,
    home,
    ui: servers.uiUrl,
    ...(servers.codecPort === undefined ? {} : { codecPort: servers.codecPort }),
    temporal: { address: servers.temporalAddress, namespace: temporalNamespace },
    s3: { endpoint: servers.s3Endpoint, region: s3Region, bucket: servers.bucket, ...servers.keys },
    supervisor: { pid: process.pid, startedAt: started.toISOString(), log: join(home, 'logs', 'supervisor.log') },
    servers: { temporal: of('temporal'), s3: of('s3') },
    workers: { workflow: of('workflow'), cpu: of('cpu'), gpu: of('gpu') },
  };
}

/** Into the supervisor's own log. That lies on the disk of the home: when it is full, a line is lost and nothing else. */
function log(line: string): void {
  try {
    writeSync(2, `${new Date().toISOString()} ${line}\n`);
  } catch {
    // Nobody is left to say it to.
  }
}

function tell(message: SupervisorMessage): void {
  // The starter may have gone, on Ctrl-C; the stack stays.
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}

const started = new Date();
const home = process.argv[2];
if (home === undefined) throw new StackError('no home was given', 'Call it as `supervisor.js <home>`.');
main(home).catch(async (error: unknown) => {
  log(error instanceof Error ? (error.stack ?? error.message) : String(error));
  tell({ kind: 'failed', ...(await whyItFailed(home, error)) });
  process.exitCode = 1;
  if (process.connected) process.disconnect();
});

/** What the starter reads. A server on a full disk ends with whatever comes to its mind, so the disk is looked at, too. */
async function whyItFailed(home: string, error: unknown): Promise<{ message: string; remedy: string }> {
  const message = error instanceof Error ? error.message : String(error);
  const room = await diskRoom(home);
  if (isDiskFull(error) || (room !== undefined && fullness(room) !== undefined)) {
    const left = room === undefined ? 'no room' : `${(room.free / 1e6).toFixed(1)} MB`;
    return {
      message: `the disk of ${home} is full (${left} free): ${message}`,
      remedy: 'Free some space, or set GRAFTWORK_HOME to a folder on another disk.',
    };
  }
  const remedy = error instanceof StackError ? error.remedy : `Its log is ${join(home, 'logs', 'supervisor.log')}.`;
  return { message, remedy };
}
