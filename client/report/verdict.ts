/** What came of a run, in a few sentences for somebody who reads nothing else. Pure. */
import type { RunResult } from '../../contracts/run/result.js';
import { registerOutputSchema } from '../../contracts/activities/trainingActivities.js';
import { againstBaseline, baselineOf, mistakesAvoided, type Baseline } from '../../learning/metrics/baseline.js';
import { headlineOf } from '../../learning/metrics/headline.js';
import { judgeTop1 } from '../../learning/metrics/judgement.js';
import { counted, duration, percent, percentOfAll } from '../text/format.js';
import { isUnanswered } from '../runs/unansweredResult.js';
import { withCommand } from '../connection/typedCommand.js';
import type { Figures } from './facts/figures.js';
import type { ActivityRecord } from './facts/history.js';
import { isolated } from './page/html.js';
import type { Leaks } from './leaks/leaks.js';

export interface Verdict {
  /** The one sentence. */
  sentence: string;
  /** What must be said with it. */
  notes: string[];
  tone: 'good' | 'open' | 'bad';
}

/** How a run can end without being complete. */
const ends = {
  failed: 'failed',
  canceled: 'was cancelled',
  terminated: 'was terminated',
  'timed-out': 'timed out',
} as const;

/** @param activities null where Temporal no longer has the history */
export function verdictOf(
  result: RunResult,
  figures: Figures | null,
  leaks: Leaks | null,
  activities: readonly ActivityRecord[] | null,
): Verdict {
  if (figures !== null) return ofTest(result, figures, leaks);
  if (isUnanswered(result)) return withoutAnswer(result, activities ?? []);
  const { status, seconds, stage } = result;
  switch (status) {
    case 'running':
    case 'paused':
      return {
        sentence: `The run is ${status} in stage ${stage}, after ${duration(seconds)}. Its model has not been tested yet.`,
        notes: [],
        tone: 'open',
      };
    case 'completed':
      return { sentence: 'The run is complete, but the result of its test is gone.', notes: [], tone: 'bad' };
    default:
      return {
        sentence: `The run ${ends[status]} before its test, so it has no model.`,
        notes: whyEnded(result),
        tone: 'bad',
      };
  }
}

function whyEnded({ failure }: RunResult): string[] {
  if (failure === null) return [];
  // The report is read elsewhere, too: no path of this machine.
  return [failure.message, failure.remedy ?? []].flat().map((text) => withCommand(text, 'npx graftwork'));
}

/** No worker can report on the run; its history still says which of its steps are done. */
function withoutAnswer(result: RunResult, activities: readonly ActivityRecord[]): Verdict {
  const { status, seconds } = result;
  const done = (step: string): ActivityRecord | undefined =>
    activities.findLast(({ type, outcome }) => type === step && outcome === 'completed');
  const registered = done('registerModel');
  const model = registerOutputSchema.pick({ model: true }).loose().safeParse(registered?.answer).data?.model;
  const steps = [
    ...(done('evaluateModel') ? ['tested its model'] : []),
    ...(registered ? [`registered it${model ? ` as ${model.name}@${model.version}` : ''}`] : []),
  ];
  const hasEnded = status in ends;
  const how = hasEnded ? ends[status as keyof typeof ends] : `is ${status}, after ${duration(seconds)}`;
  return {
    sentence: `The run ${how}. What it has done is not known, because no worker answers.`,
    notes: [
      ...(steps.length > 0 ? [`According to its history, it has ${steps.join(' and ')}.`] : []),
      ...whyEnded(result),
      'Start a worker for a complete report: `npx graftwork up --detach`, or `npx graftwork worker --pool workflow`.',
    ],
    tone: hasEnded && !registered ? 'bad' : 'open',
  };
}

function ofTest(result: RunResult, { evaluation, mismatches }: Figures, leaks: Leaks | null): Verdict {
  const { model, run, status } = result;
  const { top1, count } = evaluation;
  const [low, high] = headlineOf(evaluation).interval;
  const name = model === null ? `The model of ${run}` : `${model.name}@${model.version}`;
  const found = leakNotes(leaks);
  const unseen = found.length > 0 ? '' : ' that training never saw';
  const pictures = `${counted(count, 'test picture')}${unseen}`;
  const sentence =
    evaluation.multiLabel === undefined
      ? `${name} recognises ${percentOfAll(top1)} of ${pictures}: ` +
        `of many more such pictures, it would probably recognise between ${percent(low)} and ${percent(high)} (95 % interval).`
      : `${name} has a mean average precision of ${percentOfAll(evaluation.multiLabel.mAP)} on ${pictures}: ` +
        `on many more such pictures, it would probably lie between ${percent(low)} and ${percent(high)} (95 % interval).`;
  const notes = [...found];
  const baseline = baselineOf(evaluation);
  if (baseline !== undefined) notes.push(baselineNote(evaluation, baseline));
  if (high - low > 0.1)
    notes.push('The interval is wide because the test is small: a difference of a few points may be chance.');
  const hasEndedBadly = status in ends;
  if (status !== 'completed') {
    const how = hasEndedBadly ? ends[status as keyof typeof ends] : `is ${status}`;
    notes.push(`The run itself ${how}: the model is ${model === null ? 'not ' : ''}registered.`, ...whyEnded(result));
  }
  if (mismatches.length > 0)
    notes.push(
      'Some stored figures differ from the ones computed from the outcomes of the single pictures: see the checks below.',
    );
  const judged = judgeTop1(evaluation)?.tone ?? 'good';
  const isBad = mismatches.length > 0 || judged === 'bad' || (hasEndedBadly && model === null);
  const isGood = judged === 'good' && found.length === 0 && !hasEndedBadly;
  return { sentence, notes, tone: isBad ? 'bad' : isGood ? 'good' : 'open' };
}

function baselineNote(evaluation: Figures['evaluation'], baseline: Baseline): string {
  const [always, share] = [
    `always answering “${isolated(baseline.class)}”, the most frequent class`,
    percentOfAll(baseline.share),
  ];
  const stands = againstBaseline(evaluation, baseline.share);
  return stands === 'better'
    ? `It is better than ${always}, which would be right in ${share}: it makes ${percent(mistakesAvoided(evaluation.top1, baseline.share))} fewer mistakes.`
    : `That is ${stands} than ${always}, which would be right in ${share}.`;
}

/** What there is to say against the test's being of pictures that training never saw; mostly nothing. */
export function leakNotes(leaks: Leaks | null): string[] {
  const notes: string[] = [];
  const leaked = leaks?.paths.size ?? 0;
  if (leaks !== null && leaked > 0) notes.push(leakNote(leaked, leaks));
  if (leaks?.isWhole !== true) {
    const which = leaked > 0 ? 'more test pictures' : 'test pictures';
    notes.push(`It is no longer known whether ${which} were also used for training or validation.`);
  }
  return notes;
}

function leakNote(leaked: number, { source, without }: Leaks): string {
  const many = leaked === 1 ? 'was' : 'were';
  const what = `${counted(leaked, 'test picture')} ${many} also used, identical or nearly identical, for training or validation`;
  const before =
    source === null
      ? ''
      : ` (${leaked === source.pictures ? '' : `${source.pictures} of them `}by ${source.model}, which the run started from)`;
  return without
    ? `${what}${before}; without ${leaked === 1 ? 'it' : 'them'} top-1 is ${percentOfAll(without.top1)} of ${without.count} (${percent(without.interval[0])} to ${percent(without.interval[1])}).`
    : `${what}${before}: the figure is probably too good.`;
}
