/**
 * Features of a shard as a safetensors file: `pooled` as float32, `cut` (if there is one) as the run's spec says, each
 * [count, views, ...shape], and a place for the file's seal.
 */
import { GraftworkError } from '../../contracts/errors.js';
import type { CacheDtype } from '../../contracts/spec/runSpec.js';
import { sealName, unsealed } from '../../contracts/seal.js';
import { asFloat32, safetensorsPieces, type DataType, type TensorToWrite } from '../arrays/safetensors.js';
import { readLayout, type RandomAccess } from '../arrays/safetensorsInFile.js';
import type { FeatureArray, Features } from './computeFeatures.js';

/** Largest float16. */
const largestHalf = 65504;

/**
 * The file, in pieces.
 * @param dtype of the activations at the cut
 * @throws GW_SPEC_INVALID when float16 cannot hold an activation
 */
export function encodeFeatures({ count, views, pooled, cut }: Features, dtype: CacheDtype = 'float32'): Uint8Array[] {
  const stored = ({ shape, data }: FeatureArray): TensorToWrite => ({ shape: [count, views, ...shape], data });
  const tensors: [string, TensorToWrite][] = [['pooled', stored(pooled)]];
  if (cut !== null) {
    if (dtype === 'float16') requireHalves(cut.data);
    tensors.push(['cut', { ...stored(cut), dtype: dtype === 'float16' ? 'F16' : 'F32' }]);
  }
  return safetensorsPieces(tensors, { [sealName]: unsealed });
}

/** One of a shard's two arrays, where it lies. */
export interface StoredArray {
  readonly count: number;
  readonly views: number;
  /** [channels], or [height, width, channels]. */
  readonly shape: readonly number[];
  readonly dtype: DataType;
  /** Bytes from the file's beginning: the first, and the one after the last. */
  readonly begin: number;
  readonly end: number;
}

/**
 * Finds an array of a shard; reads the file's header only.
 * @param name of the file, for the message
 * @throws GW_CORRUPT when the file is not what `encodeFeatures` makes, or lacks the array
 */
export async function locateFeatures(file: RandomAccess, kind: 'pooled' | 'cut', name: string): Promise<StoredArray> {
  const extent = (await readLayout(file, { name })).tensors.get(kind);
  const [count, views, ...shape] = extent?.shape ?? [];
  if (extent === undefined || count === undefined || views === undefined || shape.length === 0) {
    throw new GraftworkError('GW_CORRUPT', `${name}: the tensor '${kind}' is missing or has another shape.`, {
      remedy: 'Delete the object. The next run computes it again.',
    });
  }
  return { count, views, shape, dtype: extent.dtype, begin: extent.begin, end: extent.end };
}

/** All values of an array. */
export async function readFeatures(
  file: RandomAccess,
  { count, views, shape, dtype, begin, end }: StoredArray,
): Promise<Float32Array> {
  const bytes = Buffer.allocUnsafeSlow(end - begin);
  await file.read(bytes, begin);
  return asFloat32({ dtype, shape: [count, views, ...shape], bytes });
}

function requireHalves(values: Float32Array): void {
  const beyond = values.find((value) => Math.abs(value) > largestHalf);
  if (beyond === undefined) return;
  throw new GraftworkError('GW_SPEC_INVALID', `An activation at the cut is ${beyond}, which float16 cannot hold.`, {
    remedy: 'Set cache.dtype to float32.',
  });
}
