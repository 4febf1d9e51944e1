/** A ranked source up to the stage its head is attached to. Pure. */
import type { RankedSource, StageScores } from '../../contracts/models/ranking.js';

/** The stages that are computed, first to last. */
export function usedStages({ stages, head }: Pick<RankedSource, 'stages' | 'head'>): StageScores[] {
  return stages.slice(0, stages.findIndex(({ stage }) => stage === head) + 1);
}

/** The scores at the stage a head is attached to. */
export function atHead(source: Pick<RankedSource, 'stages' | 'head'>): StageScores {
  return usedStages(source).at(-1)!;
}
