/** Heads in folds of the pictures whose features a plan has cached; of the test split only in a plan of folds. */
import { mixingOf } from '../../contracts/spec/stages/augmentationSpec.js';
import type { Plan } from '../../contracts/spec/plan.js';
import type { HeadSpec } from '../../contracts/spec/stages/stageSpec.js';
import { getBackbone } from '../../learning/backbones/index.js';
import { headInFolds } from '../../learning/search/index.js';
import type { Outcomes } from '../../learning/training/judging/pairedComparison.js';
import { scheduleRevision } from '../../storage/checkpoints/scheduleRevision.js';
import { contentKey } from '../../storage/objects/contentKey.js';
import { loadFeatures, type StageFeatures } from '../features/loadFeatures.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import type { WorkCallbacks } from '../shared/engine.js';
import { heldOutFeatures, heldOutPictures, type HeldOut } from './heldOutPictures.js';
import { StoredTrials } from './storedTrials.js';

interface Options extends WorkCallbacks {
  /** ≥ 2 */
  folds: number;
  /** For logs and metrics. */
  stage: string;
  halvings: number;
}

/** Stored heads and new ones. The features are read for the first new one. */
export class FoldedHeads implements AsyncDisposable {
  private readonly stored: StoredTrials;
  private features: Promise<StageFeatures> | undefined;
  private pictures: Promise<HeldOut> | undefined;

  constructor(
    private readonly dependencies: ActivityDependencies,
    private readonly plan: Plan,
    private readonly options: Options,
  ) {
    this.stored = new StoredTrials(dependencies);
  }

  /** In the order of the outcomes. */
  heldOut(): Promise<HeldOut> {
    return (this.pictures ??= heldOutPictures(this.dependencies, this.plan, this.options.signal));
  }

  /** What heads with these settings make of each picture, held out; undefined where one diverged. */
  async outcomes(head: HeadSpec): Promise<Outcomes | undefined> {
    const found = await this.stored.outcome(this.key(head), () => this.train(head));
    return found === 'late' || found === 'missing' ? undefined : found;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // What could not be opened has failed the work already.
    const features = await this.features?.catch(() => undefined);
    await features?.[Symbol.asyncDispose]();
  }

  private async train(head: HeadSpec): Promise<Outcomes | undefined> {
    const { dependencies, plan, options } = this;
    const { signal, progress, stage, halvings, folds } = options;
    this.features ??= loadFeatures(dependencies, plan, 'pooled', { signal, progress, stage, halvings });
    const { together } = await this.heldOut();
    return headInFolds({
      ...{ together, train: heldOutFeatures(await this.features), folds, head, signal },
      backbone: getBackbone(plan.backbone.name),
      classes: plan.classes.length,
      seed: plan.spec.seed,
      mixing: plan.augmentation,
      onStep: (images) => dependencies.measure('images', images, { stage }),
    });
  }

  private key(head: HeadSpec): string {
    const { backbone, datasetVersion, features, spec, augmentation } = this.plan;
    return contentKey('folded-head/1', {
      backbone: { name: backbone.name, sha256: backbone.sha256 },
      // The labels, and which image is in which split.
      dataset: datasetVersion,
      features: features.map(({ key }) => key),
      ...{ head, folds: this.options.folds, seed: spec.seed },
      mixing: mixingOf(augmentation),
      schedule: scheduleRevision(head),
    });
  }
}
