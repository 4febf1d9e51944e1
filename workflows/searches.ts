/** Searches for settings: what to try is asked for round by round, and the trials of a round are made side by side. */
import { patched } from '@temporalio/workflow';
import type { SearchFineTunesOutput } from '../contracts/activities/choosingActivities.js';
import type { HeadSearch, MissingTrials, Search, WantedTrial } from '../contracts/run/choices.js';
import { trialsUse } from '../contracts/run/trialsUse.js';
import type { RunSpec } from '../contracts/spec/runSpec.js';
import { engineWork } from './activityProxies.js';
import type { Decided } from './decisions.js';
import { patches } from './patches.js';
import { persistently } from './persistently.js';
import type { Limits } from './state/limits.js';
import type { Prepared } from './state/runState.js';
import { within } from './within.js';

/** Share of a budget that may be spent on a search. */
const searchShare = 0.15;
/** Seconds below which a search is not worth its start. */
const leastToSearch = 4;
/** Activities that make the trials of one round: enough for most pools, few enough for one slot, where each has to begin. */
const mostParts = 4;

/**
 * Searches for the head's settings on a plan's features, in the time that training does not need.
 *
 * @returns undefined where there is no time, or nothing to search
 */
export async function searchHeads(
  plan: string,
  { spec, budget, limits, trainingSeconds }: Decided,
): Promise<{ spec: RunSpec; found: HeadSearch } | undefined> {
  const seconds = searchSeconds(limits, trainingSeconds, budget);
  if (seconds === 0) return undefined;
  const found = await within(limits?.deadline ?? null, () =>
    searched(seconds, 'heads', {
      ask: (call) =>
        persistently((halvings) =>
          engineWork.searchHeads.executeWithOptions({ summary: 'settings of the head' }, [{ plan, ...call, halvings }]),
        ),
      make: (trials, summary) =>
        persistently((halvings) => engineWork.tryHeads.executeWithOptions({ summary }, [{ plan, trials, halvings }])),
      searchIn: (answer) => answer,
    }),
  );
  if (found === undefined) return undefined;
  const { learningRate, labelSmoothing, weightDecay } = found.search.chosen;
  const optimizer = { ...spec.head.optimizer, weightDecay };
  return { spec: { ...spec, head: { ...spec.head, learningRate, labelSmoothing, optimizer } }, found: found.search };
}

/**
 * Searches for the rate of fine-tuning, in the time that training does not need.
 *
 * @param stage index of the first fine-tuning step
 * @param kept keys of the stages before it
 * @returns undefined where there is no time, or nothing to search
 */
export async function searchFineTunes(
  { plan, limits, trainingSeconds = 0 }: Prepared,
  stage: number,
  kept: readonly string[],
  budget: RunSpec['budget'],
): Promise<SearchFineTunesOutput | undefined> {
  const seconds = searchSeconds(limits ?? null, trainingSeconds, budget);
  if (seconds === 0) return undefined;
  const step = { plan: plan.digest, stage, previous: [...kept] };
  const found = await within(limits?.deadline ?? null, () =>
    searched(seconds, 'rates', {
      ask: (call) =>
        persistently((halvings) =>
          engineWork.searchFineTunes.executeWithOptions({ summary: 'rates of fine-tuning' }, [
            { ...step, ...call, halvings },
          ]),
        ),
      make: (trials, summary) =>
        persistently((halvings) =>
          engineWork.tryFineTunes.executeWithOptions({ summary }, [{ ...step, trials, halvings }]),
        ),
      searchIn: ({ found: search }: SearchFineTunesOutput) => search,
    }),
  );
  return found && { ...found.answer, found: found.search };
}

/** How a search is asked, and its trials are made. */
interface Searching<Settings, Answer extends object> {
  /** @returns null where there is nothing to search */
  ask: (call: { seconds: number | null; elsewhere?: true }) => Promise<Answer | MissingTrials<Settings> | null>;
  make: (trials: WantedTrial<Settings>[], summary: string) => Promise<void>;
  searchIn: (answer: Answer) => Search<Settings>;
}

/** @param noun what is tried: `heads` */
async function searched<Settings, Answer extends object>(
  seconds: number | null,
  noun: string,
  { ask, make, searchIn }: Searching<Settings, Answer>,
): Promise<{ answer: Answer; search: Search<Settings> } | undefined> {
  const began = Date.now();
  const until = seconds === null ? null : began + seconds * 1000;
  const sideBySide = patched(patches.trialsSideBySide);
  for (let made = 0; ;) {
    const left = until === null ? null : Math.max(until - Date.now(), 1) / 1000;
    const answer = await ask({ seconds: left, ...(sideBySide ? { elsewhere: true } : {}) });
    if (answer === null) return undefined;
    if (!('missing' in answer)) {
      const search = searchIn(answer);
      if (!sideBySide) return { answer, search };
      // What diverged or was stopped is no trial of the search.
      const misses = Math.min(made, search.trials.length);
      const cache = trialsUse(noun, search.trials.length - misses, misses);
      return { answer, search: { ...search, seconds: (Date.now() - began) / 1000, cache } };
    }
    const { missing } = answer;
    made += missing.length;
    const size = Math.ceil(missing.length / mostParts);
    const parts = Array.from({ length: Math.ceil(missing.length / size) }, (_, part) =>
      missing.slice(part * size, (part + 1) * size),
    );
    await within(until, () => Promise.all(parts.map((part) => make(part, `trials of ${noun}: ${part.length}`))));
  }
}

/** Seconds that a search may take of what training leaves; null for no limit, 0 when it is not worth its start. */
function searchSeconds(limits: Limits | null, trainingSeconds: number, budget: RunSpec['budget']): number | null {
  if (limits === null) return null;
  const spare = (limits.deadline - Date.now()) / 1000 - trainingSeconds;
  const seconds = Math.min(spare, (budget?.seconds ?? 0) * searchShare);
  return seconds < leastToSearch ? 0 : seconds;
}
