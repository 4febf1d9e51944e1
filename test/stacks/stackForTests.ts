/** An embedded stack with workers, in a home of its own, for the tests of one file. */
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { Graftwork } from '../../client/index.js';
import { checkout, readStack, startStack, stopStack, type StackState } from '../../infra/stack.js';
import { guardGroup } from '../../worker/engine/groupGuard.js';

/** Why tests with a real stack cannot run here, or false. */
export const stackUnavailable: string | false = existsSync(join(checkout, '.graftwork', 'tools', 'temporal'))
  ? false
  : 'the tools are not installed: run npm test';

export class StackForTests {
  private constructor(
    readonly home: string,
    readonly graftwork: Graftwork,
    private readonly guard: ChildProcess,
  ) {}

  static async start(): Promise<StackForTests> {
    const home = await mkdtemp(join(tmpdir(), 'graftwork-runs-'));
    const { supervisor } = await startStack({ home });
    // It is made to outlive the process that starts it; tests that are called off must not leave it behind.
    const guard = guardGroup(supervisor.pid);
    return new StackForTests(home, await Graftwork.connect({ home }), guard);
  }

  async state(): Promise<StackState> {
    const state = await readStack(this.home);
    if (state === undefined) throw new Error('the stack is gone');
    return state;
  }

  /** What a workflow ended with. */
  async resultOf(workflowId: string): Promise<unknown> {
    const { address, namespace } = (await this.state()).temporal;
    const connection = await Connection.connect({ address });
    try {
      return await new Client({ connection, namespace }).workflow.getHandle(workflowId).result();
    } finally {
      await connection.close();
    }
  }

  async stop(): Promise<void> {
    await this.graftwork[Symbol.asyncDispose]();
    await stopStack(this.home);
    // Before the process id can be somebody else's.
    this.guard.kill('SIGKILL');
    // Where the supervisor had to be killed, what it started ends a moment later, and writes until then.
    await rm(this.home, { recursive: true, force: true, maxRetries: 20 });
  }
}
