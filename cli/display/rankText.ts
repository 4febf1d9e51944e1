/** A ranking as text: the table, what it would choose, and why. */
import type { RankedSource, RankReport } from '../../contracts/models/ranking.js';
import { skippedByReason, type SkippedTogether } from '../../contracts/models/skippedSources.js';
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
  /** Whether each source that was left out is named. @default where a reason has more than a few, they are counted */
  isWhole?: boolean;
}

/** Sources that are named beside the reason for leaving them out. */
const mostNamed = 8;

export function rankText(report: RankReport, { source, flags, named, isWhole = false }: RankedFor): string {
  const { sources, sample, dataset } = report;
  const head = `${counted(sources.length, 'source')} on ${counted(sample, 'picture')} of ${dataset.counts.train}, ${dataset.classes} classes`;
  return [head, sourceTable(sources), ...choiceText(report, source, flags), ...notes(report, named, isWhole)].join(
    '\n\n',
  );
}

function sourceTable(sources: readonly RankedSource[]): string {
  const isAveraged = sources.some(({ stages }) => stages.some(({ measure }) => measure !== undefined));
  return table(
    [
      'source',
      'head at',
      ...(isAveraged ? ['linear mAP', '5-NN mAP'] : ['linear', '5-NN']),
      'LogME',
      'best stage',
      'predicted',
      'head',
      'fine-tuned',
    ],
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
  isWhole: boolean,
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
  lines.push(...skippedByReason(skipped).map((group) => skippedText(group, isWhole)));
  return [lines.join('\n')];
}

function skippedText({ sources, reason, remedy }: SkippedTogether, isWhole: boolean): string {
  const [first = ''] = sources;
  if (sources.length === 1) return `skipped: ${first}: ${reason}. ${remedy}`;
  if (isWhole || sources.length <= mostNamed)
    return `skipped: ${sources.join(', ')}: ${reason}. For ${first}: ${remedy}`;
  return `skipped: ${sources.length} sources (\`--all\` lists them): ${reason}. For ${first}: ${remedy}`;
}
