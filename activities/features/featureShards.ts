/** Feature shards: made by the frozen network, and read; one that is damaged or gone is made again. */
import { objectKeys } from '../../contracts/objectKeys.js';
import type { FeatureShard, Plan } from '../../contracts/spec/plan.js';
import { FoldedNetwork, getBackbone } from '../../learning/backbones/index.js';
import type { FeatureKind } from '../../contracts/spec/activationCache.js';
import { dtypeOf } from '../../contracts/spec/computeSpec.js';
import { computeFeatures, encodeFeatures, locateFeatures, type StoredArray } from '../../learning/features/index.js';
import type { LocalCopy } from '../../storage/cache/localCopy.js';
import { storedCut, viewsOf } from '../plan/chooseCache.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import { imagesAtOnce, usualBatch } from '../shared/imagesAtOnce.js';
import { whyLost } from '../shared/lostObject.js';
import { backboneParameters } from '../backbone/networkParameters.js';
import { readPixelShard } from './pixelShards.js';
import { readSplits, type SplitImages } from '../plan/splitImages.js';

export interface OpenFeatures {
  file: LocalCopy;
  array: StoredArray;
}

/** A plan's feature shards. The network and the list of images are loaded when the first shard has to be made. */
export class FeatureShards implements Disposable {
  private network: FoldedNetwork | undefined;
  private splits: SplitImages | undefined;

  constructor(
    private readonly dependencies: ActivityDependencies,
    private readonly plan: Plan,
    private readonly signal: AbortSignal,
    /** How often the number of images in one pass has been halved. */
    private readonly halvings: number,
  ) {}

  /**
   * Computes and stores a shard.
   *
   * @param onProgress called with the number of images whose views are done
   * @throws GraftworkError GW_WEIGHTS_…, GW_S3_…, and as `readPixelShard`
   */
  async make(shard: FeatureShard, onProgress?: (done: number) => void): Promise<void> {
    await this.store(shard, await this.compute(shard, onProgress));
  }

  /** Stores what `compute` gave. @throws GraftworkError GW_S3_… */
  async store(shard: FeatureShard, file: Buffer): Promise<void> {
    await this.dependencies.cache.storeSealed(objectKeys.features(shard.key), file);
  }

  /** A shard's file, not sealed yet. @throws as `make` */
  async compute(shard: FeatureShard, onProgress: (done: number) => void = () => undefined): Promise<Buffer> {
    const { dependencies, plan, signal } = this;
    this.splits ??= await readSplits(dependencies, plan, signal);
    this.network ??= new FoldedNetwork(
      getBackbone(plan.backbone.name),
      await backboneParameters(dependencies, plan.backbone, signal),
      // Of the whole plan, not of what is missing: a shard's bytes must not depend on how many others there are already.
      { images: viewsOf(plan), dtype: dtypeOf(plan.spec) },
    );
    const { pixels } = await readPixelShard(dependencies, plan, { ...shard, key: shard.pixels }, signal);
    const images = this.splits[shard.split].slice(shard.start, shard.start + shard.count).map(({ sha256 }) => sha256);
    const features = await computeFeatures(this.network, pixels, {
      input: plan.input,
      views: shard.views,
      augmentation: plan.augmentation,
      seed: plan.spec.seed,
      images,
      cut: storedCut(plan),
      batchSize: imagesAtOnce(usualBatch, this.halvings),
      onProgress,
      signal,
    });
    return Buffer.concat(encodeFeatures(features, plan.spec.cache.dtype));
  }

  /**
   * A shard's file and where its features lie in it. The caller closes the file.
   * @throws as `make`
   */
  async open(shard: FeatureShard, kind: FeatureKind): Promise<OpenFeatures> {
    const object = objectKeys.features(shard.key);
    try {
      return await this.openObject(object, kind);
    } catch (thrown) {
      const reason = whyLost(thrown);
      this.dependencies.log.warn({ object, reason }, 'a shard of features is damaged or missing: it is computed again');
      await this.make(shard);
      return this.openObject(object, kind);
    }
  }

  private async openObject(object: string, kind: FeatureKind): Promise<OpenFeatures> {
    const file = await this.dependencies.cache.open(object);
    try {
      return { file, array: await locateFeatures(file, kind, object) };
    } catch (thrown) {
      await file.close();
      throw thrown;
    }
  }

  [Symbol.dispose](): void {
    this.network?.[Symbol.dispose]();
  }
}
