import type { Command } from 'commander';
import { createProgressDisplay } from '../display/progressDisplay.js';
import { detachedMessage, followRun, tellResult } from '../followRun.js';
import { Graftwork } from '../graftwork.js';
import { interruptible } from '../interrupted.js';
import { createCommand } from './command.js';
import type { CommonOptions } from './command.js';

export function watchCommand(): Command {
  return createCommand(
    'watch',
    'Follow a run to its end. Ctrl-C detaches; the run goes on.',
    'watch train-flowers-20250131-142501-9f3c5ad80c11e7b2',
  )
    .argument('<run>', 'run id, as `npx graftwork runs` lists it')
    .action(async (run: string, options: CommonOptions) => {
      await using graftwork = await Graftwork.connect();
      using display = createProgressDisplay();
      const result = await interruptible(
        () => detachedMessage(run),
        (signal) => followRun(graftwork.run(run), display, signal),
      );
      display[Symbol.dispose]();
      process.exitCode = tellResult(graftwork, result, options);
    });
}
