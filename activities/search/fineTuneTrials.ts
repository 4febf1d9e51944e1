/** Short fine-tunes from the trained head, on the activations a plan has cached. */
import type { TryFineTunesInput } from '../../contracts/activities/choosingActivities.js';
import type { Plan, StagePlan } from '../../contracts/spec/plan.js';
import type { FineTuneTraining } from '../../contracts/spec/stages/stageSpec.js';
import { dtypeOf } from '../../contracts/spec/computeSpec.js';
import { getBackbone, type NamedArrays } from '../../learning/backbones/index.js';
import { fineTuneOutcome, trainingOfTrial, type Attempt } from '../../learning/search/index.js';
import { contentKey } from '../../storage/objects/contentKey.js';
import { stageKey } from '../../storage/checkpoints/stageKeys.js';
import { loadFeatures, type StageFeatures } from '../features/loadFeatures.js';
import { readPlan } from '../plan/planStore.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import type { Caller, WorkCallbacks } from '../shared/engine.js';
import { imagesAtOnce } from '../shared/imagesAtOnce.js';
import { readTrainedNetwork } from '../train/stageResults.js';
import { trainStage } from '../train/trainStage.js';
import { StoredTrials } from './storedTrials.js';

type FineTune = Extract<StagePlan, { kind: 'fineTune' }>;

/** The step that is tried, and where. */
export interface TriedStep extends Omit<TryFineTunesInput, 'trials'> {
  caller: Caller;
  callbacks: WorkCallbacks;
}

/** Makes trials of a search, and stores them for it. */
export async function tryFineTunes(
  dependencies: ActivityDependencies,
  { trials, ...input }: TryFineTunesInput,
  caller: Caller,
  callbacks: WorkCallbacks,
): Promise<void> {
  await using tried = await FineTuneTrials.of(dependencies, { ...input, caller, callbacks });
  for (const trial of trials) await tried.outcome(trainingOfTrial(tried.stage.training, trial));
}

/** Trials of a plan's step, stored ones and new ones. Activations, which may be gigabytes, are read for the first new one. */
export class FineTuneTrials implements AsyncDisposable {
  readonly stored: StoredTrials;
  private features: Promise<StageFeatures> | undefined;
  private parameters: Promise<NamedArrays> | undefined;

  private constructor(
    private readonly dependencies: ActivityDependencies,
    private readonly step: TriedStep,
    readonly plan: Plan,
    readonly stage: FineTune,
  ) {
    this.stored = new StoredTrials(dependencies);
  }

  static async of(dependencies: ActivityDependencies, step: TriedStep): Promise<FineTuneTrials> {
    const plan = await readPlan(dependencies.cache, step.plan);
    const stage = plan.stages[step.stage];
    if (stage?.kind !== 'fineTune') throw new RangeError(`stage ${step.stage} of the plan is not a fine-tuning stage`);
    return new FineTuneTrials(dependencies, step, plan, stage);
  }

  /** @param instead what a trial that is not stored gives in place of a training; undefined: it is trained */
  outcome(
    training: FineTuneTraining,
    instead: () => 'late' | 'missing' | undefined = () => undefined,
  ): Promise<Attempt> {
    const tried = { ...this.stage, training };
    return this.stored.outcome(this.keyOf(tried), async () => instead() ?? (await this.train(tried)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // What could not be opened has failed the trial already.
    const features = await this.features?.catch(() => undefined);
    await features?.[Symbol.asyncDispose]();
  }

  private async train(tried: FineTune): Promise<Attempt> {
    const { dependencies, plan, stored, step } = this;
    const { signal, progress } = step.callbacks;
    const { halvings } = step;
    this.features ??= loadFeatures(dependencies, plan, 'cut', { signal, progress, halvings, stage: tried.name });
    const { train, validation } = await this.features;
    if (validation === null) throw new RangeError('a plan without validation pictures has no trials');
    this.parameters ??= this.trainedBefore();
    return fineTuneOutcome({
      ...{ stage: tried, train, validation, signal },
      parameters: await this.parameters,
      backbone: getBackbone(plan.backbone.name),
      classes: plan.classes.length,
      featuresAfter: plan.cut,
      seed: plan.spec.seed,
      mixing: plan.augmentation,
      atOnce: imagesAtOnce(tried.training.batchSize, halvings),
      dtype: dtypeOf(plan.spec),
      onProgress: () => progress({ stage: 'search', done: stored.count, total: stored.count, unit: 'steps' }),
      onStep: (images) => dependencies.measure('images', images, { stage: 'search' }),
    });
  }

  private trainedBefore(): Promise<NamedArrays> {
    const { plan: digest, previous, halvings, caller, callbacks } = this.step;
    return readTrainedNetwork(this.dependencies, this.plan, previous, (stage, kept) =>
      trainStage(
        this.dependencies,
        { plan: digest, stage, previous: kept, finish: false, generation: 0, halvings },
        caller,
        callbacks,
      ),
    );
  }

  /** As of a stage of its own: everything that decides what a training gives decides what a trial gives. */
  private keyOf(tried: FineTune): string {
    const { stage, previous } = this.step;
    const stages = this.plan.stages.with(stage, tried);
    return contentKey('fine-tune-trial/1', { stage: stageKey({ ...this.plan, stages }, stage, previous, null) });
  }
}
