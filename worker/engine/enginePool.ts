/** The engine processes of one worker: one per device. */
import type { Caller, Engine, EngineJobName, EngineJobs, WorkCallbacks } from '../../activities/shared/engine.js';
import type { GraftworkError } from '../../contracts/errors.js';
import type { Measure } from '../../contracts/metrics.js';
import { EngineProcess } from './engineProcess.js';
import { SlotWatch } from './slotWatch.js';

/**
 * Hands each job to a free process. The worker takes no more activities at once than there are devices, so a free one is
 * always there.
 */
export class EnginePool implements Engine {
  /** Indices into `all`. */
  private readonly free: number[];
  private readonly all: readonly EngineProcess[];

  private readonly watch: SlotWatch;

  /**
   * @param devices CUDA device ids, or `null` for the CPU
   * @param measure where measurements of the slots and of their jobs go
   * @param onNoGpu see {@link EngineProcess}; without it the CPU will do
   * @param idleTimeout see {@link EngineProcess}
   */
  constructor(
    devices: readonly (string | null)[],
    environment: NodeJS.ProcessEnv,
    measure: Measure = () => undefined,
    onNoGpu?: (error: GraftworkError) => void,
    idleTimeout?: number,
  ) {
    this.watch = new SlotWatch(devices.length, measure);
    this.all = devices.map(
      (device, slot) =>
        new EngineProcess({
          onNoGpu,
          ...(idleTimeout === undefined ? {} : { idleTimeout }),
          environment: {
            ...environment,
            ...threadsEnvironment(environment['GRAFTWORK_THREADS']),
            ...(device === null ? {} : deviceEnvironment(device)),
          },
          measure: (metric, value, labels) => {
            if (metric === 'step') this.watch.stepped(slot);
            if (metric === 'checkpointSeconds') this.watch.saved(slot);
            measure(metric, value, labels);
          },
        }),
    );
    this.free = [...this.all.keys()];
  }

  /**
   * Starts all processes, and looks whether each computes on its device. Before any job.
   *
   * @throws GraftworkError GW_USAGE when one does not; GW_ENGINE_DIED
   */
  async requireGpu(): Promise<void> {
    await Promise.all(this.all.map((engine) => engine.requireGpu()));
  }

  async run<Name extends EngineJobName>(
    job: Name,
    input: EngineJobs[Name]['input'],
    caller: Caller,
    callbacks: WorkCallbacks,
  ): Promise<EngineJobs[Name]['output']> {
    const slot = this.free.pop();
    const engine = slot === undefined ? undefined : this.all[slot];
    if (slot === undefined || engine === undefined)
      throw new Error(`No free device for ${job}: the worker takes more activities than it has devices.`);
    this.watch.began(slot, job === 'trainStage');
    try {
      return await engine.run(job, input, caller, callbacks);
    } finally {
      this.watch.ended(slot);
      this.free.push(slot);
    }
  }

  /** Ids of the processes that run now. */
  get pids(): number[] {
    return this.all.flatMap(({ pid }) => pid ?? []);
  }

  /** Jobs that are stopped from now on have so long to write their checkpoint. Milliseconds. */
  set stopGrace(milliseconds: number) {
    for (const engine of this.all) engine.stopGrace = milliseconds;
  }

  /** Ends all processes now, whatever they do, and waits until they are gone. */
  async kill(): Promise<void> {
    this.watch[Symbol.dispose]();
    await Promise.all(this.all.map((engine) => engine.close()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}

/** TensorFlow's own names for the threads within an operation; without a number it takes the machine's cores. */
function threadsEnvironment(threads: string | undefined): NodeJS.ProcessEnv {
  return threads === undefined ? {} : { TF_NUM_INTRAOP_THREADS: threads, OMP_NUM_THREADS: threads };
}

/** One device, by the number nvidia-smi gives it, and of its memory no more than what is needed. */
function deviceEnvironment(device: string): NodeJS.ProcessEnv {
  return {
    CUDA_VISIBLE_DEVICES: device,
    // CUDA's own order is by speed; nvidia-smi's is this one.
    CUDA_DEVICE_ORDER: 'PCI_BUS_ID',
    TF_FORCE_GPU_ALLOW_GROWTH: 'true',
  };
}
