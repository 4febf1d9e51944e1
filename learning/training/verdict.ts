import type { Divergence, Epoch, StageResult } from '../../contracts/training.js';
import { bestEpoch } from '../metrics/bestEpoch.js';
import type { Change } from '../metrics/pairedChange.js';
import { divergenceText } from './divergence.js';
import { judge, type Comparison } from './pairedComparison.js';
import type { Validation } from './stageInput.js';

const newHead = 'a new head is always kept';
const lastEpoch = 'the last epoch is kept: validation does not choose';

export interface Verdict {
  readonly kept: boolean;
  /** In words, for the table a person reads. */
  readonly reason: string;
}

/** Whether validation on so many images has not improved for `patience` epochs. */
export function hasStalled(epochs: readonly Epoch[], count: number, patience: number | null): boolean {
  const best = bestEpoch(epochs, count)?.epoch ?? 0;
  return patience !== null && best > 0 && epochs.length - best >= patience;
}

/** The kept epoch's measurement, set against the incoming parameters'. */
export interface Contest {
  readonly before: Validation;
  readonly after: Validation;
  readonly comparison: Comparison;
}

/** How a stage's training ended, and the best of its epochs where validation chooses one. */
export interface StageEnd {
  readonly ended: StageResult['ended'];
  readonly divergence: Divergence | null;
  readonly best: { readonly epoch: number } | null;
}

/**
 * Whether what a stage has made is kept, and why. A head that diverged has a best epoch.
 * @param contest of a fine-tune stage: null when no epoch was done, undefined where validation does not choose
 */
export function stageVerdict(
  kind: StageResult['kind'],
  contest: Contest | null | undefined,
  { ended, divergence, best }: StageEnd,
): Verdict {
  if (divergence !== null && best === null)
    return { kept: false, reason: `${divergenceText(divergence)}: the earlier parameters are kept` };
  const { kept, reason } =
    contest === undefined ? { kept: true, reason: kind === 'head' ? newHead : lastEpoch } : verdict(contest, ended);
  if (divergence === null || best === null) return { kept, reason };
  return { kept, reason: `${reason}; ${divergenceText(divergence)}, its best epoch was ${best.epoch}` };
}

/**
 * Whether a stage helped, and why.
 * @param contest null when no epoch was done
 */
export function verdict(contest: Contest | null, ended: StageResult['ended']): Verdict {
  if (contest === null)
    return { kept: false, reason: `${ended} before an epoch was done: the earlier parameters are kept` };
  const { before, after, comparison } = contest;
  const { better, by, chance } = judge(comparison);
  const changes = [
    `validation top-1 ${shown(before.top1)} → ${shown(after.top1)} (${interval(comparison.top1)})`,
    `loss ${shown(before.loss)} → ${shown(after.loss)} (${interval(comparison.loss)})`,
  ].join(', ');
  const decided = by === 'loss' ? 'the loss decides' : 'top-1 decides';
  if (better) return { kept: true, reason: `${changes}; ${decided}` };
  const why = chance ? 'no more than chance, ' : '';
  return { kept: false, reason: `${changes}; ${decided}: ${why}the earlier parameters are kept` };
}

const shown = (value: number): string => value.toFixed(3);

/** Both ends with their signs: `95 % −0.012 to +0.081`. One picture says nothing of how much others would differ. */
function interval({ low, high }: Change): string {
  if (!Number.isFinite(low) || !Number.isFinite(high)) return 'no interval from one picture';
  const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`;
  return `95 % ${signed(low)} to ${signed(high)}`;
}
