/** Scores of sources, as a ranking or a run left them in the bucket. */
import { objectKeys } from '../contracts/objectKeys.js';
import { sourceScoresSchema, type SourceScores } from '../contracts/ranking.js';
import { getBackbone } from '../learning/backbones/architecture.js';
import { probe } from '../learning/transferability/index.js';
import type { ActivityDependencies } from './dependencies.js';
import { whyLost } from './lostObject.js';

/** Scores at a content key; undefined where there are none, or they are damaged. */
export async function readScores(
  { store, log }: Pick<ActivityDependencies, 'store' | 'log'>,
  key: string,
): Promise<SourceScores | undefined> {
  try {
    return await store.getJsonIfPresent(objectKeys.ranking(key), sourceScoresSchema);
  } catch (thrown) {
    log.warn({ ranking: key, reason: whyLost(thrown) }, 'the scores of a source are damaged: they are made again');
    return undefined;
  }
}

/** Whether a source is the fixed network that tasks are compared by: its published weights, not somebody's own. */
export function isProbe({ name, weights }: { name: string; weights?: string | undefined }): boolean {
  return name === probe && (weights === undefined || weights === getBackbone(probe).weights);
}
