import { once } from 'node:events';
import type { Command } from 'commander';
import { facts } from '../display/table.js';
import { startEmbeddedStack, stopEmbeddedStack } from '../embeddedStack.js';
import { answer, createCommand, say } from './command.js';
import type { CommonOptions } from './command.js';

export function upCommand(): Command {
  return createCommand(
    'up',
    'Start the embedded stack (Temporal with its UI, S3, workers) and hold it until Ctrl-C.',
    'up --detach',
  )
    .option('--detach', 'leave it running and return')
    .action(async (options: CommonOptions & { detach?: boolean }) => {
      const { ui, temporal, s3, home } = await startEmbeddedStack(say);
      const value = { ui, temporal, s3: { endpoint: s3.endpoint, region: s3.region, bucket: s3.bucket }, home };
      answer(options, value, () =>
        facts([
          ['Temporal', temporal.address],
          ['Temporal UI', ui],
          ['S3', `${s3.endpoint}, bucket ${s3.bucket}`],
          ['logs', `${home}/logs`],
        ]),
      );
      if (options.detach === true) return say('Stop it with npx graftwork down');
      say('Ctrl-C stops it.');
      await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
      say('Stopping: workers first, so that they can write their checkpoints.');
      await stopEmbeddedStack();
    });
}
