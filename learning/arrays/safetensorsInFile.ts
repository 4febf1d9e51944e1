/** The layout of a safetensors file that stays on disk: only its header is read. */
import {
  safetensorsHead,
  safetensorsLayout,
  safetensorsPrefix,
  type ReadOptions,
  type SafetensorsLayout,
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
