/** PyTorch checkpoints (`.pth`, `.pt`, `.bin`) in both of their formats, read without running anything in them. */
import type { NamedArray, NamedArrays } from '../../backbones/architecture.js';
import type { RandomAccess } from '../../arrays/safetensorsInFile.js';
import { mostAtOnce } from '../limits.js';
import { unpickle } from './pickle.js';
import { PickleObject, refusePickle, type PickleValue } from './pickleValues.js';
import { storageBytes, tensorValues, torchRules, type TorchStorage, type TorchTensor } from './torchTensors.js';
import { isZip, openZip } from '../zipArchive.js';

const legacyMagic = 0x1950a86a20f9469cfc6cn;
const legacyVersion = 1001;

/** A dictionary of names and shapes, never of values: far below this. */
const maximumPickleBytes = 64 * 2 ** 20;

/** Keys under which training scripts keep the parameters beside other things. */
const wrappers = ['state_dict', 'model_state_dict', 'model', 'state_dict_ema'];

/**
 * Every floating-point tensor of a checkpoint, in row-major order, as float32. Integer tensors (counters) are left out.
 * @throws GW_WEIGHTS_REFUSED when the file holds anything but a dictionary of tensors
 */
export async function readTorchFile(file: Buffer): Promise<NamedArrays> {
  return isZip(file) ? readTorchZip(file, mostAtOnce) : readLegacyFormat(file);
}

/**
 * The format since PyTorch 1.6: a zip with one pickle, `data.pkl`, and one member per storage.
 * @param most bytes that its tensors may take
 * @throws as `readTorchFile`
 */
export async function readTorchZip(file: Buffer | RandomAccess, most: number): Promise<NamedArrays> {
  const archive = await openZip(file, most);
  const pickleName = archive.names.find((name) => /^[^/]+\/data\.pkl$/.test(name));
  if (pickleName === undefined) throw refusePickle('the archive has no data.pkl');
  const root = pickleName.slice(0, -'data.pkl'.length);
  if (archive.names.includes(`${root}byteorder`)) {
    const order = (await archive.read(`${root}byteorder`, 16)).toString('utf8');
    if (order !== 'little') throw refusePickle(`its byte order is '${order}'`);
  }
  const { value } = unpickle(await archive.read(pickleName, maximumPickleBytes), 0, torchRules);
  const tensors = stateDictionary(value, most);
  const storages = new Map<string, Buffer>();
  for (const { storage } of tensors.values()) {
    const { key } = storage;
    if (!storages.has(key)) storages.set(key, await archive.read(`${root}data/${key}`, storageBytes(storage)));
  }
  return materialise(tensors, (storage) => storages.get(storage.key));
}

/** Before PyTorch 1.6: five pickles (magic, version, system, parameters, storage keys), then the storages. */
function readLegacyFormat(file: Buffer): NamedArrays {
  const magic = unpickle(file, 0, torchRules);
  if (magic.value !== legacyMagic) throw refusePickle('it is not a PyTorch file');
  const version = unpickle(file, magic.end, torchRules);
  if (version.value !== legacyVersion) throw refusePickle(`its version is not ${legacyVersion}`);
  const system = unpickle(file, version.end, torchRules);
  if (!(system.value instanceof Map) || system.value.get('little_endian') !== true) {
    throw refusePickle('it is not little-endian');
  }
  const parameters = unpickle(file, system.end, torchRules);
  const tensors = stateDictionary(parameters.value, mostAtOnce);
  const keys = unpickle(file, parameters.end, torchRules);
  if (!Array.isArray(keys.value)) throw refusePickle('its list of storages is missing');

  const byKey = new Map([...tensors.values()].map(({ storage }) => [storage.key, storage]));
  const storages = new Map<string, Buffer>();
  let position = keys.end;
  for (const key of keys.value) {
    const storage = typeof key === 'string' ? byKey.get(key) : undefined;
    if (!storage) throw refusePickle('it has a storage that no tensor uses');
    if (position + 8 > file.length || file.readBigInt64LE(position) !== BigInt(storage.length)) {
      throw refusePickle(`storage '${storage.key}' has another length than its tensors say`);
    }
    const end = position + 8 + storageBytes(storage);
    storages.set(storage.key, file.subarray(position + 8, end));
    position = end;
  }
  return materialise(tensors, (storage) => storages.get(storage.key));
}

/** The dictionary of tensors, found at the top or under one of the usual keys; `module.` (DataParallel) is dropped. */
function stateDictionary(value: PickleValue, most: number, depth = 0): Map<string, TorchTensor> {
  if (!(value instanceof Map)) throw refusePickle('it does not contain a dictionary of tensors');
  for (const key of wrappers) {
    const inner = value.get(key);
    if (inner instanceof Map && depth < wrappers.length) return stateDictionary(inner, most, depth + 1);
  }
  const tensors = new Map<string, TorchTensor>();
  for (const [name, item] of value) {
    if (typeof name !== 'string') throw refusePickle('a tensor has no name');
    const tensor = item instanceof PickleObject ? (item.value as TorchTensor | TorchStorage) : undefined;
    if (tensor?.kind !== 'tensor') throw refusePickle(`'${name}' is not a tensor`);
    tensors.set(name.replace(/^module\./, ''), tensor);
  }
  if (tensors.size === 0) throw refusePickle('it contains no tensor');
  // Any number of tensors may be views of one storage; each becomes an array of its own.
  const elements = [...tensors.values()].map(({ size }) => size.reduce((product, length) => product * length, 1));
  if (4 * elements.reduce((sum, count) => sum + count, 0) > most) {
    throw refusePickle(`its tensors take more than ${most} bytes`);
  }
  return tensors;
}

function materialise(
  tensors: ReadonlyMap<string, TorchTensor>,
  bytesOf: (storage: TorchStorage) => Buffer | undefined,
): NamedArrays {
  const arrays = new Map<string, NamedArray>();
  for (const [name, tensor] of tensors) {
    const bytes = bytesOf(tensor.storage);
    if (bytes?.length !== storageBytes(tensor.storage)) {
      throw refusePickle(`the storage of '${name}' is missing or has another length`);
    }
    const data = tensorValues(tensor, bytes);
    if (data) arrays.set(name, { shape: tensor.size, data });
  }
  return arrays;
}
