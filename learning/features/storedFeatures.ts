import { tf, type Tensor } from '../tensorflow.js';
import { asFloat32, elementBytes, type DataType } from '../arrays/safetensors.js';
import type { RandomAccess } from '../arrays/safetensorsInFile.js';
import type { FeatureSource } from './featureSource.js';
import { RowReader } from './rowReader.js';

/** Features of consecutive images in a file, row-major [count, views, ...shape]. */
export interface StoredBlock {
  /** Index of the first image. */
  readonly start: number;
  readonly count: number;
  readonly file: RandomAccess;
  /** Where they begin in the file, in bytes. */
  readonly offset: number;
}

/**
 * Features that stay in files: a batch is read when it is hinted at, else when it is asked for. What is read again soon
 * comes from the memory the operating system has to spare, so the process itself needs no more than two batches.
 */
export class StoredFeatures implements FeatureSource {
  readonly count: number;
  private readonly rows: RowReader;

  /** @throws RangeError when the blocks do not cover 0 … count−1 without gaps */
  constructor(
    readonly shape: readonly number[],
    readonly views: number,
    private readonly dtype: DataType,
    blocks: readonly StoredBlock[],
  ) {
    const values = shape.reduce((product, edge) => product * edge, 1);
    this.rows = new RowReader(
      values * elementBytes[dtype],
      blocks.map(({ start, count, file, offset }) => ({ first: start * views, count: count * views, file, offset })),
    );
    this.count = this.rows.count / views;
  }

  prefetch(indices: ArrayLike<number>, views: ArrayLike<number>): void {
    this.rows.prefetch(this.rowsOf(indices, views));
  }

  async batch(indices: ArrayLike<number>, views: ArrayLike<number>): Promise<Tensor> {
    const shape = [indices.length, ...this.shape];
    const bytes = await this.rows.read(this.rowsOf(indices, views));
    return tf.tensor(asFloat32({ dtype: this.dtype, shape, bytes }), shape);
  }

  private rowsOf(indices: ArrayLike<number>, views: ArrayLike<number>): number[] {
    return Array.from(indices, (index, i) => {
      const view = views[i] as number;
      if (index >= 0 && index < this.count && view >= 0 && view < this.views) return index * this.views + view;
      throw new RangeError(`no view ${view} of image ${index}`);
    });
  }
}
