/** Trials of a search, each at its content key: what was tried once is not trained again. */
import { z } from 'zod';
import type { Search } from '../../contracts/run/choices.js';
import { trialsUse } from '../../contracts/run/trialsUse.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import type { Attempt } from '../../learning/search/index.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import { findResult, keepResult, reuseResult } from '../shared/storedResults.js';

/** The object at a trial's content key; `outcome` is null for a training that diverged. */
const storedTrialSchema = z.strictObject({
  format: z.literal(1),
  outcome: z
    .strictObject({
      correct: z.array(z.boolean()).readonly(),
      losses: z.array(z.number()).readonly(),
      /** Of several labels a picture the probability of each; left out of trials that are judged by losses alone. */
      scores: z.array(z.array(z.number()).readonly()).readonly().optional(),
    })
    .nullable(),
});

export class StoredTrials {
  private hits = 0;
  private misses = 0;

  constructor(private readonly dependencies: Pick<ActivityDependencies, 'store' | 'log' | 'measure'>) {}

  get count(): number {
    return this.hits + this.misses;
  }

  /** @returns what lies at the key, or what `make` makes, which is stored there; undefined where training diverged */
  async outcome(key: string, make: () => Promise<Attempt>): Promise<Attempt> {
    const place = { object: objectKeys.trial(key), schema: storedTrialSchema, what: 'a stored trial', stage: 'search' };
    const earlier = await findResult(this.dependencies, place);
    if (earlier !== undefined) {
      this.hits += 1;
      await reuseResult(this.dependencies, place, earlier);
      return earlier.outcome ?? undefined;
    }
    const outcome = await make();
    if (outcome === 'late' || outcome === 'missing') return outcome;
    this.misses += 1;
    await keepResult(this.dependencies, place, { format: 1, outcome: outcome ?? null });
    return outcome;
  }

  /** @param noun what is tried: `heads` */
  use(noun: string): Search<unknown>['cache'] {
    return trialsUse(noun, this.hits, this.misses);
  }
}

/**
 * What a trial gives that is not stored; undefined: it is made.
 *
 * @param seconds after which none is made; null: no limit
 * @param elsewhere whether somebody else makes them
 */
export function insteadOfTrial({
  seconds,
  elsewhere = false,
  spent,
}: {
  seconds: number | null;
  elsewhere?: boolean | undefined;
  spent: () => number;
}): () => 'late' | 'missing' | undefined {
  return () => {
    if (seconds !== null && spent() >= seconds) return 'late';
    return elsewhere ? 'missing' : undefined;
  };
}
