/** Keeps `<home>/stack.json` up to date, also through times in which the disk takes nothing. */
import { removeStack, writeStack } from './stackState.js';
import type { StackState } from './stackState.js';

/** Until a state that could not be written is tried again, in milliseconds. */
const pause = 2_000;

export class StackReport {
  private timer: NodeJS.Timeout | undefined;
  private failed = false;
  private ended = false;

  /**
   * @param home absolute
   * @param describe the state as it is now
   * @param say where a line goes when the disk stops taking the state, and when it takes it again
   */
  constructor(
    private readonly home: string,
    private readonly describe: () => StackState,
    private readonly say: (line: string) => void,
  ) {}

  /** Writes the first state. @throws what the file system says: nobody would find the stack */
  begin(): void {
    writeStack(this.describe());
  }

  /** Writes the state that is true now. While that fails, the earlier one stays, and it is tried again. Never throws. */
  update(): void {
    if (this.ended) return;
    clearTimeout(this.timer);
    try {
      writeStack(this.describe());
      if (this.failed) this.say('stack.json is up to date again');
      this.failed = false;
    } catch (error) {
      if (!this.failed) this.say(`stack.json cannot be written, trying again: ${reasonOf(error)}`);
      this.failed = true;
      this.timer = setTimeout(() => this.update(), pause);
    }
  }

  /** The stack is no more. */
  end(): void {
    this.ended = true;
    clearTimeout(this.timer);
    removeStack(this.home);
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
