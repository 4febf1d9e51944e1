import type { Command } from 'commander';
import { moment, percent } from '../../client/text/format.js';
import { statusText, waitingText } from '../../contracts/run/statusText.js';
import { table } from '../display/table.js';
import { Graftwork } from '../../client/graftwork.js';
import type { RunSummary } from '../../client/runs/runList.js';
import { answer, createCommand, wholeNumber } from '../base/command.js';
import type { CommonOptions } from '../base/command.js';

export function runsCommand(): Command {
  return createCommand('runs', 'List runs, newest first.', 'runs --limit 10')
    .option('--limit <count>', 'largest number of runs to list', wholeNumber(1), 50)
    .action(async (options: CommonOptions & { limit: number }) => {
      await using graftwork = await Graftwork.connect();
      const runs = await graftwork.runs({ limit: options.limit });
      answer(options, runs, () => (runs.length === 0 ? 'No runs yet: npx graftwork train <folder>' : runsTable(runs)));
    });
}

function runsTable(runs: readonly RunSummary[]): string {
  return table(
    ['run', 'status', 'stage', 'test top-1', 'backbone', 'started'],
    runs.map(({ run, status, waitsForApproval, stage, top1, backbone, startedAt }) => [
      run,
      waitsForApproval ? waitingText : statusText(status),
      // Of a run that did not come to its end it is the status once more.
      stage === null || stage === status ? '–' : stage,
      top1 === null ? '–' : percent(top1),
      backbone ?? '–',
      moment(startedAt),
    ]),
  );
}
