/**
 * The one place that loads native TensorFlow. Everything else imports `tf` from here, so the process is
 * always set up the same way before the addon starts.
 */
import { createRequire } from 'node:module';
import util from 'node:util';
import type * as TensorFlow from '@tensorflow/tfjs-node-gpu';
import type { Rank, ShapeMap, Tensor, TensorInfo } from '@tensorflow/tfjs-node-gpu';
import { GraftworkError } from '../contracts/errors.js';

export type {
  DataType,
  NamedTensorMap,
  Rank,
  Scalar,
  Tensor,
  Tensor1D,
  Tensor2D,
  Tensor3D,
  Tensor4D,
  TensorInfo,
  Variable,
} from '@tensorflow/tfjs-node-gpu';

function load(): typeof TensorFlow {
  // oneDNN makes CPU convolutions about three times faster. Both are read by TensorFlow's own static
  // initialisers, so they must be set before the addon is opened.
  process.env['TF_ENABLE_ONEDNN_OPTS'] ??= '1';
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  // Node 23 removed this deprecated function; tfjs-node 4.22 still calls it for TopK and some attributes.
  if (!('isNullOrUndefined' in util)) {
    Object.assign(util, { isNullOrUndefined: (value: unknown) => value === null || value === undefined });
  }
  const require = createRequire(import.meta.url);
  try {
    return require('@tensorflow/tfjs-node-gpu') as typeof TensorFlow;
  } catch (cause) {
    throw new GraftworkError('GW_TENSORFLOW_MISSING', "TensorFlow's native addon is not built or cannot be opened.", {
      remedy: 'Run `npm run setup`.',
      cause,
    });
  }
}

/** The TensorFlow.js API on the native backend. */
export const tf: typeof TensorFlow = load();

/** Version of the native library behind the addon, e.g. `2.21.0`; part of a run's provenance. */
export function tensorflowVersion(): string {
  return backend().binding.TF_Version;
}

/** Whether operations run on a GPU. */
export function usesGpu(): boolean {
  return backend().isUsingGpuDevice;
}

/** An attribute of a native operation; `type` is one of the binding's `TF_ATTR_*` numbers. */
interface NativeAttribute {
  name: string;
  type: number;
  value: unknown;
}

const attributeKinds = ['STRING', 'INT', 'FLOAT', 'BOOL', 'TYPE'] as const;
export type AttributeKind = (typeof attributeKinds)[number];

/** What this project uses of tfjs-node's backend beyond the public kernels. */
interface NativeBackend {
  readonly isUsingGpuDevice: boolean;
  readonly binding: { readonly [Kind in `TF_ATTR_${AttributeKind}`]: number } & {
    readonly TF_Version: string;
    readonly TF_FLOAT: number;
    readonly TF_UINT8: number;
    createTensor(shape: readonly number[], dtype: number, values: Uint8Array): number;
  };
  createOutputTensor(metadata: { id: number; shape: readonly number[]; dtype: number }): Tensor;
  executeSingleOutput: (name: string, attributes: NativeAttribute[], inputs: TensorInfo[]) => Tensor;
  executeMultipleOutputs: (
    name: string,
    attributes: NativeAttribute[],
    inputs: TensorInfo[],
    outputs: number,
  ) => Tensor[];
  readSync(dataId: object): Float32Array | Int32Array | Uint8Array;
  loadSavedModelMetaGraph(folder: string, tag: string): number;
  runSavedModel(id: number, inputs: Tensor[], infos: { name: string }[], outputs: string[]): Tensor[];
  deleteSavedModel(id: number): void;
}

function backend(): NativeBackend {
  return tf.backend() as unknown as NativeBackend;
}

/**
 * Run one native TensorFlow operation on float32 tensors, for operations or attributes TensorFlow.js does not
 * offer. Records no gradient.
 * @param attributes strings, booleans or lists of integers, by TensorFlow's attribute name; `T` is added
 */
export function nativeOperation(
  name: string,
  inputs: TensorInfo[],
  attributes: Readonly<Record<string, string | boolean | readonly number[]>> = {},
): Tensor {
  const { binding } = backend();
  return backend().executeSingleOutput(
    name,
    [
      { name: 'T', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT },
      ...Object.entries(attributes).map(([attribute, value]) => ({
        name: attribute,
        type: binding[
          typeof value === 'string' ? 'TF_ATTR_STRING' : typeof value === 'boolean' ? 'TF_ATTR_BOOL' : 'TF_ATTR_INT'
        ],
        value,
      })),
    ],
    inputs,
  );
}

/**
 * Bytes as float32 values from 0 to 255. They reach TensorFlow as bytes, which takes a tenth of the time that
 * `tf.tensor` takes.
 * @returns of the given shape; the caller disposes of it
 */
export function floatsOfBytes<R extends Rank>(bytes: Uint8Array, shape: ShapeMap[R]): Tensor<R> {
  const { binding } = backend();
  const { TF_UINT8: byte, TF_FLOAT: float, TF_ATTR_TYPE: type } = binding;
  const id = binding.createTensor(shape, byte, bytes);
  const asBytes = backend().createOutputTensor({ id, shape, dtype: byte });
  const attributes = [
    { name: 'SrcT', type, value: byte },
    { name: 'DstT', type, value: float },
    { name: 'Truncate', type: binding.TF_ATTR_BOOL, value: false },
  ];
  const floats = backend().executeSingleOutput('Cast', attributes, [asBytes]);
  asBytes.dispose();
  return floats as Tensor<R>;
}

/** A native operation that was run: all that TensorFlow was given, and what it gave. */
export interface RunOperation {
  readonly name: string;
  readonly attributes: readonly { name: string; kind: AttributeKind; value: unknown }[];
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly Tensor[];
}

/**
 * Runs `compute`, and shows each native operation that it runs. All kernels of TensorFlow.js end in one of the two methods
 * that are watched here, except those that only name the same memory again.
 * @param compute synchronous
 */
export function observed<T>(compute: () => T, observe: (operation: RunOperation) => void): T {
  const native = backend();
  const { binding } = native;
  const kindOf = ({ type }: NativeAttribute): AttributeKind => {
    const kind = attributeKinds.find((each) => binding[`TF_ATTR_${each}`] === type);
    if (kind === undefined) throw new RangeError(`an attribute of an unknown kind, ${type}`);
    return kind;
  };
  const show = (name: string, attributes: NativeAttribute[], inputs: TensorInfo[], outputs: Tensor[]): void =>
    observe({ name, attributes: attributes.map((each) => ({ ...each, kind: kindOf(each) })), inputs, outputs });
  const { executeSingleOutput: single, executeMultipleOutputs: multiple } = native;
  native.executeSingleOutput = (name, attributes, inputs) => {
    const output = single.call(native, name, attributes, inputs);
    show(name, attributes, inputs, [output]);
    return output;
  };
  native.executeMultipleOutputs = (name, attributes, inputs, count) => {
    const outputs = multiple.call(native, name, attributes, inputs, count);
    show(name, attributes, inputs, outputs);
    return outputs;
  };
  try {
    return compute();
  } finally {
    Object.assign(native, { executeSingleOutput: single, executeMultipleOutputs: multiple });
  }
}

/** A tensor's memory, not a copy of it. */
export function memoryOf({ dataId }: TensorInfo): Float32Array | Int32Array | Uint8Array {
  return backend().readSync(dataId);
}

/**
 * Loads the graph of a SavedModel, whose folder is not needed afterwards.
 * @returns a session's number, until `deleteGraph`
 */
export function loadGraph(folder: string, tag: string): number {
  return backend().loadSavedModelMetaGraph(folder, tag);
}

/** One run of a loaded graph. Records no gradient. @param outputs names of nodes, or `name:index` of one of several outputs */
export function runGraph(
  session: number,
  inputs: Readonly<Record<string, Tensor>>,
  outputs: readonly string[],
): Tensor[] {
  const output = (name: string): string => (name.includes(':') ? name : `${name}:0`);
  const names = Object.keys(inputs).map((name) => ({ name: output(name) }));
  return backend().runSavedModel(session, Object.values(inputs), names, outputs.map(output));
}

export function deleteGraph(session: number): void {
  backend().deleteSavedModel(session);
}
