/** Scores of sources, as a ranking or a run left them in the bucket. */
import { objectKeys } from '../../contracts/objectKeys.js';
import { sourceScoresSchema, type SourceScores } from '../../contracts/models/ranking.js';
import { getBackbone } from '../../learning/backbones/architecture.js';
import { probe } from '../../learning/transferability/index.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import { findResult, type ResultPlace } from '../shared/storedResults.js';

/** Where the scores of a source lie. */
export function scoresPlace(key: string): ResultPlace<SourceScores> {
  return {
    object: objectKeys.ranking(key),
    schema: sourceScoresSchema,
    what: 'the stored score of a source',
    stage: 'rank',
  };
}

/** Scores at a content key; undefined where there are none, or they are damaged. */
export function readScores(
  dependencies: Pick<ActivityDependencies, 'store' | 'log'>,
  key: string,
): Promise<SourceScores | undefined> {
  return findResult(dependencies, scoresPlace(key));
}

/** Whether a source is the fixed network that tasks are compared by: its published weights, not somebody's own. */
export function isProbe({ name, weights }: { name: string; weights?: string | undefined }): boolean {
  return name === probe && (weights === undefined || weights === getBackbone(probe).weights);
}
