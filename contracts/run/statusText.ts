/** What state a run is in, in words. Pure. */
import type { PromotionOutcome } from '../spec/promotion.js';
import type { RunResult } from './result.js';

const words: Record<RunResult['status'], string> = {
  running: 'running',
  paused: 'paused',
  completed: 'completed',
  failed: 'failed',
  canceled: 'cancelled',
  terminated: 'terminated',
  'timed-out': 'out of time',
};

/** Of a run that has ended, and whose model waits for a person's word. */
export const waitingText = 'waits for approval';

/** @param promotion what became of its model, as far as that is known */
export function statusText(status: RunResult['status'], promotion?: Pick<PromotionOutcome, 'status'>): string {
  return status === 'completed' && promotion?.status === 'waiting' ? waitingText : words[status];
}
