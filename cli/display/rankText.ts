/** A ranking as text: the table, what it would choose, and why. */
import type { RankedSource, RankReport } from '../../contracts/models/ranking.js';
import type { SourceName } from '../../storage/datasets/sourceNames.js';
import { counted, duration, percent } from '../../client/text/format.js';
import { inShell } from '../../contracts/inShell.js';
import { pictureNotes } from '../../client/text/pictureNotes.js';
import { table } from '../terminal/table.js';

export interface RankedFor {
  /** The images, as the person named them. */
  source: string;
  /** The flags of the ranking that a run of its choice needs as well. */
  flags: readonly string[];
  named: SourceName;
}

export function rankText(report: RankReport, { source, flags, named }: RankedFor): string {
  const { sources, sample, dataset } = report;
  const head = `${counted(sources.length, 'source')} on ${counted(sample, 'picture')} of ${dataset.counts.train}, ${dataset.classes} classes`;
  return [head, sourceTable(sources), ...choiceText(report, source, flags), ...notes(report, named)].join('\n\n');
}

function sourceTable(sources: readonly RankedSource[]): string {
  return table(
    ['source', 'head at', 'linear', '5-NN', 'LogME', 'best stage', 'predicted', 'head', 'fine-tuned'],
    sources.map(({ source, stages, head, best, predicted, cost }) => {
      const scores = stages.find(({ stage }) => stage === head);
      return [
        source,
        head,
        scores?.linear === undefined ? '–' : percent(scores.linear),
        percent(scores?.knn ?? 0),
        scores?.logme.toFixed(3) ?? '',
        best,
        predicted === null
          ? '–'
          : `${percent(predicted.top1)} (${percent(predicted.low)} to ${percent(predicted.high)})`,
        duration(cost.head),
        duration(cost.fineTune),
      ];
    }),
  );
}

function choiceText({ choice }: RankReport, images: string, flags: readonly string[]): string[] {
  if (choice === null) return ['There is no source to choose from.'];
  const { source, unfreeze, reasons, cost } = choice;
  const depth = unfreeze.length === 0 ? 'head only' : `unfreeze ${unfreeze.join(', ')}`;
  const settings = unfreeze.length === 0 ? 'fineTune=[]' : `fineTune.0.unfreeze=[${unfreeze.join(',')}]`;
  return [
    [`choice: ${source}, ${depth}, about ${duration(cost)}`, ...reasons.map((reason) => `  ${reason}`)].join('\n'),
    `npx graftwork train ${[images, ...flags].map(inShell).join(' ')} --backbone ${choice.backbone.name}${
      choice.backbone.weights === undefined ? '' : ` --set ${inShell(`backbone.weights=${choice.backbone.weights}`)}`
    } --set '${settings}'`,
  ];
}

function notes(
  { dataset, calibration, similarTasks, skipped, leftOut, sources, sample }: RankReport,
  named: SourceName,
): string[] {
  const few = sources.some(({ stages }) => (stages.at(-1)?.dimensions ?? 0) >= sample);
  const lines = [
    ...pictureNotes({ dataset }).map((note) => `note: ${note}`),
    ...(few ? ['LogME cannot compare sources here: there are fewer pictures than features, so any features fit'] : []),
    `predictions: ${calibration.used ? calibration.reason : `none yet, so the scores alone decide (${calibration.reason})`}`,
    ...similarTasks.map(
      ({ run, uri, model, similarity }) => `similar: ${named(uri, run)} (${model.name}), ${percent(similarity)} alike`,
    ),
    ...(leftOut.length === 0 ? [] : [`not ranked: ${leftOut.join(', ')}; name them with --sources`]),
  ];
  const byReason = new Map<string, { sources: string[]; remedy: string }>();
  for (const { source, reason, remedy } of skipped) {
    const same = byReason.get(reason);
    if (same === undefined) byReason.set(reason, { sources: [source], remedy });
    else same.sources.push(source);
  }
  for (const [reason, { sources, remedy }] of byReason) {
    lines.push(skippedText(sources, reason.replace(/\.$/, ''), remedy));
  }
  return [lines.join('\n')];
}

/** @param reason about one of the sources @param remedy for the first of them */
function skippedText(sources: readonly string[], reason: string, remedy: string): string {
  const [first = ''] = sources;
  if (sources.length === 1) return `skipped: ${first}: ${reason}. ${remedy}`;
  const ofAll = reason
    .replace(/^it was /, 'they were ')
    .replace(/^its /, 'their ')
    .replace('flatter its', 'flatter their');
  return `skipped: ${sources.join(', ')}: ${ofAll}. For ${first}: ${remedy}`;
}
