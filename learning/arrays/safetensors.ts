/**
 * safetensors: an 8-byte little-endian header length, a JSON header, the tensors' bytes. The project's one format
 * for stored tensors. Reading is zero-copy where the bytes are aligned.
 */
import { endianness } from 'node:os';
import { z } from 'zod';
import { GraftworkError, type ErrorCode } from '../../contracts/errors.js';
import { bfloat16ToFloat32, float16ToFloat32, float32ToFloat16 } from './halfPrecision.js';

/** Bytes of one value. */
export const elementBytes = { F32: 4, F16: 2, BF16: 2, U8: 1, I64: 8 } as const;
export type DataType = keyof typeof elementBytes;

export interface StoredTensor {
  readonly dtype: DataType;
  readonly shape: readonly number[];
  /** The raw little-endian bytes; a view into the file. */
  readonly bytes: Uint8Array;
}

export interface SafetensorsFile {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** The header's `__metadata__`. */
  readonly metadata: Readonly<Record<string, string>>;
}

export interface ReadOptions {
  /** What the file is called in an error message. @default 'safetensors data' */
  name?: string;
  /** Code of the error for a malformed file. @default GW_CORRUPT */
  code?: ErrorCode;
  /** What the person can do about a file that is refused. */
  remedy?: string;
}

const entrySchema = z.strictObject({
  dtype: z.string(),
  shape: z.array(z.number().int().nonnegative()),
  data_offsets: z.tuple([z.number().int().nonnegative(), z.number().int().nonnegative()]),
});
const metadataSchema = z.record(z.string(), z.string());

/** As in the reference implementation, against headers that only mean to exhaust memory. */
const maximumHeaderBytes = 100_000_000;

const count = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

if (endianness() !== 'LE') {
  throw new GraftworkError('GW_INTERNAL', 'safetensors files are little-endian, but this machine is not.');
}

/** Where a tensor lies in its file. */
export interface TensorExtent {
  readonly dtype: DataType;
  readonly shape: readonly number[];
  /** Bytes from the file's beginning: the first, and the one after the last. */
  readonly begin: number;
  readonly end: number;
}

export interface SafetensorsLayout {
  readonly tensors: ReadonlyMap<string, TensorExtent>;
  /** The header's `__metadata__`. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Bytes before the header: its length. */
export const safetensorsPrefix = 8;

/**
 * Bytes of the prefix and the header.
 * @param prefix the file's first `safetensorsPrefix` bytes
 * @throws GW_CORRUPT (or `options.code`)
 */
export function safetensorsHead(prefix: Uint8Array, fileSize: number, options: ReadOptions = {}): number {
  if (fileSize < safetensorsPrefix) throw refused(`it has ${fileSize} bytes`, options);
  const headerBytes = Number(new DataView(prefix.buffer, prefix.byteOffset).getBigUint64(0, true));
  if (headerBytes > maximumHeaderBytes) throw refused(`its header claims ${headerBytes} bytes`, options);
  const head = safetensorsPrefix + headerBytes;
  if (head > fileSize) throw refused('it ends inside its header', options);
  return head;
}

/**
 * What the head of a file says of its tensors.
 * @param head the file's first bytes, as many as `safetensorsHead` says
 * @throws GW_CORRUPT (or `options.code`) when the header or the layout is not exactly what the format allows:
 * unknown types, sizes that disagree, gaps, overlaps or trailing bytes
 */
export function safetensorsLayout(head: Uint8Array, fileSize: number, options: ReadOptions = {}): SafetensorsLayout {
  const refuse = (reason: string, cause?: unknown): GraftworkError => refused(reason, options, cause);
  const start = head.byteLength;
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(head.subarray(safetensorsPrefix)));
  } catch (cause) {
    throw refuse('its header is not JSON', cause);
  }
  if (typeof header !== 'object' || header === null) throw refuse('its header is not an object');
  const { __metadata__: rawMetadata = {}, ...rawEntries } = header as Record<string, unknown>;
  const metadata = metadataSchema.safeParse(rawMetadata);
  if (!metadata.success) throw refuse('its metadata are not texts');

  const tensors = new Map<string, TensorExtent>();
  for (const [tensor, rawEntry] of Object.entries(rawEntries)) {
    const entry = entrySchema.safeParse(rawEntry);
    if (!entry.success) throw refuse(`its header's entry '${tensor}' is invalid`);
    const {
      dtype,
      shape,
      data_offsets: [begin, end],
    } = entry.data;
    if (!isDataType(dtype)) throw refuse(`tensor '${tensor}' has the unsupported type ${dtype}`);
    if (end - begin !== count(shape) * elementBytes[dtype]) {
      throw refuse(`tensor '${tensor}' has ${end - begin} bytes for shape [${shape.join(', ')}] of ${dtype}`);
    }
    if (start + end > fileSize) throw refuse(`it ends inside tensor '${tensor}'`);
    tensors.set(tensor, { dtype, shape, begin: start + begin, end: start + end });
  }
  let position = start;
  const inOrder = [...tensors].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  for (const [tensor, { begin, end }] of inOrder) {
    if (begin !== position)
      throw refuse(`tensor '${tensor}' ${begin < position ? 'overlaps' : 'leaves a gap after'} another`);
    position = end;
  }
  if (position !== fileSize) throw refuse('bytes follow its last tensor');
  return { tensors, metadata: metadata.data };
}

/**
 * Read a whole file held in memory. Tensors are views into `file`.
 * @throws as `safetensorsHead` and `safetensorsLayout`
 */
export function readSafetensors(file: Uint8Array, options: ReadOptions = {}): SafetensorsFile {
  const head = file.subarray(0, safetensorsHead(file, file.byteLength, options));
  const { tensors, metadata } = safetensorsLayout(head, file.byteLength, options);
  const stored = [...tensors].map(([name, { dtype, shape, begin, end }]): [string, StoredTensor] => [
    name,
    { dtype, shape, bytes: file.subarray(begin, end) },
  ]);
  return { tensors: new Map(stored), metadata };
}

function refused(
  reason: string,
  { name = 'safetensors data', code = 'GW_CORRUPT', remedy }: ReadOptions,
  cause?: unknown,
): GraftworkError {
  return new GraftworkError(code, `${name} is not a valid safetensors file: ${reason}.`, {
    ...(remedy === undefined ? {} : { remedy }),
    cause,
  });
}

function isDataType(dtype: string): dtype is DataType {
  return Object.hasOwn(elementBytes, dtype);
}

/** The tensor's values as float32; a view into the file when it is F32 and aligned. @throws GW_CORRUPT for I64 */
export function asFloat32(tensor: StoredTensor): Float32Array {
  const { dtype, bytes } = tensor;
  switch (dtype) {
    case 'F32': {
      const aligned = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes);
      return new Float32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 4);
    }
    case 'F16':
      return float16ToFloat32(words(bytes));
    case 'BF16':
      return bfloat16ToFloat32(words(bytes));
    case 'U8':
      return Float32Array.from(bytes);
    case 'I64':
      throw new GraftworkError('GW_CORRUPT', 'A tensor has 64-bit integers where floating-point numbers are needed.');
  }
}

function words(bytes: Uint8Array): Uint16Array {
  const aligned = bytes.byteOffset % 2 === 0 ? bytes : new Uint8Array(bytes);
  return new Uint16Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 2);
}

/** A tensor to write: float32 values (stored as F32, or F16 when asked) or bytes (U8). */
export interface TensorToWrite {
  shape: readonly number[];
  data: Float32Array | Uint8Array;
  /** @default F32 for float32 values, U8 for bytes */
  dtype?: 'F32' | 'F16' | 'U8';
}

/**
 * The file as pieces, so that large tensors need no second copy: header first, then each tensor's bytes. The bytes
 * depend on the content alone: tensors lie in the order of their names, the header is padded to 8 bytes.
 */
export function safetensorsPieces(
  tensors: Iterable<readonly [name: string, tensor: TensorToWrite]>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array[] {
  // Entries, not assignments: a tensor may be called `__proto__`.
  const header: [string, unknown][] = [];
  const ordered = <V>(entries: Iterable<readonly [string, V]>): (readonly [string, V])[] =>
    [...entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  if (Object.keys(metadata).length > 0) {
    header.push(['__metadata__', Object.fromEntries(ordered(Object.entries(metadata)))]);
  }
  // Widest elements first keeps every tensor aligned to its own element size.
  const encoded = ordered(tensors).map(([name, tensor]) => ({ name, shape: tensor.shape, ...encode(name, tensor) }));
  encoded.sort((a, b) => elementBytes[b.dtype] - elementBytes[a.dtype]);
  let position = 0;
  for (const { name, dtype, shape, bytes } of encoded) {
    header.push([name, { dtype, shape, data_offsets: [position, position + bytes.byteLength] }]);
    position += bytes.byteLength;
  }
  const json = Buffer.from(JSON.stringify(Object.fromEntries(header)));
  const padded = Math.ceil(json.byteLength / 8) * 8;
  const head = Buffer.alloc(8 + padded, ' ');
  head.writeBigUInt64LE(BigInt(padded), 0);
  json.copy(head, 8);
  return [head, ...encoded.map(({ bytes }) => bytes)];
}

/** The whole file as one buffer. See `safetensorsPieces`. */
export function writeSafetensors(
  tensors: Iterable<readonly [name: string, tensor: TensorToWrite]>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  return Buffer.concat(safetensorsPieces(tensors, metadata));
}

function encode(name: string, { shape, data, dtype }: TensorToWrite): { dtype: DataType; bytes: Uint8Array } {
  if (count(shape) !== data.length) {
    throw new RangeError(`tensor '${name}' has ${data.length} values for shape [${shape.join(', ')}]`);
  }
  if (data instanceof Uint8Array) return { dtype: 'U8', bytes: data };
  if (dtype === 'F16') {
    const half = float32ToFloat16(data);
    return { dtype, bytes: new Uint8Array(half.buffer, half.byteOffset, half.byteLength) };
  }
  return { dtype: 'F32', bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
}
