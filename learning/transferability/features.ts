/** Pooled features of labelled images: what transferability is estimated from. */
export interface LabelledFeatures {
  /** Row-major, images × dimensions. */
  features: Float32Array | Float64Array;
  /** Values of one image. */
  dimensions: number;
  /** Class of each image, from 0. */
  labels: ArrayLike<number>;
}
