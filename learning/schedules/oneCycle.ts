export interface OneCycle {
  /** Share of the steps in which the rate rises. */
  readonly riseShare: number;
  /** Of the peak, at the first step and at the last. */
  readonly startShare: number;
  readonly finalShare: number;
}

/**
 * Share of the peak rate at a step of one cycle (Smith & Topin 2019): a cosine up to 1, and a longer one down. The same as
 * torch's OneCycleLR with two phases, its `pct_start` being our `riseShare`, `1/div_factor` our `startShare` and
 * `1/(div_factor·final_div_factor)` our `finalShare`; momentum is not cycled. Of a single step torch makes the last one of a fall, which
 * moves nothing; here it is the peak.
 * @param step counted from 0
 */
export function oneCycle({ riseShare, startShare, finalShare }: OneCycle, totalSteps: number, step: number): number {
  if (totalSteps <= 1) return 1;
  const top = riseShare * totalSteps - 1;
  const end = totalSteps - 1;
  if (step <= top) return anneal(startShare, 1, top === 0 ? 1 : step / top);
  return anneal(1, finalShare, Math.min(1, (step - top) / (end - top)));
}

function anneal(from: number, to: number, progress: number): number {
  return to + ((from - to) / 2) * (1 + Math.cos(Math.PI * progress));
}
