/** The run as Markdown, for the Temporal UI's "current details". Pure. */
import type { RunResult, StageReport } from '../contracts/result.js';

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** At most so many rows of one stage are shown: the first ones tell little once there are hundreds. */
const mostRows = 30;

function epochTable(stage: StageReport): string[] {
  const rows = stage.epochs.slice(-mostRows).map((epoch) => {
    const validation = epoch.validation === null ? '–' : percent(epoch.validation.top1);
    return `| ${epoch.epoch} | ${epoch.loss.toFixed(4)} | ${validation} | ${epoch.learningRate.toPrecision(3)} | ${epoch.seconds.toFixed(1)} |`;
  });
  const omitted = stage.epochs.length - rows.length;
  return [
    ...(omitted > 0 ? [`(${omitted} earlier epochs not shown)`, ''] : []),
    '| epoch | loss | validation top-1 | rate | seconds |',
    '| ---: | ---: | ---: | ---: | ---: |',
    ...rows,
  ];
}

export function currentDetails(run: RunResult): string {
  const lines = [
    `**${run.status === 'running' ? run.stage : run.status}** · ${run.backbone ?? 'backbone not chosen yet'}`,
    '',
  ];
  if (run.dataset !== null) {
    const { classes, counts, quarantined, duplicates } = run.dataset;
    lines.push(
      `${classes.length} classes; ${counts.train} training, ${counts.validation} validation, ${counts.test} test images; ` +
        `${quarantined} quarantined; ${duplicates.exact} exact and ${duplicates.near} near duplicate groups (${duplicates.acrossSplits} across splits).`,
      '',
    );
  }
  for (const stage of run.stages) {
    lines.push(
      `### ${stage.name}`,
      '',
      stage.reason === 'running' ? 'running' : `${stage.reason} (${stage.seconds.toFixed(1)} s)`,
      '',
    );
    if (stage.resumedFrom !== null)
      lines.push(`Resumed from epoch ${stage.resumedFrom.epoch}, step ${stage.resumedFrom.step}.`, '');
    if (stage.epochs.length > 0) lines.push(...epochTable(stage), '');
  }
  if (run.test !== null) {
    const [low, high] = run.test.interval;
    lines.push(
      `### Test`,
      '',
      `top-1 **${percent(run.test.top1)}** (95 % interval ${percent(low)} to ${percent(high)}, ${run.test.count} images)`,
      '',
    );
  }
  if (run.model !== null) lines.push(`Registered as \`${run.model.name}@${run.model.version}\`.`);
  return lines.join('\n');
}
