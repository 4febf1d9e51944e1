/** Heads that are tried on the features a plan has cached. */
import type { TryHeadsInput } from '../../contracts/activities/choosingActivities.js';
import { mixingOf } from '../../contracts/spec/stages/augmentationSpec.js';
import type { Plan } from '../../contracts/spec/plan.js';
import type { HeadSpec } from '../../contracts/spec/stages/stageSpec.js';
import { getBackbone } from '../../learning/backbones/index.js';
import { headOfTrial, headOutcome, type Attempt } from '../../learning/search/index.js';
import { contentKey } from '../../storage/objects/contentKey.js';
import { scheduleRevision } from '../../storage/checkpoints/scheduleRevision.js';
import { loadFeatures, type StageFeatures } from '../features/loadFeatures.js';
import { readPlan } from '../plan/planStore.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import type { Caller, WorkCallbacks } from '../shared/engine.js';
import { StoredTrials } from './storedTrials.js';

const stage = 'search';

/** Makes trials of a search, and stores them for it. */
export async function tryHeads(
  dependencies: ActivityDependencies,
  { plan: digest, trials, halvings }: TryHeadsInput,
  _caller: Caller,
  callbacks: WorkCallbacks,
): Promise<void> {
  const plan = await readPlan(dependencies.cache, digest);
  await using tried = new HeadTrials(dependencies, plan, halvings, callbacks);
  for (const trial of trials) await tried.outcome(headOfTrial(plan.spec.head, trial));
}

/** Trials of a plan, stored ones and new ones. The features are read for the first new one. */
export class HeadTrials implements AsyncDisposable {
  readonly stored: StoredTrials;
  private features: Promise<StageFeatures> | undefined;

  constructor(
    private readonly dependencies: ActivityDependencies,
    private readonly plan: Plan,
    private readonly halvings: number,
    private readonly callbacks: WorkCallbacks,
  ) {
    this.stored = new StoredTrials(dependencies);
  }

  /** @param instead what a trial that is not stored gives in place of a training; undefined: it is trained */
  outcome(head: HeadSpec, instead: () => 'late' | 'missing' | undefined = () => undefined): Promise<Attempt> {
    return this.stored.outcome(trialKey(this.plan, head), async () => instead() ?? (await this.train(head)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // What could not be opened has failed the trial already.
    const features = await this.features?.catch(() => undefined);
    await features?.[Symbol.asyncDispose]();
  }

  private async train(head: HeadSpec): Promise<Attempt> {
    const { dependencies, plan, halvings, callbacks } = this;
    const { signal, progress } = callbacks;
    this.features ??= loadFeatures(dependencies, plan, 'pooled', { signal, progress, stage, halvings });
    const { train, validation } = await this.features;
    if (validation === null) throw new RangeError('a plan without validation pictures has no trials');
    const outcome = await headOutcome({
      ...{ train, validation, signal, head },
      backbone: getBackbone(plan.backbone.name),
      classes: plan.classes.length,
      seed: plan.spec.seed,
      mixing: plan.augmentation,
      onStep: (images) => dependencies.measure('images', images, { stage }),
    });
    progress({ stage, done: this.stored.count, total: this.stored.count, unit: 'steps' });
    return outcome;
  }
}

function trialKey(plan: Plan, head: HeadSpec): string {
  return contentKey('head-trial/3', {
    backbone: { name: plan.backbone.name, sha256: plan.backbone.sha256 },
    // The labels, and which image is in which split.
    dataset: plan.datasetVersion,
    features: plan.features.map(({ key }) => key),
    head,
    seed: plan.spec.seed,
    mixing: mixingOf(plan.augmentation),
    schedule: scheduleRevision(head),
  });
}
