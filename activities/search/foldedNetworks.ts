/** `evaluation.fineTuneFolds`: the whole recipe in folds, each an activity of its own whose outcomes lie at a content key. */
import type { TrainFoldInput } from '../../contracts/activities/choosingActivities.js';
import { dtypeOf } from '../../contracts/spec/computeSpec.js';
import type { Plan, StagePlan } from '../../contracts/spec/plan.js';
import { getBackbone } from '../../learning/backbones/index.js';
import { foldsOf } from '../../learning/metrics/folds.js';
import { labelsOf } from '../../contracts/data/labelSets.js';
import type { ScoredPicture } from '../../learning/metrics/multiLabel/averages.js';
import { networkInFold, type TrialOutcome } from '../../learning/search/index.js';
import type { Outcomes } from '../../learning/training/judging/pairedComparison.js';
import { stageKey } from '../../storage/checkpoints/stageKeys.js';
import { contentKey } from '../../storage/objects/contentKey.js';
import { backboneParameters } from '../backbone/networkParameters.js';
import { loadFeatures } from '../features/loadFeatures.js';
import { readPlan } from '../plan/planStore.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import type { Caller, WorkCallbacks } from '../shared/engine.js';
import { imagesAtOnce } from '../shared/imagesAtOnce.js';
import { heldOutFeatures, heldOutPictures, type HeldOut } from './heldOutPictures.js';
import { StoredTrials } from './storedTrials.js';

const stage = 'evaluate';

interface Options extends WorkCallbacks {
  folds: number;
  /** Indices of the plan's fine-tuning steps, in order. */
  steps: readonly number[];
  halvings: number;
}

/** Trains one fold, and stores its outcomes for `evaluateInFolds`. */
export async function trainFold(
  dependencies: ActivityDependencies,
  { plan: digest, fold, ...input }: TrainFoldInput,
  _caller: Caller,
  callbacks: WorkCallbacks,
): Promise<void> {
  const plan = await readPlan(dependencies.cache, digest);
  await new FoldedNetworks(dependencies, plan, { ...callbacks, ...input }).outcomesOf(fold);
}

/** Stored folds and new ones. */
export class FoldedNetworks {
  private readonly stored: StoredTrials;
  private pictures: Promise<HeldOut> | undefined;

  constructor(
    private readonly dependencies: ActivityDependencies,
    private readonly plan: Plan,
    private readonly options: Options,
  ) {
    this.stored = new StoredTrials(dependencies);
  }

  heldOut(): Promise<HeldOut> {
    return (this.pictures ??= heldOutPictures(this.dependencies, this.plan, this.options.signal));
  }

  /** Of all pictures, fold by fold; undefined where one fold diverged. */
  async outcomes(): Promise<Outcomes | undefined> {
    const all: Outcomes[] = [];
    for (let fold = 0; fold < this.options.folds; fold += 1) {
      const found = await this.outcomesOf(fold);
      if (found === undefined) return undefined;
      all.push(found);
    }
    return { correct: all.flatMap(({ correct }) => correct), losses: all.flatMap(({ losses }) => losses) };
  }

  /** The probability of each label, in the order of the pictures; undefined where one fold diverged. */
  async scored(): Promise<ScoredPicture[] | undefined> {
    const { labels } = await this.heldOut();
    const foldOf = await this.foldOf();
    const all = new Array<ScoredPicture>(labels.length);
    for (let fold = 0; fold < this.options.folds; fold += 1) {
      const found = await this.outcomesOf(fold);
      if (found === undefined) return undefined;
      const held = foldOf.flatMap((own, index) => (own === fold ? [index] : []));
      for (const [at, index] of held.entries()) {
        const truth = labelsOf(labels[index] as number, this.plan.labelSets);
        all[index] = { truth, scores: found.scores?.[at] ?? [] };
      }
    }
    return all;
  }

  /** Of the pictures of a fold; undefined where its training diverged. */
  async outcomesOf(fold: number): Promise<TrialOutcome | undefined> {
    const found = await this.stored.outcome(this.key(fold), () => this.train(fold));
    return found === 'late' || found === 'missing' ? undefined : found;
  }

  private async foldOf(): Promise<number[]> {
    const { labels, together } = await this.heldOut();
    return foldsOf(labels, this.options.folds, together, this.plan.labelSets);
  }

  private async train(fold: number): Promise<TrialOutcome | undefined> {
    const { dependencies, plan, options } = this;
    const { signal, progress, halvings } = options;
    const foldOf = await this.foldOf();
    // With fewer pictures than folds.
    if (!foldOf.includes(fold)) return { correct: [], losses: [] };
    const loading = { signal, progress, stage, halvings };
    await using pooled = await loadFeatures(dependencies, plan, 'pooled', loading);
    const steps = this.steps();
    await using cut = steps.length === 0 ? null : await loadFeatures(dependencies, plan, 'cut', loading);
    return await networkInFold({
      ...{ steps, head: plan.spec.head, signal, isHeldOut: (index) => foldOf[index] === fold },
      pooled: heldOutFeatures(pooled),
      cut: cut && heldOutFeatures(cut),
      parameters: await backboneParameters(dependencies, plan.backbone, signal),
      backbone: getBackbone(plan.backbone.name),
      classes: plan.classes.length,
      featuresAfter: plan.cut,
      seed: plan.spec.seed,
      mixing: plan.augmentation,
      atOnce: (batchSize) => imagesAtOnce(batchSize, halvings),
      dtype: dtypeOf(plan.spec),
      onProgress: progress,
      onStep: (images) => dependencies.measure('images', images, { stage }),
    });
  }

  private steps(): Extract<StagePlan, { kind: 'fineTune' }>[] {
    return this.options.steps.map((index) => {
      const found = this.plan.stages[index];
      if (found?.kind !== 'fineTune') throw new RangeError(`stage ${index} of the plan is not a fine-tuning stage`);
      return found;
    });
  }

  /** As of the stages themselves: everything that decides what they give decides what they give in folds. */
  private key(fold: number): string {
    const { plan, options } = this;
    const kept: string[] = [];
    for (const index of [0, ...options.steps]) kept.push(stageKey(plan, index, kept, null));
    return contentKey('network-in-fold/1', { stages: kept, folds: options.folds, fold });
  }
}
