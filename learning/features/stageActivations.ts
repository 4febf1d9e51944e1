import { setImmediate } from 'node:timers/promises';
import type { InputSettings } from '../../contracts/spec/plan.js';
import { applyViews, centreView } from '../augmentation/index.js';
import { scoredNames, workOfStages, type FoldedNetwork } from '../backbones/index.js';
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

/** What one stage makes of some images, or one of the other ways to pool the last one. */
export interface StageActivations {
  /** See `scoredNames`. */
  stage: string;
  dimensions: number;
  /** Globally average-pooled, row-major [images, dimensions]. */
  pooled: Float32Array;
  /** The stage's share of each pass in milliseconds, by the work it is said to be; and the pass's images. */
  passes: { milliseconds: number; images: number }[];
}

/**
 * The pooled activations of every stage for the centre crops, from one forward pass each: see `FoldedNetwork.pooledStages`.
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
  const stages = scoredNames(network.backbone).map((stage): StageActivations => {
    return { stage, dimensions: 0, pooled: new Float32Array(0), passes: [] };
  });
  const work = workOfStages(network.backbone, input.crop);
  const total = work.reduce((sum, own) => sum + own, 0);
  const shares = work.map((own) => own / total);
  for (let start = 0; start < count; start += batchSize) {
    signal?.throwIfAborted();
    const size = Math.min(batchSize, count - start);
    const squares = pixels.subarray(start * imageBytes, (start + size) * imageBytes);
    const began = performance.now();
    const pooled = tf.tidy(() => network.pooledStages(applyViews(squares, new Array(size).fill(centreView), input)));
    const values = await Promise.all(pooled.map((tensor) => tensor.data<'float32'>()));
    const milliseconds = performance.now() - began;
    tf.dispose(pooled);
    for (const [index, found] of stages.entries()) {
      const own = values[index]!;
      found.passes.push({ milliseconds: milliseconds * (shares[index] ?? 0), images: size });
      if (found.dimensions === 0) {
        found.dimensions = own.length / size;
        found.pooled = new Float32Array(count * found.dimensions);
      }
      found.pooled.set(own, start * found.dimensions);
    }
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
