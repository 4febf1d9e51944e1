/** Trials of a search, each at its content key: what was tried once is not trained again. */
import { z } from 'zod';
import type { Search } from '../../contracts/run/choices.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import type { Outcomes } from '../../learning/training/judging/pairedComparison.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import { findResult, keepResult, reuseResult } from '../shared/storedResults.js';

/** The object at a trial's content key; `outcome` is null for a training that diverged. */
const storedTrialSchema = z.strictObject({
  format: z.literal(1),
  outcome: z.strictObject({ correct: z.array(z.boolean()), losses: z.array(z.number()) }).nullable(),
});

export class StoredTrials {
  private hits = 0;
  private misses = 0;

  constructor(private readonly dependencies: Pick<ActivityDependencies, 'store' | 'log' | 'measure'>) {}

  get count(): number {
    return this.hits + this.misses;
  }

  /** @returns what lies at the key, or what `make` makes, which is stored there; undefined where training diverged */
  async outcome(key: string, make: () => Promise<Outcomes | undefined>): Promise<Outcomes | undefined> {
    const place = { object: objectKeys.trial(key), schema: storedTrialSchema, what: 'a stored trial', stage: 'search' };
    const earlier = await findResult(this.dependencies, place);
    if (earlier !== undefined) {
      this.hits += 1;
      await reuseResult(this.dependencies, place, earlier);
      return earlier.outcome ?? undefined;
    }
    this.misses += 1;
    const outcome = await make();
    await keepResult(this.dependencies, place, { format: 1, outcome: outcome ?? null });
    return outcome;
  }

  /** @param noun what is tried: `heads` */
  use(noun: string): Search<unknown>['cache'] {
    const { hits, misses, count } = this;
    const reason =
      hits === 0
        ? `no earlier run tried these ${noun}`
        : `${hits} of ${count} ${noun} were tried before on these features`;
    return { hits, misses, reason };
  }
}
