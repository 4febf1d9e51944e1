import { tf, type Tensor } from '../tensorflow.js';

/** Where a training loop gets its inputs from. */
export interface FeatureSource {
  /** Images, indexed 0 … count−1. */
  readonly count: number;
  /** Views of each image. */
  readonly views: number;
  /** Shape of one image's view: [channels] of pooled features, [height, width, channels] of activations. */
  readonly shape: readonly number[];
  /**
   * One batch: [indices.length, ...shape], view `views[i]` of image `indices[i]`. The caller disposes of it.
   * Asynchronous, so that a source may read from disk.
   */
  batch(indices: ArrayLike<number>, views: ArrayLike<number>): Promise<Tensor>;
  /**
   * A hint that these will be asked for next (in one batch or in parts): a source that reads from disk begins to. Changes
   * nothing but the time that `batch` takes.
   */
  prefetch?(indices: ArrayLike<number>, views: ArrayLike<number>): void;
}

/** Features of consecutive images, row-major [count, views, ...shape]. */
export interface FeatureBlock {
  /** Index of the first image. */
  readonly start: number;
  readonly count: number;
  readonly data: Float32Array;
}

/**
 * Features held in memory as they were decoded, block by block; a batch is gathered by one copy per image. For pooled
 * features that is as fast as `tf.gather` from a resident tensor (160 kB a batch), and activations at the cut may be far
 * larger than what should be held twice.
 * @throws RangeError when the blocks do not cover 0 … count−1 without gaps, or a size does not fit
 */
export class FeaturesInMemory implements FeatureSource {
  readonly count: number;
  private readonly blocks: readonly FeatureBlock[];
  private readonly rowLength: number;

  constructor(
    readonly shape: readonly number[],
    readonly views: number,
    blocks: readonly FeatureBlock[],
  ) {
    this.rowLength = shape.reduce((product, edge) => product * edge, 1);
    this.blocks = [...blocks].sort((a, b) => a.start - b.start);
    this.count = this.blocks.reduce((next, { start, count, data }) => {
      if (start !== next) throw new RangeError(`features of image ${next} are missing or given twice`);
      if (data.length !== count * views * this.rowLength)
        throw new RangeError(`features of image ${start}: wrong size`);
      return next + count;
    }, 0);
  }

  async batch(indices: ArrayLike<number>, views: ArrayLike<number>): Promise<Tensor> {
    const data = new Float32Array(indices.length * this.rowLength);
    for (let i = 0; i < indices.length; i++) {
      data.set(this.row(indices[i] as number, views[i] as number), i * this.rowLength);
    }
    return tf.tensor(data, [indices.length, ...this.shape]);
  }

  private row(index: number, view: number): Float32Array {
    const block = this.blocks.findLast(({ start }) => start <= index);
    if (!block || index >= block.start + block.count || view < 0 || view >= this.views) {
      throw new RangeError(`no view ${view} of image ${index}`);
    }
    const row = (index - block.start) * this.views + view;
    return block.data.subarray(row * this.rowLength, (row + 1) * this.rowLength);
  }
}
