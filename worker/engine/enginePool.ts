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
          environment: { ...environment, ...(device === null ? {} : { CUDA_VISIBLE_DEVICES: device }) },
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

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.all.map((engine) => engine.close()));
  }
}
