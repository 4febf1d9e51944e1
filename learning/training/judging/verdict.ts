import type { Divergence, Epoch, StageResult } from '../../../contracts/spec/stages/training.js';
import { bestEpoch } from '../../metrics/bestEpoch.js';
import { divergenceText } from './divergence.js';
import { judge, type Comparison, type Judgement } from './pairedComparison.js';
import type { Validation } from '../stage/stageInput.js';

const newHead = 'a new head is always kept';
const lastEpoch = 'the last epoch is kept, because validation does not choose';

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
  /** Those of the pictures that were held out of training in folds. @default none */
  readonly folded?: number;
  /** Whether a picture has any number of labels. Then `top1` is the share whose likeliest label is right. @default false */
  readonly isMultiLabel?: boolean;
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
  if (divergence !== null && best === null) return { kept: false, reason: divergenceText(divergence) };
  const { kept, reason } =
    contest === undefined ? { kept: true, reason: kind === 'head' ? newHead : lastEpoch } : verdict(contest, ended);
  if (divergence === null || best === null) return { kept, reason };
  return { kept, reason: `${reason}; ${divergenceText(divergence)}, its best epoch was ${best.epoch}` };
}

/**
 * Whether a stage is kept, because it does no harm that shows, and why: what decides, what became of it, and on how many pictures.
 * @param contest null when no epoch was done
 */
export function verdict(contest: Contest | null, ended: StageResult['ended']): Verdict {
  if (contest === null) return { kept: false, reason: `${ended} before an epoch was done` };
  const { before, after, comparison, folded = 0, isMultiLabel = false } = contest;
  const judgement = judge(comparison);
  const { pictures } = comparison;
  const hits = isMultiLabel ? 'the share of right likeliest labels' : 'top-1';
  const [rule, change] =
    judgement.by === 'top-1'
      ? [`${hits} decides`, `${percent(before.top1)} → ${percent(after.top1)}`]
      : [
          `the loss decides, because ${hits} shows no clear change`,
          `${before.loss.toFixed(3)} → ${after.loss.toFixed(3)}`,
        ];
  const validated = pictures - folded;
  const validation = `${validated} validation picture${validated === 1 ? '' : 's'}`;
  const on = folded === 0 ? validation : `${validation} and ${folded} training pictures held out in folds`;
  return { kept: !judgement.harmful, reason: `${rule}: ${change} on ${on}, ${inWords(judgement)}` };
}

function inWords({ better, clear, harmful }: Judgement): string {
  if (better) return clear ? 'clearly better' : 'better, but possibly by chance';
  if (harmful) return clear ? 'clearly worse' : 'probably worse';
  return 'no clear harm';
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
