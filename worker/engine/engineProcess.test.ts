import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { WorkCallbacks } from '../../activities/shared/engine.js';
import { EnginePool } from './enginePool.js';
import { EngineProcess } from './engineProcess.js';
import { oomKills } from './oomKills.js';

/** A store that takes connections and never answers: a job waits for it until it is stopped or killed. */
async function silentStore() {
  const { createServer } = await import('node:net');
  const sockets = new Set<{ destroy(): void }>();
  const server = createServer((socket) => sockets.add(socket.on('error', () => undefined))).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  return {
    environment: {
      ...process.env,
      AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${address.port}`,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'nobody',
      AWS_SECRET_ACCESS_KEY: 'nothing',
    },
    asked: once(server, 'connection'),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

const input = { plan: '0'.repeat(64), from: 0, to: 1, halvings: 0 };
const caller = { run: 'a-run', attempt: 1 };

function callbacks(signal = new AbortController().signal): WorkCallbacks {
  return { progress: () => undefined, epochs: () => undefined, signal };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A zombie is gone; its parent has not looked yet.
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** Its process id, as soon as it has one. @throws what the job fails with before that */
async function started(engine: { pid: number | undefined }, job: Promise<unknown>): Promise<number> {
  let isOver = false;
  const over = job.finally(() => (isOver = true));
  over.catch(() => undefined);
  while (engine.pid === undefined) {
    if (isOver) await over;
    await delay(5);
  }
  return engine.pid;
}

test('a process that hangs is killed, the job fails in a way that can be tried again, and the next job gets a new process', async () => {
  await using store = await silentStore();
  const engine = new EngineProcess({ environment: store.environment, hangTimeout: 3_000 });
  const job = engine.run('computeFeatures', input, caller, callbacks());
  job.catch(() => undefined);
  const hung = await started(engine, job);
  process.kill(hung, 'SIGSTOP');
  await assert.rejects(job, { code: 'GW_ENGINE_DIED', retryable: true, message: /did not respond/ });
  assert.ok(!isAlive(hung), 'it is gone before the job is answered for');
  assert.equal(engine.pid, undefined);

  const abort = new AbortController();
  const next = engine.run('computeFeatures', input, caller, callbacks(abort.signal));
  next.catch(() => undefined);
  assert.notEqual(await started(engine, next), hung);
  await engine.close();
  await assert.rejects(next);
});

test('a stopped job that does not end in time is killed with its process, and counts as preempted', async () => {
  await using store = await silentStore();
  const engine = new EngineProcess({ environment: store.environment, stopGrace: 50 });
  const abort = new AbortController();
  const job = engine.run('computeFeatures', input, caller, callbacks(abort.signal));
  job.catch(() => undefined);
  const pid = await started(engine, job);
  await store.asked;
  process.kill(pid, 'SIGSTOP');
  abort.abort();
  await assert.rejects(job, { code: 'GW_PREEMPTED', retryable: true });
  assert.ok(!isAlive(pid));
});

/** A store that refuses every request: each job ends at once, with a failure, and its process stays. */
async function refusingStore() {
  const { createServer } = await import('node:http');
  const server = createServer((_request, response) => response.writeHead(403).end()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  const environment = {
    ...{ ...process.env, AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${address.port}`, AWS_REGION: 'us-east-1' },
    ...{ AWS_ACCESS_KEY_ID: 'nobody', AWS_SECRET_ACCESS_KEY: 'nothing' },
  };
  return {
    environment,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

test('a process without work ends after a while, and work that comes while it ends or later is served', async () => {
  await using store = await refusingStore();
  const engine = new EngineProcess({ environment: store.environment, idleTimeout: 300 });
  const refused = { code: 'GW_S3_CREDENTIALS' };
  const pids: number[] = [];
  const work = async (): Promise<void> => {
    const job = engine.run('computeFeatures', input, caller, callbacks());
    job.catch(() => undefined);
    const pid = await started(engine, job);
    for (const earlier of pids) if (earlier !== pid) assert.ok(!isAlive(earlier), 'its memory is free');
    pids.push(pid);
    await assert.rejects(job, refused);
  };
  await work();
  await work();
  assert.equal(pids[1], pids[0], 'it is kept for work that follows');
  while (engine.pid !== undefined) await delay(1);
  // At this moment it is on its way out.
  await work();
  assert.notEqual(pids[2], pids[0]);
  while (isAlive(pids[2] ?? 0)) await delay(5);
  await work();
  assert.notEqual(pids[3], pids[2]);
  // Work that is called off before it began keeps nothing warm.
  const calledOff = engine.run('computeFeatures', input, caller, callbacks(AbortSignal.abort()));
  await assert.rejects(calledOff, { code: 'GW_PREEMPTED' });
  while (engine.pid !== undefined) await delay(1);
  // It is gone when the engine is closed, although it was on its way out before.
  await engine.close();
  assert.ok(!isAlive(pids[3] ?? 0));
});

test('a killed process fails its job; it is not taken for one that ran out of memory', async () => {
  await using store = await silentStore();
  const engine = new EngineProcess({ environment: store.environment });
  const job = engine.run('computeFeatures', input, caller, callbacks());
  job.catch(() => undefined);
  process.kill(await started(engine, job), 'SIGKILL');
  await assert.rejects(job, { code: 'GW_ENGINE_DIED', retryable: true, message: /SIGKILL/ });
});

test('a process that cannot be started fails its job at once, and the next job tries again', async (t) => {
  await using store = await silentStore();
  const engine = new EngineProcess({ environment: store.environment });
  const node = process.execPath;
  t.after(() => (process.execPath = node));
  process.execPath = '/nowhere/node';
  const failed = engine.run('computeFeatures', input, caller, callbacks());
  await assert.rejects(failed, { code: 'GW_ENGINE_DIED', retryable: true, message: /could be started.*ENOENT/ });
  assert.equal(engine.pid, undefined);

  process.execPath = node;
  const next = engine.run('computeFeatures', input, caller, callbacks());
  next.catch(() => undefined);
  await started(engine, next);
  await engine.close();
  await assert.rejects(next, { code: 'GW_ENGINE_DIED', message: /SIGKILL/ });
});

test('a process in which TensorFlow finds no GPU is refused where one is required, and its job goes back', async () => {
  await using store = await silentStore();
  const told: string[] = [];
  await using pool = new EnginePool(['no-such-device'], store.environment, undefined, ({ code }) => told.push(code));
  await assert.rejects(pool.run('computeFeatures', input, caller, callbacks()), {
    code: 'GW_PREEMPTED',
    retryable: true,
  });
  assert.deepEqual(told, ['GW_USAGE']);
  await assert.rejects(pool.requireGpu(), { code: 'GW_USAGE', message: /TensorFlow finds no GPU/ });
});

test("the kernel's counters of processes killed for want of memory are added up", async () => {
  assert.equal(await oomKills(['/nowhere']), 0);
  assert.ok(Number.isInteger(await oomKills()));
});

test('each process of a pool sees its own device, and takes memory as it needs it', { skip: !isLinux() }, async () => {
  await using store = await silentStore();
  await using pool = new EnginePool(['0', '3'], store.environment);
  const jobs = [0, 1].map(() => pool.run('computeFeatures', input, caller, callbacks()));
  for (const job of jobs) job.catch(() => undefined);
  await assert.rejects(pool.run('computeFeatures', input, caller, callbacks()), /No free device/);
  while (pool.pids.length < 2) await delay(5);
  const seen = pool.pids.map((pid) => {
    const variables = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
    return variables.filter((one) => /^(CUDA_|TF_FORCE_GPU)/.test(one)).toSorted();
  });
  const shared = ['CUDA_DEVICE_ORDER=PCI_BUS_ID', 'TF_FORCE_GPU_ALLOW_GROWTH=true'];
  assert.deepEqual(
    seen
      .map((variables) => variables.filter((one) => !shared.includes(one)))
      .flat()
      .toSorted(),
    ['CUDA_VISIBLE_DEVICES=0', 'CUDA_VISIBLE_DEVICES=3'],
  );
  for (const variables of seen) assert.ok(shared.every((one) => variables.includes(one)));
});

test('a stopped engine process does not outlive a worker that was killed', { skip: !isLinux() }, async () => {
  const module = JSON.stringify(new URL('./engineProcess.js', import.meta.url).href);
  await using store = await silentStore();
  const program = `
    import { EngineProcess } from ${module};
    const engine = new EngineProcess({ environment: process.env });
    engine.run('computeFeatures', ${JSON.stringify(input)}, ${JSON.stringify(caller)},
      { progress() {}, epochs() {}, signal: new AbortController().signal }).catch(() => undefined);
    const wait = setInterval(() => { if (engine.pid !== undefined) { console.log(engine.pid); clearInterval(wait); } }, 5);`;
  const worker = spawn(process.execPath, ['--input-type=module', '-e', program], {
    env: store.environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(worker.stdout, 'data')) as [Buffer];
  const pid = Number(line.toString());
  await store.asked;
  process.kill(pid, 'SIGSTOP');
  worker.kill('SIGKILL');
  await once(worker, 'exit');
  while (isAlive(pid)) await delay(50);
});

function isLinux(): boolean {
  return process.platform === 'linux';
}
