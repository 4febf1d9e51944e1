/** A safetensors file that stays on disk: its header is read, and of its tensors those that are wanted. */
import {
  safetensorsHead,
  safetensorsLayout,
  safetensorsPrefix,
  type ReadOptions,
  type SafetensorsLayout,
  type StoredTensor,
  type TensorExtent,
} from './safetensors.js';

/** A file, or whatever else can be read anywhere in it. */
export interface RandomAccess {
  /** In bytes. */
  readonly size: number;
  /** Fills `into` with the bytes from `position` on. */
  read(into: Uint8Array, position: number): Promise<void>;
}

/** @throws as `readSafetensors`; what reading throws */
export async function readLayout(file: RandomAccess, options: ReadOptions = {}): Promise<SafetensorsLayout> {
  const prefix = new Uint8Array(Math.min(safetensorsPrefix, file.size));
  await file.read(prefix, 0);
  const head = new Uint8Array(safetensorsHead(prefix, file.size, options));
  await file.read(head, 0);
  return safetensorsLayout(head, file.size, options);
}

/**
 * Each tensor in memory of its own, so that no buffer holds the file.
 * @param extents as `readLayout` gives them
 * @throws what reading throws
 */
export async function readTensors(
  file: RandomAccess,
  extents: Iterable<readonly [name: string, extent: TensorExtent]>,
): Promise<Map<string, StoredTensor>> {
  const tensors = new Map<string, StoredTensor>();
  for (const [name, { dtype, shape, begin, end }] of extents) {
    const bytes = new Uint8Array(end - begin);
    await file.read(bytes, begin);
    tensors.set(name, { dtype, shape, bytes });
  }
  return tensors;
}
