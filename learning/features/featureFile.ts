import { GraftworkError } from '../../contracts/errors.js';
import { sealName, unsealed } from '../../contracts/seal.js';
import { asFloat32, readSafetensors, safetensorsPieces, type TensorToWrite } from '../weights/safetensors.js';
import type { FeatureArray, Features } from './computeFeatures.js';

/** Features of a shard as the pieces of a safetensors file with `pooled`, `cut` if there is one, and a place for its seal. */
export function encodeFeatures({ count, views, pooled, cut }: Features): Uint8Array[] {
  const stored = ({ shape, data }: FeatureArray): TensorToWrite => ({ shape: [count, views, ...shape], data });
  return safetensorsPieces([['pooled', stored(pooled)], ...(cut ? [['cut', stored(cut)] as const] : [])], {
    [sealName]: unsealed,
  });
}

/**
 * The features in a file's bytes, without copying where they are aligned.
 * @throws GW_CORRUPT when the file is not what `encodeFeatures` makes
 */
export function decodeFeatures(file: Uint8Array, name = 'feature shard'): Features {
  const { tensors } = readSafetensors(file, { name });
  const read = (tensor: string): { count: number; views: number; array: FeatureArray } | null => {
    const stored = tensors.get(tensor);
    if (!stored) return null;
    const [count, views, ...shape] = stored.shape;
    if (count === undefined || views === undefined || shape.length === 0) throw corrupt(name, tensor);
    return { count, views, array: { shape, data: asFloat32(stored) } };
  };
  const pooled = read('pooled');
  const cut = read('cut');
  if (!pooled) throw corrupt(name, 'pooled');
  if (cut && (cut.count !== pooled.count || cut.views !== pooled.views)) throw corrupt(name, 'cut');
  return { count: pooled.count, views: pooled.views, pooled: pooled.array, cut: cut?.array ?? null };
}

function corrupt(name: string, tensor: string): GraftworkError {
  return new GraftworkError('GW_CORRUPT', `${name}: the tensor '${tensor}' is missing or has another shape.`, {
    remedy: 'Delete the object; the next run computes it again.',
  });
}
