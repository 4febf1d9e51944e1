import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import { readStack } from '../../infra/stack.js';
import { facts } from '../terminal/table.js';
import { startEmbeddedStack, stopEmbeddedStack } from '../stack/embeddedStack.js';
import { answer, createCommand, say } from '../base/command.js';
import type { CommonOptions } from '../base/command.js';

/** How often it is looked whether the stack is still there, in milliseconds. */
const lookInterval = 2_000;

export function upCommand(): Command {
  return createCommand(
    'up',
    'Start the embedded stack (Temporal with its UI, S3, workers) and hold it until Ctrl-C.',
    'up --detach',
  )
    .option('--detach', 'return and leave the stack running')
    .action(async (options: CommonOptions & { detach?: boolean }) => {
      const { ui, temporal, s3, home, codecPort } = await startEmbeddedStack(say);
      const value = { ui, temporal, s3: { endpoint: s3.endpoint, region: s3.region, bucket: s3.bucket }, home };
      answer(options, value, () =>
        facts([
          ['Temporal', temporal.address],
          ['Temporal UI', ui],
          ['payloads', codecPort === undefined ? undefined : 'encrypted; see npx graftwork codec-server --help'],
          ['S3', `${s3.endpoint}, bucket ${s3.bucket}`],
          ['logs', `${home}/logs`],
        ]),
      );
      if (options.detach === true) return say('Stop it with npx graftwork down');
      say('Ctrl-C stops it.');
      if (!(await interruptedWhileUp(home))) return say('The stack was stopped from elsewhere.');
      say('Stopping: workers first, so that they can write their checkpoints.');
      await stopEmbeddedStack();
    });
}

/** Waits for Ctrl-C or SIGTERM, or for the stack's end, and says whether it was a signal. */
async function interruptedWhileUp(home: string): Promise<boolean> {
  const signalled = new AbortController();
  const stop = (): void => signalled.abort();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  while ((await readStack(home)) !== undefined) {
    await delay(lookInterval, undefined, { signal: signalled.signal }).catch(() => undefined);
    if (signalled.signal.aborted) return true;
  }
  return false;
}
