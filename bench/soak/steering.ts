/** Somebody who pauses, finishes and resets runs while they are under way. */
import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import type { RunHandle } from '../../client/index.js';
import { asGraftworkError } from '../../contracts/errors.js';
import { resetRun } from '../../test/stacks/resetRun.js';
import type { StackForTests } from '../../test/stacks/stackForTests.js';

/** A paused run is resumed after some seconds. */
export const orders = ['pause', 'finish', 'reset'] as const;
export type Order = (typeof orders)[number];

/** Longest pause, seconds. */
const longestPause = 20;

export class Steering {
  /** Ids of runs that somebody asked to finish. The answer may have been lost, so it is not known whether they did. */
  readonly finished = new Set<string>();
  private readonly runs: RunHandle[] = [];
  private readonly pauses: Promise<void>[] = [];

  /** @param random in [0, 1) */
  constructor(
    private readonly stack: StackForTests,
    private readonly random: () => number,
  ) {}

  /** From now on orders are given to this run, too. */
  began(run: RunHandle): void {
    this.runs.push(run);
  }

  /** Gives an order to a run chosen at random. @returns false when the run refuses it or does not answer */
  async give(order: Order): Promise<boolean> {
    const run = this.runs[Math.floor(this.random() * this.runs.length)];
    if (run === undefined) return false;
    try {
      await this.giveTo(order, run);
      return true;
    } catch {
      return false;
    }
  }

  /** Resolves when every paused run has been resumed, or has ended. */
  async settled(): Promise<void> {
    await Promise.all(this.pauses);
  }

  private async giveTo(order: Order, run: RunHandle): Promise<void> {
    switch (order) {
      case 'pause':
        // Resumed also where no answer comes: the pause may have arrived.
        this.pauses.push(resumeAfter(1000 * (1 + this.random() * (longestPause - 1)), run));
        await run.pause();
        return;
      case 'finish':
        this.finished.add(run.id);
        await run.finish();
        return;
      case 'reset':
        return this.reset(run.id);
    }
  }

  private async reset(run: string): Promise<void> {
    const { address, namespace } = (await this.stack.state()).temporal;
    const connection = await Connection.connect({ address });
    try {
      const client = new Client({ connection, namespace });
      const { status } = await client.workflow.getHandle(run).describe();
      // What has ended can be reset as well, but then nobody waits for it any more.
      if (status.name !== 'RUNNING') throw new Error(`${run} has ended`);
      await resetRun(client, run, (tasks) => Math.floor(this.random() * tasks));
    } finally {
      await connection.close();
    }
  }
}

async function resumeAfter(milliseconds: number, run: RunHandle): Promise<void> {
  await delay(milliseconds);
  for (;;) {
    try {
      await run.resume();
      return;
    } catch (thrown) {
      // It has ended, or is about to.
      if (asGraftworkError(thrown).code === 'GW_USAGE') return;
      await delay(500);
    }
  }
}
