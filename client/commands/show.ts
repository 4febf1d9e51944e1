import type { Command } from 'commander';
import { runTable } from '../display/runTable.js';
import { Graftwork } from '../graftwork.js';
import { nextCommands } from '../nextCommands.js';
import { answer, createCommand } from './command.js';
import type { CommonOptions } from './command.js';

export function showCommand(): Command {
  return createCommand(
    'show',
    'Show a run: running, failed or finished.',
    'show train-flowers-20250131-142501-9f3c5ad80c11e7b2',
  )
    .argument('<run>', 'run id, as `npx graftwork runs` lists it')
    .action(async (run: string, options: CommonOptions) => {
      await using graftwork = await Graftwork.connect();
      const result = await graftwork.show(run);
      answer(options, result, () => runTable(result, { ui: graftwork.uiAddress(run), next: nextCommands(result) }));
    });
}
