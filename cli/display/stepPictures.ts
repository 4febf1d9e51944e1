/** How many pictures go through a step that is made of shards. Pure. */
import type { RunResult } from '../../contracts/run/result.js';

type Counts = NonNullable<RunResult['dataset']>['counts'];

/** Undefined for other steps, which say so themselves. The test split has no stored features. */
export function picturesOfStep(step: string, { train, validation, test }: Counts): number | undefined {
  return { preprocess: train + validation + test, features: train + validation }[step];
}
