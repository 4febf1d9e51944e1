/** Runs, one row each. */
import { statusText, waitingText } from '../../contracts/run/statusText.js';
import type { RunSummary } from '../../client/runs/runList.js';
import { moment } from '../../client/text/format.js';
import { table } from '../terminal/table.js';
import { figureOf, testColumn } from './testColumn.js';

/** The list that `runs` prints. */
export function runsTable(runs: readonly RunSummary[]): string {
  const { title, cells } = testColumn(runs.map(figureOf));
  return table(
    ['run', 'status', 'stage', title, 'backbone', 'started'],
    runs.map(({ run, status, waitsForApproval, stage, backbone, startedAt }, row) => [
      run,
      waitsForApproval ? waitingText : statusText(status),
      // Of a run that did not come to its end it is the status once more.
      stage === null || stage === status ? '–' : stage,
      cells[row] ?? '–',
      backbone ?? '–',
      moment(startedAt),
    ]),
  );
}
