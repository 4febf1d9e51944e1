import { setImmediate } from 'node:timers/promises';
import type { InputSettings } from '../../contracts/spec/plan.js';
import type { AugmentationSpec } from '../../contracts/spec/stages/augmentationSpec.js';
import { applyViews, viewParameters } from '../augmentation/index.js';
import { stageIndex, type FoldedNetwork } from '../backbones/index.js';
import type { KeyPart } from '../random.js';
import { tf, type Tensor, type Tensor4D } from '../tensorflow.js';

export interface FeatureOptions {
  readonly input: Pick<InputSettings, 'store' | 'crop' | 'mean' | 'std'>;
  /** Views of each image; 1: the centre crop alone. */
  readonly views: number;
  readonly augmentation: AugmentationSpec;
  readonly seed: number;
  /** What names each image for good (its sha256): its views are drawn from it. */
  readonly images: readonly KeyPart[];
  /** Stage whose output is wanted beside the pooled features; null: pooled features only. */
  readonly cut: string | null;
  /** Images in one forward pass. */
  readonly batchSize: number;
  /** Called after each pass with the number of views done so far, of images × views. */
  readonly onProgress?: (done: number) => void;
  /** Aborted: the promise is rejected with its reason. */
  readonly signal?: AbortSignal;
}

/** Row-major arrays; see Features.shape for the trailing dimensions. */
export interface Features {
  readonly count: number;
  readonly views: number;
  readonly pooled: FeatureArray;
  readonly cut: FeatureArray | null;
}

export interface FeatureArray {
  /** [channels], or [height, width, channels]. */
  readonly shape: readonly number[];
  /** [count, views, ...shape] */
  readonly data: Float32Array;
}

/**
 * The frozen network's activations for a shard of stored squares.
 * @param pixels uint8 RGB, [images.length, store, store, 3]
 * @throws GW_STAGE_UNKNOWN for a cut the backbone lacks; RangeError when the number of bytes does not fit
 */
export async function computeFeatures(
  network: FoldedNetwork,
  pixels: Uint8Array,
  { input, views, augmentation, seed, images, cut, batchSize, onProgress, signal }: FeatureOptions,
): Promise<Features> {
  const imageBytes = input.store * input.store * 3;
  const count = images.length;
  const all = network.backbone.stages.length;
  const ends = cut === null ? [all] : [stageIndex(network.backbone, cut) + 1, all];
  const pooled = new Rows(count * views);
  const cutRows = new Rows(count * views);
  let done = 0;
  for (let view = 0; view < views; view++) {
    for (let start = 0; start < count; start += batchSize) {
      signal?.throwIfAborted();
      const batch = images.slice(start, start + batchSize);
      const squares = pixels.subarray(start * imageBytes, (start + batch.length) * imageBytes);
      const parameters = batch.map((image) => viewParameters(augmentation, seed, image, view));
      const [atCut, atEnd] = tf.tidy((): [Tensor4D, Tensor] => {
        const x = applyViews(squares, parameters, input);
        const found = network.activations(x, ends);
        return [found[0] as Tensor4D, network.pooled(found.at(-1) as Tensor4D)];
      });
      const row = (index: number) => (start + index) * views + view;
      pooled.put(atEnd, row);
      if (cut !== null) cutRows.put(atCut, row);
      tf.dispose([atCut, atEnd]);
      done += batch.length;
      onProgress?.(done);
      await setImmediate();
    }
  }
  return { count, views, pooled: pooled.array(), cut: cut === null ? null : cutRows.array() };
}

/** Gathers the rows of batch after batch in one array, made when the first batch shows their shape. */
class Rows {
  private shape: readonly number[] = [];
  private data = new Float32Array(0);

  constructor(private readonly count: number) {}

  put(batch: Tensor, position: (index: number) => number): void {
    const [size = 0, ...shape] = batch.shape;
    const values = batch.dataSync<'float32'>();
    const length = values.length / size;
    if (this.data.length === 0) {
      this.shape = shape;
      this.data = new Float32Array(this.count * length);
    }
    for (let i = 0; i < size; i++) {
      this.data.set(values.subarray(i * length, (i + 1) * length), position(i) * length);
    }
  }

  array(): FeatureArray {
    return { shape: this.shape, data: this.data };
  }
}
