/** Bytes that may be in use at a time, shared by everything that asks for some: where too few are left, it waits in line. */

interface Waiting {
  bytes: number;
  start: () => void;
}

export class ByteBudget {
  /** Bytes in all. */
  readonly total: number;
  private left: number;
  private readonly waiting: Waiting[] = [];

  /** @param total at least 1 */
  constructor(total: number) {
    this.total = Math.max(1, Math.floor(total));
    this.left = this.total;
  }

  /** Bytes that are taken. */
  get used(): number {
    return this.total - this.left;
  }

  /**
   * Runs `use` as soon as so many bytes are left, in the order of the calls, and gives them back when it ends. What needs more
   * than there is in all runs alone.
   *
   * `use` must not ask the same budget for more: two who did so could wait for each other.
   * @throws what `use` throws; the signal's reason when it is aborted while waiting
   */
  async with<T>(bytes: number, use: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const taken = Math.min(Math.max(0, Math.ceil(bytes)), this.total);
    await this.take(taken, signal);
    try {
      return await use();
    } finally {
      this.left += taken;
      this.admit();
    }
  }

  private take(bytes: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const waiting: Waiting = {
        bytes,
        start: () => {
          signal?.removeEventListener('abort', leave);
          resolve();
        },
      };
      const leave = (): void => {
        this.waiting.splice(this.waiting.indexOf(waiting), 1);
        reject(signal?.reason as Error);
        // Those behind may be content with less.
        this.admit();
      };
      signal?.addEventListener('abort', leave, { once: true });
      this.waiting.push(waiting);
      this.admit();
    });
  }

  /** In order: who needs much is not overtaken for ever by those who need little. */
  private admit(): void {
    for (let next = this.waiting[0]; next !== undefined && next.bytes <= this.left; next = this.waiting[0]) {
      this.waiting.shift();
      this.left -= next.bytes;
      next.start();
    }
  }
}
