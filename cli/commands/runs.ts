import type { Command } from 'commander';
import { runsTable } from '../display/runsTable.js';
import { answer, createCommand, wholeNumber } from '../base/command.js';
import type { CommonOptions } from '../base/command.js';
import { connect } from '../base/connect.js';

export function runsCommand(): Command {
  return createCommand('runs', 'List runs, newest first.', 'runs --limit 10')
    .option('--limit <count>', 'largest number of runs to list', wholeNumber(1), 50)
    .action(async (options: CommonOptions & { limit: number }) => {
      await using graftwork = await connect();
      const runs = await graftwork.runs({ limit: options.limit });
      answer(options, runs, () => (runs.length === 0 ? 'No runs yet: npx graftwork train <folder>' : runsTable(runs)));
    });
}
