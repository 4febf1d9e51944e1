import type { Command } from 'commander';
import { stopEmbeddedStack } from '../stack/embeddedStack.js';
import { answer, createCommand } from '../base/command.js';
import type { CommonOptions } from '../base/command.js';

export function downCommand(): Command {
  return createCommand(
    'down',
    'Stop the embedded stack. Runs in progress write a checkpoint and go on after the next `up`.',
    'down',
  ).action(async (options: CommonOptions) => {
    const stopped = await stopEmbeddedStack();
    answer(options, { stopped }, () =>
      stopped
        ? 'Stopped. Its data is kept. `npx graftwork up`, or any command that needs the stack, starts it again.'
        : 'The stack was not running.',
    );
  });
}
