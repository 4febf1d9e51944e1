/** Resident memory of some processes over the course of a measurement. */
import { memoryOf } from './processMemory.js';

/**
 * Megabytes: the highest that was seen while each third of the work was done, and the very highest by the kernel's count. A
 * process that does not leak has three alike.
 */
export interface MemoryCourse {
  thirds: [number, number, number];
  peak: number;
}

/** The process ids to look at now, by what they are called in the report. */
export type Watched = () => Promise<ReadonlyMap<string, number>>;

export class MemoryLog {
  private readonly courses = new Map<string, MemoryCourse>();
  private share = 0;
  private looking: Promise<void> = Promise.resolve();
  private readonly timer: NodeJS.Timeout;

  private constructor(watched: Watched, every: number) {
    this.timer = setInterval(() => {
      this.looking = this.looking.then(() => this.look(watched)).catch(() => undefined);
    }, every);
  }

  /** @param every milliseconds between two looks */
  static start(watched: Watched, every = 1000): MemoryLog {
    return new MemoryLog(watched, every);
  }

  /** @param share of the work that is done, in [0, 1] */
  at(share: number): void {
    this.share = share;
  }

  async stop(): Promise<Record<string, MemoryCourse>> {
    clearInterval(this.timer);
    await this.looking;
    return Object.fromEntries(this.courses);
  }

  private async look(watched: Watched): Promise<void> {
    const third = Math.min(2, Math.floor(this.share * 3)) as 0 | 1 | 2;
    for (const [name, pid] of await watched()) {
      const { now, peak } = await memoryOf(pid);
      const course = this.courses.get(name) ?? { thirds: [0, 0, 0], peak: 0 };
      course.thirds[third] = Math.max(course.thirds[third], Math.round(now));
      course.peak = Math.max(course.peak, Math.round(peak));
      this.courses.set(name, course);
    }
  }
}
