import type { InputSettings } from '../../contracts/spec/plan.js';
import type { AugmentationSpec } from '../../contracts/spec/stages/augmentationSpec.js';
import { applyViews, viewParameters } from '../augmentation/index.js';
import { activationShape, stageIndex, type FoldedNetwork } from '../backbones/index.js';
import type { KeyPart } from '../random.js';
import { tf, type Tensor, type Tensor4D } from '../tensorflow.js';
import type { FeatureSource } from './featureSource.js';
import type { RowReader } from './rowReader.js';

export interface RecomputeOptions {
  /** The frozen network, at least up to the cut; stays the caller's. */
  readonly network: FoldedNetwork;
  /** Stage whose output is wanted. */
  readonly cut: string;
  readonly input: Pick<InputSettings, 'store' | 'crop' | 'mean' | 'std'>;
  readonly views: number;
  readonly augmentation: AugmentationSpec;
  readonly seed: number;
  /** What names each image for good (its sha256): its views are drawn from it. */
  readonly images: readonly KeyPart[];
}

/**
 * Activations at the cut that are stored nowhere: each batch goes through the frozen stages. The views are those that
 * `computeFeatures` would have stored; the numbers differ from the stored ones by float rounding at most.
 */
export class RecomputedFeatures implements FeatureSource {
  readonly count: number;
  readonly views: number;
  readonly shape: readonly number[];
  private readonly stages: number;

  /** @param pixels stored squares, a row [store, store, 3] of bytes for each image */
  constructor(
    private readonly pixels: RowReader,
    private readonly options: RecomputeOptions,
  ) {
    const { network, cut, input, views, images } = options;
    const { h, w, c } = activationShape(network.backbone, cut, input.crop);
    this.shape = [h, w, c];
    this.views = views;
    this.count = images.length;
    this.stages = stageIndex(network.backbone, cut) + 1;
    if (pixels.count !== this.count) throw new RangeError(`${pixels.count} squares of ${this.count} images`);
  }

  prefetch(indices: ArrayLike<number>): void {
    this.pixels.prefetch(Array.from(indices));
  }

  async batch(indices: ArrayLike<number>, views: ArrayLike<number>): Promise<Tensor> {
    const { network, input, augmentation, seed, images } = this.options;
    const rows = Array.from(indices);
    const squares = await this.pixels.read(rows);
    const parameters = rows.map((row, i) =>
      viewParameters(augmentation, seed, images[row] as KeyPart, views[i] as number),
    );
    return tf.tidy((): Tensor4D => network.run(applyViews(squares, parameters, input), { to: this.stages }));
  }
}
