/** Tensors as PyTorch pickles them: a view (offset, size, strides) of a storage that lies elsewhere in the file. */
import { bfloat16ToFloat32, float16ToFloat32 } from '../../arrays/halfPrecision.js';
import { PickleGlobal, PickleObject, refusePickle, type PickleRules, type PickleValue } from './pickleValues.js';

/** Bytes per element, and how floating-point elements become float32; integers are counters, never weights. */
const storageTypes = new Map<string, { bytes: number; decode?: (data: ArrayBuffer) => Float32Array }>([
  ['torch.FloatStorage', { bytes: 4, decode: (data) => new Float32Array(data) }],
  ['torch.DoubleStorage', { bytes: 8, decode: (data) => Float32Array.from(new Float64Array(data)) }],
  ['torch.HalfStorage', { bytes: 2, decode: (data) => float16ToFloat32(new Uint16Array(data)) }],
  ['torch.BFloat16Storage', { bytes: 2, decode: (data) => bfloat16ToFloat32(new Uint16Array(data)) }],
  ['torch.LongStorage', { bytes: 8 }],
  ['torch.IntStorage', { bytes: 4 }],
  ['torch.ShortStorage', { bytes: 2 }],
  ['torch.CharStorage', { bytes: 1 }],
  ['torch.ByteStorage', { bytes: 1 }],
  ['torch.BoolStorage', { bytes: 1 }],
]);

const rebuildTensor = 'torch._utils._rebuild_tensor_v2';
const rebuildParameter = 'torch._utils._rebuild_parameter';
const orderedDict = 'collections.OrderedDict';

export interface TorchStorage {
  kind: 'storage';
  key: string;
  type: string;
  /** Elements. */
  length: number;
}

export interface TorchTensor {
  kind: 'tensor';
  storage: TorchStorage;
  offset: number;
  size: readonly number[];
  stride: readonly number[];
}

/** What a file of tensors may name and call. */
export const torchRules: PickleRules = {
  globals: new Set([...storageTypes.keys(), rebuildTensor, rebuildParameter, orderedDict]),
  call(path, parameters) {
    switch (path) {
      case orderedDict:
        if (parameters.length > 0) throw refusePickle('an OrderedDict is made from arguments');
        return new Map();
      case rebuildParameter:
        return parameters[0] ?? null;
      case rebuildTensor:
        return new PickleObject(tensorFrom(parameters));
      default:
        throw refusePickle(`it calls '${path}'`);
    }
  },
  persistent: (id) => new PickleObject(storageFrom(id)),
};

function storageFrom(id: PickleValue): TorchStorage {
  if (!Array.isArray(id)) throw refusePickle('a persistent id is not a storage');
  const [tag, type, key, , length, view = null] = id;
  const known = type instanceof PickleGlobal && storageTypes.has(type.path);
  if (tag !== 'storage' || !known || typeof key !== 'string' || !isCount(length) || view !== null) {
    throw refusePickle('a persistent id is not a plain storage');
  }
  return { kind: 'storage', key, type: type.path, length };
}

function tensorFrom([holder, offset, size, stride]: readonly PickleValue[]): TorchTensor {
  const storage = holder instanceof PickleObject ? (holder.value as TorchStorage | TorchTensor) : undefined;
  const counts = (value: PickleValue | undefined): value is number[] => Array.isArray(value) && value.every(isCount);
  if (storage?.kind !== 'storage' || !isCount(offset) || !counts(size) || !counts(stride)) {
    throw refusePickle('the description of a tensor is invalid');
  }
  if (size.length !== stride.length)
    throw refusePickle('the number of strides of a tensor differs from the number of its dimensions');
  const elements = size.reduce((product, length) => product * length, 1);
  const last = size.reduce((at, length, axis) => at + (length - 1) * stride[axis]!, offset);
  if (elements > storage.length || (elements > 0 && last >= storage.length)) {
    throw refusePickle('a tensor reaches beyond its storage');
  }
  return { kind: 'tensor', storage, offset, size, stride };
}

function isCount(value: PickleValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** Bytes a storage takes in the file. */
export function storageBytes(storage: TorchStorage): number {
  return storage.length * (storageTypes.get(storage.type)?.bytes ?? 0);
}

/**
 * The tensor's values row by row, whatever its strides. Only they are decoded, never the whole storage: any number of
 * tensors may be views of a large one.
 * @param data the storage's bytes
 * @returns undefined for a tensor of integers
 */
export function tensorValues(tensor: TorchTensor, data: Uint8Array): Float32Array | undefined {
  const { bytes, decode } = storageTypes.get(tensor.storage.type) ?? {};
  if (bytes === undefined || decode === undefined) return undefined;
  return decode(gather(data, bytes, tensor));
}

/** The bytes of its elements in order, as a copy of their own: storages lie unaligned in the file. */
function gather(data: Uint8Array, bytes: number, { offset, size, stride }: TorchTensor): ArrayBuffer {
  const elements = size.reduce((product, length) => product * length, 1);
  let contiguous = 1;
  let isRowMajor = true;
  for (let axis = size.length - 1; axis >= 0; axis--) {
    if (size[axis]! > 1 && stride[axis] !== contiguous) isRowMajor = false;
    contiguous *= size[axis]!;
  }
  const result = new Uint8Array(elements * bytes);
  if (isRowMajor) {
    result.set(data.subarray(offset * bytes, (offset + elements) * bytes));
    return result.buffer;
  }
  const index = new Array<number>(size.length).fill(0);
  let at = offset;
  for (let i = 0; i < elements; i++) {
    for (let byte = 0; byte < bytes; byte++) result[i * bytes + byte] = data[at * bytes + byte]!;
    // Count up like an odometer, the last axis fastest.
    for (let axis = size.length - 1; axis >= 0; axis--) {
      at += stride[axis]!;
      if (++index[axis]! < size[axis]!) break;
      at -= stride[axis]! * size[axis]!;
      index[axis] = 0;
    }
  }
  return result.buffer;
}
