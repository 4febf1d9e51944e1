import type { Command } from 'commander';
import { answer, createCommand, runArgument } from '../base/command.js';
import type { CommonOptions } from '../base/command.js';
import { connect } from '../base/connect.js';

export function showCommand(): Command {
  return createCommand(
    'show',
    'Show a run, whether it is running, failed or finished.',
    'show train-flowers-20250131-142501-9f3c5ad80c11e7b2',
  )
    .argument('<run>', runArgument)
    .action(async (named: string, options: CommonOptions) => {
      await using graftwork = await connect();
      const result = await graftwork.show(named);
      const { runTable } = await import('../display/runTable.js');
      const { linksOf } = await import('../follow/followRun.js');
      const links = await linksOf(graftwork, result);
      answer(options, result, () => runTable(result, links));
    });
}
