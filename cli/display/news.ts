/** What has happened to a run between two looks at it: lines worth keeping on the screen. Pure. */
import { epochsDone } from '../../contracts/spec/stages/epochTable.js';
import { positionText } from '../../contracts/spec/position.js';
import { wasTrained, type RunResult, type StageReport } from '../../contracts/run/result.js';
import { bestEpoch } from '../../learning/metrics/bestEpoch.js';
import { validationHeadline } from '../../learning/metrics/headline.js';
import type { RunStatus } from '../../client/runs/runStatus.js';
import { counted, duration, percent } from '../../client/text/format.js';
import { pictureNotes } from '../../client/text/pictureNotes.js';
import { picturesOfStep } from './stepPictures.js';

/** What is to be known of the pictures, stages that ended, attempts that began anew, resumed positions. */
export function newsBetween(before: RunStatus | undefined, now: RunStatus): string[] {
  const stage = now.result?.stage;
  const ended = (now.result?.stages ?? [])
    .filter((stage) => stage.reason !== 'running')
    .filter((stage) => !before?.result?.stages.some(({ name, reason }) => name === stage.name && reason !== 'running'))
    .map((stage) => stageNews(stage, now.result?.dataset?.counts));
  const retried = now.activities
    .filter(({ attempt, lastFailure }) => attempt > 1 && lastFailure !== null)
    .filter(({ type, attempt }) => !before?.activities.some((other) => other.type === type && other.attempt >= attempt))
    .map(({ type, attempt, lastFailure }) => `${stage ?? type}: attempt ${attempt}, after: ${lastFailure ?? ''}`);
  const resumed = now.activities.flatMap(({ type, attempt, progress }) => {
    const from = progress?.resumedFrom;
    if (from === undefined) return [];
    const known = before?.activities.some(
      (other) => other.type === type && other.attempt === attempt && other.progress?.resumedFrom !== undefined,
    );
    return known === true ? [] : [`${progress?.stage ?? type}: resumes ${positionText(from)}`];
  });
  const known = before?.result ? pictureNotes(before.result) : [];
  const notes = (now.result ? pictureNotes(now.result) : []).filter((note) => !known.includes(note));
  return [...notes.map((note) => `note: ${note}`), ...ended, ...retried, ...resumed];
}

type Counts = NonNullable<RunResult['dataset']>['counts'];

/** In one line. Why a step was kept or dropped is in the table at the end. */
function stageNews(stage: StageReport, counts: Counts | undefined): string {
  const parts = wasTrained(stage) ? trainedParts(stage, counts?.validation ?? 0) : preparedParts(stage, counts);
  return `${stage.name}: ${parts.filter((part) => part !== '').join(', ')}`;
}

function trainedParts({ epochs, seconds, kept, cache }: StageReport, validated: number): string[] {
  const best = bestEpoch(epochs, validated)?.validation;
  return [
    counted(epochsDone(epochs), 'epoch'),
    cache.hits > 0 ? 'reused from an earlier run' : duration(seconds),
    best ? `validation ${best.mAP === undefined ? 'accuracy' : 'mAP'} ${percent(validationHeadline(best))}` : '',
    kept ? 'kept' : 'dropped',
  ];
}

/** What is found and made are shards, of which nobody need know. */
function preparedParts({ name, seconds, cache: { hits, misses } }: StageReport, counts: Counts | undefined): string[] {
  const pictures = counts && picturesOfStep(name, counts);
  const share = hits === 0 ? '' : misses === 0 ? 'all found from an earlier run' : 'some found from an earlier run';
  return [pictures === undefined ? '' : counted(pictures, 'picture'), share, duration(seconds)];
}
