/** How many examples attention can be computed for at once. It has a score for each pair of tokens, in each head. */
import type { Backbone } from '../backbone.js';
import { Declaration } from '../declaration.js';
import type { Shape } from '../shapes.js';
import type { StageRange } from './stageRange.js';

/** Bytes of all examples' scores in one block, unless somebody says otherwise. Softmax holds them twice. */
export const usualScores = 256 * 2 ** 20;

/**
 * @param shape of one example before the first stage of the range
 * @param mostScores bytes that the scores may take
 * @returns at least 1; infinite where nothing attends
 */
export function examplesAtOnce(
  { stages }: Pick<Backbone, 'stages'>,
  shape: Shape,
  { from = 0, to = stages.length }: StageRange = {},
  mostScores = usualScores,
): number {
  const scores = new Scores('');
  stages.slice(from, to).reduce((x, stage) => stage.run(scores, x), shape);
  return scores.most === 0 ? Infinity : Math.max(1, Math.floor(mostScores / (4 * scores.most)));
}

/** Looks for the block with the most scores. */
class Scores extends Declaration {
  most = 0;

  override attention(queries: Shape, keys: Shape, values: Shape): Shape {
    this.most = Math.max(this.most, queries.h * queries.w * keys.w);
    return super.attention(queries, keys, values);
  }
}
