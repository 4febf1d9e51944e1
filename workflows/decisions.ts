/** What a run chooses for itself, and the time it has: only for specs that leave something open, or name a budget. */
import type { SearchFineTunesOutput } from '../contracts/activities/choosingActivities.js';
import type { DatasetReference } from '../contracts/data/dataset.js';
import type { AugmentationChoice } from '../contracts/spec/augmentationChoice.js';
import type { HeadSearch, RunChoices } from '../contracts/run/choices.js';
import type { RunSpec } from '../contracts/spec/runSpec.js';
import { autoSource } from '../contracts/spec/undecided.js';
import { engineWork, quick } from './activityProxies.js';
import type { Limits } from './state/limits.js';
import { persistently } from './persistently.js';
import { rankForRun } from './rankForRun.js';
import type { Prepared } from './state/runState.js';
import { within } from './within.js';

/** Shares of a budget that may be spent on choosing, and the least budget (seconds) of which that leaves enough. */
const rankingShare = 0.2;
const searchShare = 0.15;
const leastToRank = 60;
/** Seconds below which a search is not worth its start. */
const leastToSearch = 4;

export interface Decided {
  /** With nothing left open, and without the budget. */
  spec: RunSpec;
  budget: RunSpec['budget'];
  choices: RunChoices;
  limits: Limits | null;
  /** Of everything after the features. */
  trainingSeconds: number;
  /** That the run does not need; null: no limit. */
  spareSeconds: number | null;
  /** What measuring augmentations would take. */
  augmentationSeconds: number;
}

/** Whether a spec asks for any of this: other runs take the course they always took. */
export function hasChoices({ backbone, budget, undecided = [] }: RunSpec): boolean {
  return backbone.name === autoSource || budget !== undefined || undecided.length > 0;
}

/** @param startedAt of the run, milliseconds since the epoch */
export async function decide(spec: RunSpec, dataset: DatasetReference, startedAt: number): Promise<Decided> {
  const budget = spec.budget?.seconds ?? null;
  const deadline = budget === null ? null : startedAt + budget * 1000;
  const ranks = spec.backbone.name === autoSource && (budget === null || budget >= leastToRank);
  const until = deadline === null ? null : Math.min(deadline, Date.now() + (budget ?? 0) * rankingShare * 1000);
  const { report, passedOver } = ranks ? await rankForRun(spec, dataset, until) : { report: null, passedOver: [] };
  const decision = await persistently(() =>
    quick.decideRun({ spec, dataset, report, passedOver, secondsLeft: secondsUntil(deadline) }),
  );
  const { choices, endingSeconds, trainingSeconds, augmentationSeconds, seconds } = decision;
  const left = secondsUntil(deadline);
  return {
    spec: decision.spec,
    budget: spec.budget,
    choices,
    limits: deadline === null ? null : { deadline, endingSeconds },
    trainingSeconds,
    spareSeconds: left === null ? null : left - seconds,
    augmentationSeconds,
  };
}

/**
 * Measures whether another augmentation than the recipe's is clearly better, in time that the run does not need.
 *
 * @returns undefined where there is no time
 */
export async function measureAugmentation(
  { spec, limits, spareSeconds, augmentationSeconds }: Decided,
  dataset: DatasetReference,
): Promise<AugmentationChoice | undefined> {
  if (spareSeconds !== null && spareSeconds < augmentationSeconds) return undefined;
  const until = limits === null || spareSeconds === null ? null : Date.now() + spareSeconds * 1000;
  return within(until, () =>
    persistently((halvings) =>
      engineWork.chooseAugmentation.executeWithOptions({ summary: 'policies tried on validation' }, [
        { spec, dataset, halvings, keepsGiven: true },
      ]),
    ),
  );
}

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
    persistently((halvings) =>
      engineWork.searchHeads.executeWithOptions({ summary: 'settings of the head' }, [{ plan, seconds, halvings }]),
    ),
  );
  if (found === undefined || found === null) return undefined;
  const { learningRate, labelSmoothing, weightDecay } = found.chosen;
  const optimizer = { ...spec.head.optimizer, weightDecay };
  return { spec: { ...spec, head: { ...spec.head, learningRate, labelSmoothing, optimizer } }, found };
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
  const found = await within(limits?.deadline ?? null, () =>
    persistently((halvings) =>
      engineWork.searchFineTunes.executeWithOptions({ summary: 'rates of fine-tuning' }, [
        { plan: plan.digest, stage, previous: [...kept], seconds, halvings },
      ]),
    ),
  );
  return found ?? undefined;
}

/** Seconds that a search may take of what training leaves; null for no limit, 0 when it is not worth its start. */
function searchSeconds(limits: Limits | null, trainingSeconds: number, budget: RunSpec['budget']): number | null {
  if (limits === null) return null;
  const spare = (limits.deadline - Date.now()) / 1000 - trainingSeconds;
  const seconds = Math.min(spare, (budget?.seconds ?? 0) * searchShare);
  return seconds < leastToSearch ? 0 : seconds;
}

function secondsUntil(deadline: number | null): number | null {
  return deadline === null ? null : Math.max(0, (deadline - Date.now()) / 1000);
}
