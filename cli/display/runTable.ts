/** The end of a run, on one screen. */
import { unlearntText } from '../../client/text/foldsText.js';
import type { CacheDecision } from '../../contracts/spec/activationCache.js';
import { wasTrained, type RunResult, type StageReport } from '../../contracts/run/result.js';
import { epochsDone } from '../../contracts/spec/stages/epochTable.js';
import { positionText } from '../../contracts/spec/position.js';
import { augmentationTable } from './augmentationText.js';
import { choiceFacts } from './choicesText.js';
import { balanceOf } from '../../learning/metrics/balance.js';
import { bestEpoch } from '../../learning/metrics/bestEpoch.js';
import { headlineOf, validationHeadline, validationHeadlineName } from '../../learning/metrics/headline.js';
import { againstBaseline, baselineOf } from '../../learning/metrics/baseline.js';
import { duplicateSummary } from '../../client/text/duplicateText.js';
import { counted, duration, percent, short } from '../../client/text/format.js';
import { pictureNotes } from '../../client/text/pictureNotes.js';
import { statusText } from '../../contracts/run/statusText.js';
import { facts, table } from '../terminal/table.js';

/** Classes named as the hardest ones. */
const worstShown = 3;

export interface RunLinks {
  /** Address of the run in the Temporal UI. */
  ui: string | undefined;
  /** Command lines worth trying next. */
  next: readonly string[];
  /** What the person called the images. @default their address */
  source?: string;
  /** Whether the notes on its pictures were printed while it ran. @default false */
  noted?: boolean;
}

export function runTable(
  result: RunResult,
  { ui, next, source = result.dataset?.uri, noted = false }: RunLinks,
): string {
  const { dataset, test, model, failure, cache } = result;
  const headline = test === null ? undefined : headlineOf(test);
  const summary = facts([
    ['run', result.run],
    ['status', statusFact(result)],
    ['', failure?.remedy?.replaceAll('\n', ' ') ?? undefined],
    ['stage', result.status === 'completed' ? undefined : result.stage],
    [
      'dataset',
      dataset === null
        ? undefined
        : `${source} (version ${short(dataset.version)}${dataset.reused ? ', seen before' : ''})`,
    ],
    ['images', dataset === null ? undefined : describeCounts(dataset)],
    [
      'put aside',
      dataset === null || dataset.quarantined === 0
        ? undefined
        : `${counted(dataset.quarantined, 'file')}: npx graftwork datasets show ${short(dataset.version)}`,
    ],
    ['duplicates', dataset === null || hasNone(dataset.duplicates) ? undefined : duplicateSummary(dataset.duplicates)],
    ...[...(dataset?.remarks ?? []), ...(noted ? [] : pictureNotes(result))].map((remark, index): [string, string] => [
      index === 0 ? 'note' : '',
      remark,
    ]),
    ['backbone', result.backbone ?? undefined],
    ['imbalance', result.imbalance?.reason],
    ...choiceFacts(result.choices),
    ['features', cache ? describeCache(cache) : undefined],
    ...result.stages.map(({ name, rangeTest }): [string, string | undefined] => [
      'learning rate',
      rangeTest && `${name}: ${rangeTest.learningRate}, ${rangeTest.reason}`,
    ]),
    [
      `test ${headline?.name ?? 'top-1'}`,
      test === null || headline === undefined
        ? undefined
        : `${percent(headline.value)} (95 % interval ${percent(headline.interval[0])} to ${percent(headline.interval[1])}, ${counted(test.count, 'image')})`,
    ],
    ['', test === null ? undefined : besideBaseline(test)],
    ['micro F1', test?.multiLabel && `${percent(test.multiLabel.microF1)}, macro F1 ${percent(test.macroF1)}`],
    ['in folds', foldsText(result.folds, 'heads alone')],
    ['fine-tuned in folds', foldsText(result.fineTuneFolds, 'the whole recipe')],
    ...balanceFacts(test),
    ['hardest classes', test === null ? undefined : worstClasses(test.perClass)],
    ['model', model === null ? undefined : `${model.name}@${model.version}`],
    ['production', promotionText(result)],
    ['stored at', result.artifacts.model ?? undefined],
    ['took', duration(result.seconds)],
    ['Temporal UI', ui],
  ]);
  const stages = result.stages.filter(wasTrained);
  return [
    ...(stages.length === 0 ? [] : [stageTable(stages, result)]),
    ...augmentationTable(result.augmentation),
    summary,
    ...(next.length === 0 ? [] : [`Next:\n${next.map((line) => `  ${line}`).join('\n')}`]),
  ].join('\n\n');
}

function hasNone({ exact, near, group = 0 }: Dataset['duplicates']): boolean {
  return exact + near + group === 0;
}

function foldsText(accuracy: RunResult['folds'], what: string): string | undefined {
  if (accuracy === undefined) return undefined;
  const { folds, count, top1, interval, multiLabel, unlearnt } = accuracy;
  const low = unlearnt === undefined ? '' : `; ${unlearntText(unlearnt)}`;
  const pictures = `${what}, ${counted(count, 'image')} held out in ${folds} folds${low}`;
  if (multiLabel !== undefined) {
    const { mAP, interval: own, microF1, macroF1 } = multiLabel;
    return `mAP ${percent(mAP)} (95 % interval ${percent(own[0])} to ${percent(own[1])}), micro F1 ${percent(microF1)}, macro F1 ${percent(macroF1)}, ${pictures}`;
  }
  return `${percent(top1)} (95 % interval ${percent(interval[0])} to ${percent(interval[1])}), ${pictures}`;
}

function balanceFacts(test: RunResult['test']): [string, string | undefined][] {
  const balance = test === null ? undefined : balanceOf(test);
  if (balance === undefined) return [];
  return [
    ['balanced', percent(balance.accuracy)],
    ['least recall', `${percent(balance.least.recall)}, of ${balance.least.class}`],
  ];
}

function promotionText({ run, promotion }: RunResult): string | undefined {
  if (promotion === undefined) return undefined;
  const { status, reason, by } = promotion;
  if (status === 'waiting') return `waits for approval: npx graftwork approve ${run} (${reason})`;
  return by === 'gate' ? `${status}: ${reason}` : `${status} by ${by}: ${reason}`;
}

function statusFact(result: RunResult): string {
  const { status, failure } = result;
  const text = statusText(status, result.promotion);
  // The status says it all.
  if (failure === null || status === 'canceled') return text;
  return `${text}: ${failure.message} (${failure.code})`;
}

function stageTable(stages: readonly StageReport[], { status, dataset }: RunResult): string {
  const validated = dataset?.counts.validation ?? 0;
  const measure = validationHeadlineName(stages.flatMap(({ epochs }) => epochs));
  return table(
    ['stage', 'epochs', measure === 'mAP' ? 'validation mAP' : 'validation accuracy', 'took', 'outcome'],
    stages.map((stage) => {
      const { name, epochs, kept, reason, resumedFrom, cache } = stage;
      const outcome = reason === 'running' ? statusText(status) : `${kept ? 'kept' : 'dropped'}: ${reason}`;
      return [
        name,
        epochsDone(epochs),
        bestValidation(epochs, validated),
        cache.hits > 0 ? 'reused' : secondsOf(stage),
        resumedFrom === null ? outcome : `${outcome} (resumed ${positionText(resumedFrom)})`,
      ];
    }),
  );
}

/** A stage that has not ended says what its epochs took, as far as there are any. */
function secondsOf({ reason, seconds, epochs }: StageReport): string {
  if (reason !== 'running') return duration(seconds);
  const known = epochs.reduce((sum, epoch) => sum + epoch.seconds, 0);
  return epochs.length > 0 && epochs.length === epochsDone(epochs) ? duration(known) : '–';
}

function bestValidation(epochs: StageReport['epochs'], validated: number): string {
  const best = bestEpoch(epochs, validated)?.validation;
  return best ? percent(validationHeadline(best)) : '–';
}

type Dataset = NonNullable<RunResult['dataset']>;

function describeCounts({ counts, classes }: Dataset): string {
  const share = percent(counts.test / (counts.train + counts.validation + counts.test));
  return `${counts.train} train, ${counts.validation} validation, ${counts.test} test (${share} of all), ${counted(classes.length, 'class', 'classes')}`;
}

const places: Record<CacheDecision['tier'], string> = {
  memory: 'in memory',
  disk: 'on local disk',
  recompute: 'recomputed for each batch',
};

function describeCache({ tier, dtype, reason }: CacheDecision): string {
  return `${places[tier]}, ${dtype}: ${reason}`;
}

/** Only where the test cannot distinguish the model from one that looks at no picture. */
function besideBaseline(test: NonNullable<RunResult['test']>): string | undefined {
  const baseline = baselineOf(test);
  if (baseline === undefined) return undefined;
  const stands = againstBaseline(test, baseline.share);
  if (stands === 'better') return undefined;
  const limit = stands === 'not clearly better' ? `, as far as ${counted(test.count, 'picture')} can show` : '';
  const words = stands === 'worse' ? 'worse' : 'no better';
  return `${words} than always answering “${baseline.class}” (${percent(baseline.share)})${limit}`;
}

/** Classes with the lowest recall, worst first; those without a mistake are none of them. */
function worstClasses(perClass: NonNullable<RunResult['test']>['perClass']): string | undefined {
  const worst = perClass
    .flatMap(({ class: name, recall }) => (recall === null || recall === 1 ? [] : [{ name, recall }]))
    .sort((a, b) => a.recall - b.recall)
    .slice(0, worstShown)
    .map(({ name, recall }) => `${name} ${percent(recall)}`);
  return worst.length === 0 ? undefined : worst.join(', ');
}
