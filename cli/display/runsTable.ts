/** Runs, one row each. */
import { statusText, waitingText } from '../../contracts/run/statusText.js';
import type { RunSummary } from '../../client/runs/runList.js';
import { moment, percent } from '../../client/text/format.js';
import { table } from '../terminal/table.js';

/** The list that `runs` prints. */
export function runsTable(runs: readonly RunSummary[]): string {
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
