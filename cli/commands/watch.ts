import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import { asGraftworkError } from '../../contracts/errors.js';
import { interruptible } from '../follow/interrupted.js';
import type { Graftwork } from '../../client/graftwork.js';
import { createCommand, runArgument, say } from '../base/command.js';
import type { CommonOptions } from '../base/command.js';
import { connect } from '../base/connect.js';

export function watchCommand(): Command {
  return createCommand(
    'watch',
    'Follow a run to its end. Ctrl-C detaches; the run goes on.',
    'watch train-flowers-20250131-142501-9f3c5ad80c11e7b2',
  )
    .argument('<run>', runArgument)
    .action(async (named: string, options: CommonOptions) => {
      const { createProgressDisplay } = await import('../display/progressDisplay.js');
      const { detachedMessage, followRun, tellResult } = await import('../follow/followRun.js');
      await using graftwork = await connect();
      using display = createProgressDisplay();
      let run = named;
      const result = await interruptible(
        () => detachedMessage(run),
        async (signal) => {
          run = await runToFollow(graftwork, named, signal);
          return followRun(graftwork.run(run), display, signal);
        },
      );
      display[Symbol.dispose]();
      process.exitCode = await tellResult(graftwork, result, options);
    });
}

/** A retraining looks at the data before it starts its run. */
async function runToFollow(graftwork: Graftwork, named: string, signal: AbortSignal): Promise<string> {
  for (let reported = false; ; reported = true) {
    try {
      return await graftwork.resolveRun(named);
    } catch (error) {
      const { code, message, retryable } = asGraftworkError(error);
      if (code !== 'GW_RUN_NOT_FOUND' || !retryable) throw error;
      if (!reported) say(message);
      await delay(1_000, undefined, { signal });
    }
  }
}
