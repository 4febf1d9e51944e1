/** The run as Markdown, for the Temporal UI's "current details". Pure. */
import { positionText } from '../../contracts/spec/position.js';
import { statusText } from '../../contracts/run/statusText.js';
import type { Epoch } from '../../contracts/spec/stages/training.js';
import type { RunResult, StageReport } from '../../contracts/run/result.js';

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** At most so many rows of one stage are shown: the first ones say little once there are hundreds. */
const mostRows = 30;

/** Columns in a code block: the UI's own tables have no space between cells, so that 1 and 0.23 read as 10.23. */
function epochTable(epochs: readonly Epoch[]): string[] {
  const rows = epochs
    .slice(-mostRows)
    .map(({ epoch, loss, validation, learningRate, seconds }) => [
      String(epoch),
      loss.toFixed(4),
      validation === null ? '–' : percent(validation.mAP ?? validation.top1),
      learningRate.toExponential(1),
      seconds.toFixed(1),
    ]);
  const table = [['epoch', 'loss', 'validation', 'rate', 'seconds'], ...rows];
  // Long tables come thinned, so the rows themselves do not say how many there were.
  const omitted = (epochs.at(-1)?.epoch ?? 0) - rows.length;
  return [
    '```',
    ...(omitted > 0 ? [`(${omitted} earlier epochs not shown)`] : []),
    ...table.map((cells) => cells.map((cell) => cell.padStart(11)).join('')),
    '```',
  ];
}

function stageSection(stage: StageReport, status: RunResult['status']): string[] {
  const outcome = stage.reason === 'running' ? statusText(status) : `${stage.reason} (${stage.seconds.toFixed(1)} s)`;
  const lines = [`### ${stage.name}`, '', outcome, ''];
  const { resumedFrom, rangeTest } = stage;
  if (rangeTest !== undefined) lines.push(`Learning rate ${rangeTest.learningRate}: ${rangeTest.reason}.`, '');
  if (resumedFrom !== null) lines.push(`Resumed ${positionText(resumedFrom)}.`, '');
  if (stage.epochs.length > 0) lines.push(...epochTable(stage.epochs), '');
  return lines;
}

/** What matters now comes first: the test, then the stages, the newest on top. */
export function currentDetails(run: RunResult): string {
  const lines = [
    `**${run.status === 'running' ? run.stage : statusText(run.status, run.promotion)}** · ${run.backbone ?? 'backbone not chosen yet'}`,
    '',
  ];
  if (run.model !== null) lines.push(`Registered as \`${run.model.name}@${run.model.version}\`.`, '');
  if (run.test !== null) {
    const { top1, multiLabel } = run.test;
    const [low, high] = multiLabel?.interval ?? run.test.interval;
    const interval = `95 % interval ${percent(low)} to ${percent(high)}, ${run.test.count} images`;
    const figure = multiLabel === undefined ? `top-1 **${percent(top1)}**` : `mAP **${percent(multiLabel.mAP)}**`;
    lines.push(`Test ${figure} (${interval}).`, '');
  }
  if (run.dataset !== null) {
    const { classes, counts, quarantined, duplicates } = run.dataset;
    lines.push(
      `${classes.length} classes; ${counts.train} training, ${counts.validation} validation, ${counts.test} test images; ` +
        `${quarantined} quarantined; ${duplicates.exact} exact and ${duplicates.near} near duplicate groups ` +
        `(${duplicates.acrossSplits} across splits${duplicates.intoTest ? `, ${duplicates.intoTest} with test images` : ''}).`,
      '',
    );
  }
  return [...lines, ...run.stages.toReversed().flatMap((stage) => stageSection(stage, run.status))].join('\n');
}
