/** What came of a run, in a few sentences for somebody who reads nothing else. Pure. */
import type { RunResult } from '../../contracts/result.js';
import { counted, duration, percent } from '../display/format.js';
import type { Figures } from './figures.js';
import type { Leaks } from './leaks.js';

export interface Verdict {
  /** The one sentence. */
  sentence: string;
  /** What must be said with it. */
  notes: string[];
  tone: 'good' | 'open' | 'bad';
}

export function verdictOf(result: RunResult, figures: Figures | null, leaks: Leaks | null): Verdict {
  if (figures !== null) return ofTest(result, figures, leaks);
  const { status, failure, seconds, stage } = result;
  switch (status) {
    case 'running':
    case 'paused':
      return {
        sentence: `The run is ${status} in stage ${stage}, after ${duration(seconds)}: nothing has been tested yet.`,
        notes: [],
        tone: 'open',
      };
    case 'completed':
      return { sentence: 'The run is complete, but what its test found is gone.', notes: [], tone: 'bad' };
    default: {
      const why = failure === null ? [] : [failure.message, ...(failure.remedy === null ? [] : [failure.remedy])];
      const ends = {
        failed: 'failed',
        canceled: 'was cancelled',
        terminated: 'was terminated',
        'timed-out': 'timed out',
      };
      return { sentence: `The run ${ends[status]} before a test: there is no model of it.`, notes: why, tone: 'bad' };
    }
  }
}

function ofTest({ model, run, status }: RunResult, { evaluation, mismatches }: Figures, leaks: Leaks | null): Verdict {
  const { top1, count, interval } = evaluation;
  const [low, high] = interval;
  const name = model === null ? `The model of ${run}` : `${model.name}@${model.version}`;
  const found = leakNotes(leaks);
  const unseen = found.length > 0 ? '' : ' that training never saw';
  const sentence =
    `${name} recognises ${percent(top1)} of ${counted(count, 'test picture')}${unseen}: ` +
    `of many more such pictures probably between ${percent(low)} and ${percent(high)} (95 % interval).`;
  const notes = [...found];
  const baseline = commonest(evaluation.perClass);
  if (baseline !== undefined) {
    const share = baseline.support / count;
    notes.push(
      low > share
        ? `Always answering “${baseline.class}”, the commonest class, would be right in ${percent(share)}.`
        : `That is not clearly better than always answering “${baseline.class}”, the commonest class, which would be right in ${percent(share)}.`,
    );
  }
  if (high - low > 0.1)
    notes.push('The interval is wide because the test is small: a few points more or less are chance.');
  if (status !== 'completed')
    notes.push(`The run itself is ${status}: the model is ${model === null ? 'not ' : ''}registered.`);
  if (mismatches.length > 0)
    notes.push('Stored figures are not what the outcomes of the single pictures say: see the checks below.');
  const better = baseline === undefined || low > baseline.support / count;
  return { sentence, notes, tone: mismatches.length > 0 || !better ? 'bad' : found.length > 0 ? 'open' : 'good' };
}

/** What there is to say against the test's being of pictures that training never saw; mostly nothing. */
export function leakNotes(leaks: Leaks | null): string[] {
  const notes: string[] = [];
  const leaked = leaks?.paths.size ?? 0;
  if (leaks !== null && leaked > 0) notes.push(leakNote(leaked, leaks));
  if (leaks?.isWhole !== true) {
    const which = leaked > 0 ? 'more test pictures' : 'test pictures';
    notes.push(`Whether ${which} are among those trained or validated on as well cannot be told any more.`);
  }
  return notes;
}

function leakNote(leaked: number, { source, without }: Leaks): string {
  const many = leaked === 1 ? 'is' : 'are';
  const what = `${counted(leaked, 'test picture')} ${many}, exactly or nearly, among those trained or validated on as well`;
  const before =
    source === null
      ? ''
      : ` (${leaked === source.pictures ? '' : `${source.pictures} of them `}by ${source.model}, which the run started from)`;
  return without
    ? `${what}${before}; without them it is ${percent(without.top1)} of ${without.count} (${percent(without.interval[0])} to ${percent(without.interval[1])}).`
    : `${what}${before}: the figure is probably too good.`;
}

function commonest(perClass: Figures['evaluation']['perClass']): { class: string; support: number } | undefined {
  return perClass.toSorted((a, b) => b.support - a.support)[0];
}
