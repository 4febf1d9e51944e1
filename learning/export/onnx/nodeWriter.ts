import type { attributes } from './schema.js';

/** Adds to an ONNX graph. */
export interface NodeWriter {
  /** @returns the name of the node's output. @param name @default the operation's, counted through */
  node: (
    operation: string,
    inputs: readonly string[],
    values?: Parameters<typeof attributes>[0],
    name?: string,
  ) => string;
  /** @returns the constant's name; one that is there already is not written again */
  floats: (name: string, dims: readonly number[], values: Float32Array) => string;
  /** A list, or a single number. @returns the constant's name */
  integers: (values: readonly number[] | number) => string;
}
