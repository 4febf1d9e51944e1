/** Heads in folds of the training and validation pictures, on the features a plan has cached; never on the test split. */
import type { ImageEntry } from '../../contracts/data/dataset.js';
import { mixingOf } from '../../contracts/spec/augmentationSpec.js';
import type { Plan } from '../../contracts/spec/plan.js';
import type { HeadSpec } from '../../contracts/spec/stageSpec.js';
import { getBackbone } from '../../learning/backbones/index.js';
import { lookAlikes } from '../../learning/dataset/duplicates.js';
import { keptTogether } from '../../learning/dataset/splits/groups.js';
import { joinedFeatures } from '../../learning/features/joinedFeatures.js';
import { headInFolds } from '../../learning/search/index.js';
import type { LabelledFeatures } from '../../learning/training/index.js';
import type { Outcomes } from '../../learning/training/judging/pairedComparison.js';
import { scheduleRevision } from '../../storage/checkpoints/scheduleRevision.js';
import { Datasets } from '../../storage/datasets/datasets.js';
import { contentKey } from '../../storage/objects/contentKey.js';
import { loadFeatures, type StageFeatures } from '../features/loadFeatures.js';
import { withHealedVersion } from '../ingest/healedVersion.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import type { WorkCallbacks } from '../shared/engine.js';
import { StoredTrials } from './storedTrials.js';

interface Options extends WorkCallbacks {
  /** ≥ 2 */
  folds: number;
  /** For logs and metrics. */
  stage: string;
  halvings: number;
}

/** What is held out of a plan's pictures, those that train first, then those that validate. */
interface HeldOut {
  labels: number[];
  /** For each picture, the first one of what belongs together. */
  together: Uint32Array;
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
    return (this.pictures ??= this.readPictures());
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

  /** Groups of the source and look-alikes are in one fold, as they are in one split. */
  private async readPictures(): Promise<HeldOut> {
    const { dependencies, plan, options } = this;
    const read = (): Promise<ImageEntry[]> => new Datasets(dependencies.store).images(plan.datasetVersion);
    const all = await withHealedVersion(dependencies, plan, options.signal, read);
    const images = ['train', 'validation'].flatMap((split) => all.filter((image) => image.split === split));
    const grouped = images.map((image) => ({ ...image, className: String(image.label) }));
    const hasGroups = images.some(({ group }) => group !== undefined);
    const { first } = keptTogether(grouped, lookAlikes(images), hasGroups);
    return { labels: images.map(({ label }) => label), together: first };
  }

  private async train(head: HeadSpec): Promise<Outcomes | undefined> {
    const { dependencies, plan, options } = this;
    const { signal, progress, stage, halvings, folds } = options;
    this.features ??= loadFeatures(dependencies, plan, 'pooled', { signal, progress, stage, halvings });
    const { together } = await this.heldOut();
    return headInFolds({
      ...{ together, train: joined(await this.features), folds, head, signal },
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

function joined({ train, validation }: StageFeatures): LabelledFeatures {
  if (validation === null) return train;
  return {
    features: joinedFeatures(train.features, validation.features),
    labels: [...Array.from(train.labels), ...Array.from(validation.labels)],
  };
}
