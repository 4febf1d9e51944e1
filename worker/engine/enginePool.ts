/** The engine processes of one worker: one per device. */
import type { Caller, Engine, EngineJobName, EngineJobs, WorkCallbacks } from '../../activities/engine.js';
import { EngineProcess } from './engineProcess.js';

/**
 * Hands each job to a free process. The worker takes no more activities at once than there are devices, so a free one is
 * always there.
 */
export class EnginePool implements Engine {
  private readonly free: EngineProcess[];
  private readonly all: readonly EngineProcess[];

  /** @param devices CUDA device ids, or `null` for the CPU */
  constructor(devices: readonly (string | null)[], environment: NodeJS.ProcessEnv) {
    this.all = devices.map(
      (device) =>
        new EngineProcess({
          environment: {
            ...environment,
            ...threadsEnvironment(environment['GRAFTWORK_THREADS']),
            ...(device === null ? {} : deviceEnvironment(device)),
          },
        }),
    );
    this.free = [...this.all];
  }

  async run<Name extends EngineJobName>(
    job: Name,
    input: EngineJobs[Name]['input'],
    caller: Caller,
    callbacks: WorkCallbacks,
  ): Promise<EngineJobs[Name]['output']> {
    const engine = this.free.pop();
    if (engine === undefined)
      throw new Error(`No free device for ${job}: the worker takes more activities than it has devices.`);
    try {
      return await engine.run(job, input, caller, callbacks);
    } finally {
      this.free.push(engine);
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
