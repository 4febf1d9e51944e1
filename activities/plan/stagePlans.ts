/** From a spec's fine-tune steps to the stages of a run. Pure. */
import { GraftworkError } from '../../contracts/errors.js';
import type { StagePlan } from '../../contracts/spec/plan.js';
import type { RunSpec } from '../../contracts/spec/runSpec.js';
import type { FineTuneSpec, HeadSpec } from '../../contracts/spec/stages/stageSpec.js';
import { epochCount, trialEpochs, withEpochs } from '../../learning/schedules/epochCount.js';
import {
  adaptedLayers,
  featureParameters,
  residualBlocks,
  stageIndex,
  unfrozen,
  type Backbone,
  type Unfrozen,
} from '../../learning/backbones/architecture.js';

/** Keys of every combination of kept stages are looked at by gc, so their number is bounded. */
const mostSteps = 8;

/** Validation pictures that decide alone on a step that is tried; with fewer, folds of the training pictures help. */
const enoughToDecide = 20;
const folds = 3;

/** What is known of a run's data when its stages are planned. */
export interface PlannedFor {
  /** Training images, ≥ 1. */
  images: number;
  /** Those that the kept stages train on once more. @default they do not */
  refitImages?: number | undefined;
  /** Rows of the source's classifier that the head begins with, by class. */
  rows?: (number | null)[] | undefined;
  /** The reference recipe fine-tunes every network alike. @default 'default' */
  recipe?: RunSpec['recipe'] | undefined;
}

/**
 * The stages of a run: the head, then each fine-tuning step with what trains in it, its length and its cut.
 *
 * @throws GraftworkError GW_STAGE_UNKNOWN; GW_SPEC_INVALID for a pattern that matches nothing that could train, when there
 * are more than 8 steps, those of gradual unfreezing counted, for drop path in a network without residual blocks, and for adapters that
 * no unfrozen layer can have
 */
export function planStages(
  backbone: Backbone,
  head: HeadSpec,
  fineTune: readonly FineTuneSpec[],
  { images, refitImages, rows, recipe = 'default' }: PlannedFor,
): StagePlan[] {
  requireResidualBlocks(backbone, fineTune);
  const steps = fineTune
    .map((training) => (recipe === 'default' ? tuned(backbone, training) : training))
    .flatMap((training) => unfreezing(backbone, training).map((trains) => ({ training, trains })))
    .map(({ training, trains }, index): StagePlan => {
      const { stages, ...part } = partOf(backbone, training, trains);
      const first = stageIndex(backbone, stages[0] as string);
      return {
        kind: 'fineTune',
        name: `fine-tune-${index + 1}`,
        ...lengthOf(training, images, refitImages),
        trainable: [...stages],
        ...part,
        cut: backbone.stages[first - 1]?.name ?? null,
      };
    });
  if (steps.length > mostSteps) {
    throw new GraftworkError(
      'GW_SPEC_INVALID',
      `fineTune expands to ${steps.length} steps; at most ${mostSteps} are allowed.`,
      {
        remedy: 'Unfreeze fewer stages one by one: name a later stage in `unfreeze` of the gradual step.',
      },
    );
  }
  return [{ kind: 'head', name: 'head', training: head, ...(rows === undefined ? {} : { rows }) }, ...steps];
}

/** @throws GraftworkError GW_SPEC_INVALID */
function requireResidualBlocks(backbone: Backbone, fineTune: readonly FineTuneSpec[]): void {
  const at = fineTune.findIndex(({ dropPath = 0 }) => dropPath > 0);
  if (at === -1 || residualBlocks(backbone).length > 0) return;
  throw new GraftworkError(
    'GW_SPEC_INVALID',
    `fineTune[${at}].dropPath: ${backbone.name} has no residual blocks, whose branches drop path leaves out.`,
    { remedy: 'Leave out dropPath, or choose a backbone with residual blocks.' },
  );
}

/** The family's own settings where the step says nothing. They are for weights that train; adapters begin at zero, at one rate. */
function tuned(backbone: Backbone, training: FineTuneSpec): FineTuneSpec {
  return training.adapter === undefined ? { ...backbone.tuning?.settings, ...training } : training;
}

/** What of the unfrozen stages trains: all, some parameters, or adapters alone; then stages without adapters stay frozen. */
function partOf(
  backbone: Backbone,
  { adapter }: FineTuneSpec,
  trains: Unfrozen,
): { stages: readonly string[]; parameters?: string[]; adapted?: string[] } {
  if (adapter !== undefined) {
    const { stages, adapted } = adaptedLayers(backbone, trains, adapter);
    return { stages, adapted: [...adapted] };
  }
  const { stages, parameters } = trains;
  return { stages, ...(parameters === undefined ? {} : { parameters: [...parameters] }) };
}

/** A step that trains once more is tried first: the whole length is for what it leaves. */
function lengthOf(step: FineTuneSpec, images: number, refitImages?: number) {
  if (refitImages === undefined || step.epochs !== 'auto') return { training: withEpochs(step, images) };
  return {
    training: { ...step, epochs: trialEpochs(step, images) },
    refitEpochs: epochCount(step, refitImages),
    ...(step.keepBest && refitImages - images < enoughToDecide ? { folds } : {}),
  };
}

/**
 * What trains in a step; for a gradual one, in each of the steps it stands for: the uppermost stage, the upper two, … Stages that
 * only normalise or pool come with the stage before them. Of very many stages several come at once.
 */
function unfreezing(backbone: Backbone, { unfreeze, gradual }: FineTuneSpec): Unfrozen[] {
  const whole = unfrozen(backbone, unfreeze);
  if (gradual !== true) return [whole];
  const { stages, parameters } = whole;
  const layered = stagesWithLayers(backbone);
  const downwards = stages.filter((stage) => layered.has(stage)).toReversed();
  const atOnce = Math.ceil(downwards.length / mostSteps);
  const firsts = downwards.filter((_, at) => (at + 1) % atOnce === 0 || at === downwards.length - 1);
  return (firsts.length > 0 ? firsts : stages.slice(0, 1)).map((first) => {
    const upper = stages.slice(stages.indexOf(first));
    return { stages: upper, parameters: parameters && within(backbone, upper, parameters) };
  });
}

/** Stages with convolutions or linear layers. */
function stagesWithLayers(backbone: Backbone): ReadonlySet<string> {
  const layers = featureParameters(backbone).filter(({ kind }) => /^(conv|depthwise|linear)\.weight$/.test(kind));
  return new Set(layers.map(({ stage }) => stage));
}

function within(backbone: Backbone, stages: readonly string[], parameters: readonly string[]): string[] {
  const names = new Set(
    featureParameters(backbone)
      .filter(({ stage }) => stages.includes(stage))
      .map(({ name }) => name),
  );
  return parameters.filter((name) => names.has(name));
}

/**
 * The stage whose output is cached for all fine-tuning steps: the earliest of their cuts. null when nothing is fine-tuned.
 *
 * @throws GraftworkError GW_SPEC_INVALID when a step trains the whole network: there is nothing frozen to cache
 */
export function commonCut(backbone: Backbone, stages: readonly StagePlan[]): string | null {
  const cuts = stages.flatMap((stage) => (stage.kind === 'fineTune' ? [stage.cut] : []));
  if (cuts.length === 0) return null;
  const indices = cuts.map((cut) => {
    if (cut !== null) return stageIndex(backbone, cut);
    throw new GraftworkError(
      'GW_SPEC_INVALID',
      `fineTune.unfreeze names ${backbone.stages[0]?.name}, the first stage of ${backbone.name}.`,
      {
        remedy: `Leave at least the first stage frozen: unfreeze from ${backbone.stages[1]?.name} on.`,
      },
    );
  });
  return backbone.stages[Math.min(...indices)]?.name ?? null;
}
