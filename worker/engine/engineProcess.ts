/**
 * One engine process: native TensorFlow blocks the event loop and is unsafe in worker threads, so it has a process of its
 * own. The process is started for the first job and kept warm for the next, for some minutes; it is replaced when it dies,
 * hangs, runs out of memory, or does not stop in time. A job has ended only when its process is idle or gone: the device is free then.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Caller, Engine, EngineJobName, EngineJobs, WorkCallbacks } from '../../activities/shared/engine.js';
import type { Measure } from '../../contracts/metrics.js';
import { GraftworkError } from '../../contracts/errors.js';
import { currentTrace } from '../../telemetry/traced.js';
import { died, endReason, hung, noGpu, notStarted, preempted, revive } from './engineFailures.js';
import { guardGroup } from './groupGuard.js';
import type { FromEngine, ToEngine } from './messages.js';
import { oomKills } from './oomKills.js';

export interface EngineProcessOptions {
  /** Environment of the process: device, threads, store. */
  environment: NodeJS.ProcessEnv;
  /** Where its measurements go, and those about it. @default nowhere */
  measure?: Measure;
  /**
   * Called when TensorFlow finds no GPU in a process that was started: it would continue on the CPU, which nobody would notice.
   * The job is given back. @default the CPU will do
   */
  onNoGpu?: ((error: GraftworkError) => void) | undefined;
  /**
   * Time a stopped job has to write its checkpoint before the process is killed: a large one to a slow store takes long,
   * and a pause that loses it costs more than it frees. Milliseconds. @default 60_000
   */
  stopGrace?: number;
  /** Silence after which a process counts as hung. Milliseconds. @default 300_000 */
  hangTimeout?: number;
  /**
   * How long a process without a job is kept warm: TensorFlow holds on to some 2 GB. Milliseconds, below 2 ** 31.
   * @default 300_000
   */
  idleTimeout?: number;
}

const entry = fileURLToPath(new URL('./main.js', import.meta.url));

export class EngineProcess implements Engine {
  /** Time a stopped job has before the process is killed; set anew when the worker shuts down. Milliseconds. */
  stopGrace: number;
  private child: ChildProcess | undefined;
  private readonly hangTimeout: number;
  private readonly idleTimeout: number;
  private readonly measure: Measure;
  /** Ends the process when no job comes. */
  private idle: NodeJS.Timeout | undefined;
  /** Fulfilled when the process that was ended for want of a job is gone, and its memory with it. */
  private ending: Promise<void> = Promise.resolve();

  constructor(private readonly options: EngineProcessOptions) {
    this.stopGrace = options.stopGrace ?? 60_000;
    this.hangTimeout = options.hangTimeout ?? 300_000;
    this.idleTimeout = options.idleTimeout ?? 300_000;
    this.measure = options.measure ?? (() => undefined);
  }

  /** Process id while one is running. */
  get pid(): number | undefined {
    return this.child?.pid;
  }

  /**
   * Starts the process, which is warm for the first job then, and waits until it says what it computes on. Before any job.
   *
   * @throws GraftworkError GW_USAGE when that is no GPU; GW_ENGINE_DIED
   */
  async requireGpu(): Promise<void> {
    const child = this.start();
    const gpu = await new Promise<boolean>((resolve, reject) => {
      child.once('message', (message: FromEngine) => resolve(message.type === 'ready' && message.gpu));
      child.once('error', (reason) => reject(notStarted('its start', reason)));
      child.once('exit', (code, signal) => reject(died('its start', code, signal, false)));
    });
    if (!gpu) throw noGpu();
    this.rest(child);
  }

  async run<Name extends EngineJobName>(
    job: Name,
    input: EngineJobs[Name]['input'],
    caller: Caller,
    callbacks: WorkCallbacks,
  ): Promise<EngineJobs[Name]['output']> {
    const trace = currentTrace();
    clearTimeout(this.idle);
    await this.ending;
    const killsBefore = await oomKills();
    if (callbacks.signal.aborted) {
      if (this.child !== undefined) this.rest(this.child);
      throw new GraftworkError('GW_PREEMPTED', `${job} was stopped before it began.`, { retryable: true });
    }
    const child = this.start();
    if (child.pid === undefined) {
      const [reason] = (await once(child, 'error')) as [Error];
      this.measure('engineEnds', 1, { reason: 'died' });
      throw notStarted(job, reason);
    }
    return new Promise<EngineJobs[Name]['output']>((resolve, reject) => {
      let stopTimer: NodeJS.Timeout | undefined;
      let killedFor: GraftworkError | undefined;
      /** The job ends with `error` once the process is gone. */
      const killFor = (error: GraftworkError): void => {
        killedFor = error;
        void this.kill(child);
      };
      const watchdog = setTimeout(() => killFor(hung(job, this.hangTimeout)), this.hangTimeout);
      const stop = (): void => {
        send(child, { type: 'stop' });
        stopTimer = setTimeout(() => killFor(preempted(job)), this.stopGrace);
      };
      const onMessage = (message: FromEngine): void => {
        watchdog.refresh();
        switch (message.type) {
          case 'ready':
            if (message.gpu || this.options.onNoGpu === undefined) return;
            this.options.onNoGpu(noGpu());
            return killFor(preempted(job));
          case 'alive':
            return;
          case 'measured':
            for (const { metric, value, labels } of message.samples) this.measure(metric, value, labels as never);
            return;
          case 'progress':
            return callbacks.progress(message.progress);
          case 'epochs':
            return callbacks.epochs(message.signal);
          case 'done':
            return settle(() => resolve(message.output));
          case 'failed':
            // What the failed attempt allocated, and what was allocated before, goes with the process.
            if (message.error.code === 'GW_OUT_OF_MEMORY') return killFor(revive(message));
            return settle(() => reject(revive(message)));
        }
      };
      const onExit = (code: number | null, signal: NodeJS.Signals | null): void => {
        if (this.child === child) this.child = undefined;
        const known = killedFor ?? (callbacks.signal.aborted ? preempted(job) : undefined);
        const end = (error: GraftworkError): void => {
          this.measure('engineEnds', 1, { reason: endReason(error, error === killedFor) });
          reject(error);
        };
        settle(() => {
          if (known !== undefined) return end(known);
          void oomKills().then((kills) => end(died(job, code, signal, kills > killsBefore)));
        });
      };
      const settle = (how: () => void): void => {
        clearTimeout(watchdog);
        clearTimeout(stopTimer);
        callbacks.signal.removeEventListener('abort', stop);
        child.off('message', onMessage).off('exit', onExit);
        this.rest(child);
        how();
      };
      child.on('message', onMessage).on('exit', onExit);
      callbacks.signal.addEventListener('abort', stop, { once: true });
      send(child, { type: 'run', job, input, caller, trace } as ToEngine);
    });
  }

  /** Ends the process, if there is one, and waits until it is gone. */
  async close(): Promise<void> {
    clearTimeout(this.idle);
    await this.ending;
    if (this.child !== undefined) await this.kill(this.child);
  }

  /** The process has no job: it is kept for the next one, but not for ever. */
  private rest(child: ChildProcess): void {
    if (this.child !== child) return;
    clearTimeout(this.idle);
    this.idle = setTimeout(() => {
      this.ending = this.kill(child);
    }, this.idleTimeout).unref();
  }

  private start(): ChildProcess {
    if (this.child?.connected === true) return this.child;
    const child = fork(entry, {
      env: this.options.environment,
      // Without the flags of this process, which may be about its own program or its own debugger.
      execArgv: [],
      // A group of its own: whatever the process starts can be killed with it.
      detached: true,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      serialization: 'advanced',
    });
    child.on('error', () => undefined); // 'exit' reports it
    // Without an id it could not be started, and has no 'exit' either.
    if (child.pid === undefined) return child;
    const guard = guardGroup(child.pid);
    child.once('exit', () => guard.kill('SIGKILL'));
    this.child = child;
    return child;
  }

  private async kill(child: ChildProcess): Promise<void> {
    if (this.child === child) this.child = undefined;
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    const gone = once(child, 'exit');
    killGroup(child);
    await gone;
  }
}

/** With whatever the process started. */
function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    child.kill('SIGKILL');
  }
}

function send(child: ChildProcess, message: ToEngine): void {
  // A closed channel means the process is gone; its 'exit' event settles the job.
  if (child.connected) child.send(message, () => undefined);
}
