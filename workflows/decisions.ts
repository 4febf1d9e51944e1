/** What a run chooses for itself, and the time it has: only for specs that leave something open, or name a budget. */
import type { DatasetReference } from '../contracts/data/dataset.js';
import type { AugmentationChoice } from '../contracts/spec/stages/augmentationChoice.js';
import type { RunChoices } from '../contracts/run/choices.js';
import type { RunSpec } from '../contracts/spec/runSpec.js';
import { autoSource } from '../contracts/spec/undecided.js';
import { engineWork, quick } from './activityProxies.js';
import type { Limits } from './state/limits.js';
import { persistently } from './persistently.js';
import { rankForRun } from './rankForRun.js';
import { within } from './within.js';

/** Share of a budget that may be spent on ranking, and the least budget (seconds) of which that leaves enough. */
const rankingShare = 0.2;
const leastToRank = 60;

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

/** Whether nothing is open but how a named backbone's features are pooled: all else takes its usual course. */
export function choosesPoolingAlone({ backbone, budget, undecided }: RunSpec): boolean {
  return backbone.name !== autoSource && budget === undefined && undecided?.join() === 'pooling';
}

/** @param startedAt of the run, milliseconds since the epoch */
export async function decide(spec: RunSpec, dataset: DatasetReference, startedAt: number): Promise<Decided> {
  const budget = spec.budget?.seconds ?? null;
  const deadline = budget === null ? null : startedAt + budget * 1000;
  const isOpen = spec.backbone.name === autoSource || spec.undecided?.includes('pooling') === true;
  const ranks = isOpen && (budget === null || budget >= leastToRank);
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

function secondsUntil(deadline: number | null): number | null {
  return deadline === null ? null : Math.max(0, (deadline - Date.now()) / 1000);
}
