import { setImmediate } from 'node:timers/promises';
import type { InputSettings } from '../../contracts/plan.js';
import { applyViews, centreView } from '../augmentation/index.js';
import type { FoldedNetwork } from '../backbones/index.js';
import { tf } from '../tensorflow.js';

export interface StageActivationOptions {
  readonly input: Pick<InputSettings, 'store' | 'crop' | 'mean' | 'std'>;
  /** Images in one forward pass. */
  readonly batchSize: number;
  /** Called after each pass with the number of images done so far. */
  readonly onProgress?: (done: number) => void;
  /** Aborted: the promise is rejected with its reason. */
  readonly signal?: AbortSignal;
}

/** What one stage makes of some images. */
export interface StageActivations {
  stage: string;
  dimensions: number;
  /** Globally average-pooled, row-major [images, dimensions]. */
  pooled: Float32Array;
  /** Milliseconds of each pass, and its images. */
  passes: { milliseconds: number; images: number }[];
}

/**
 * The pooled activations of every stage for the centre crops, from one forward pass each.
 * @param pixels uint8 RGB, [images, store, store, 3]
 * @throws RangeError when the bytes are no whole number of images
 */
export async function stageActivations(
  network: FoldedNetwork,
  pixels: Uint8Array,
  { input, batchSize, onProgress, signal }: StageActivationOptions,
): Promise<StageActivations[]> {
  const imageBytes = input.store ** 2 * 3;
  const count = pixels.length / imageBytes;
  if (!Number.isInteger(count)) throw new RangeError(`${pixels.length} bytes are no whole number of images`);
  const stages = network.backbone.stages.map(({ name }): StageActivations => {
    return { stage: name, dimensions: 0, pooled: new Float32Array(0), passes: [] };
  });
  for (let start = 0; start < count; start += batchSize) {
    signal?.throwIfAborted();
    const size = Math.min(batchSize, count - start);
    const squares = pixels.subarray(start * imageBytes, (start + size) * imageBytes);
    let x = applyViews(squares, new Array(size).fill(centreView), input);
    for (const [index, found] of stages.entries()) {
      const began = performance.now();
      const y = network.run(x, { from: index, to: index + 1 });
      const pooled = tf.tidy(() => network.pooled(y));
      // Reading the values waits for the device, so that the time is the stage's own.
      const values = await pooled.data<'float32'>();
      found.passes.push({ milliseconds: performance.now() - began, images: size });
      tf.dispose([x, pooled]);
      x = y;
      if (found.dimensions === 0) {
        found.dimensions = values.length / size;
        found.pooled = new Float32Array(count * found.dimensions);
      }
      found.pooled.set(values, start * found.dimensions);
    }
    x.dispose();
    onProgress?.(start + size);
    await setImmediate();
  }
  return stages;
}

/** Seconds an image takes in a stage; the first pass, which also sets things up, counts only when there is no other. */
export function secondsPerImage({ passes }: Pick<StageActivations, 'passes'>): number {
  const counted = passes.length > 1 ? passes.slice(1) : passes;
  const milliseconds = counted.reduce((sum, pass) => sum + pass.milliseconds, 0);
  return (
    milliseconds /
    1000 /
    Math.max(
      1,
      counted.reduce((sum, { images }) => sum + images, 0),
    )
  );
}
