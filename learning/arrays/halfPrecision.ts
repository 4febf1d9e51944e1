/** IEEE binary16 and bfloat16 to float32 and back. */

/** Every float16 as float32, by its bit pattern: 256 KB once, then one lookup per value. */
let table: Float32Array | undefined;

function decodingTable(): Float32Array {
  return (table ??= Float32Array.from({ length: 65536 }, (_, bits) => {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 0x1f;
    const fraction = bits & 0x3ff;
    if (exponent === 0) return sign * fraction * 2 ** -24;
    if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
    return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  }));
}

export function float16ToFloat32(bits: Uint16Array): Float32Array {
  const decoded = decodingTable();
  const values = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) values[i] = decoded[bits[i]!]!;
  return values;
}

/** bfloat16 is the upper half of a float32. */
export function bfloat16ToFloat32(bits: Uint16Array): Float32Array {
  const wide = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) wide[i] = bits[i]! << 16;
  return new Float32Array(wide.buffer);
}

/** Rounds to nearest, ties to even; too large becomes infinity, too small a subnormal or zero. */
export function float32ToFloat16(values: Float32Array): Uint16Array {
  const source = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const half = new Uint16Array(values.length);
  for (let i = 0; i < source.length; i++) {
    const x = source[i]!;
    const sign = (x >>> 16) & 0x8000;
    const magnitude = x & 0x7fffffff;
    half[i] = sign | encodeMagnitude(magnitude);
  }
  return half;
}

function encodeMagnitude(magnitude: number): number {
  if (magnitude > 0x7f800000) return 0x7e00; // NaN
  if (magnitude >= 0x47800000) return 0x7c00; // 65536 and above
  if (magnitude < 0x38800000) {
    // Subnormal: a multiple of 2^-24. Shifted so far that nothing is left, it is zero.
    const shift = 126 - (magnitude >>> 23);
    if (shift > 24) return 0;
    return roundShift((magnitude & 0x7fffff) | 0x800000, shift);
  }
  // Rebias the exponent from 127 to 15; a carry out of the fraction rightly raises the exponent.
  return roundShift(magnitude - 0x38000000, 13);
}

/** x / 2^shift, to the nearest integer, ties to even. */
function roundShift(x: number, shift: number): number {
  const kept = x >>> shift;
  const rest = x & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  return rest > half || (rest === half && kept & 1) ? kept + 1 : kept;
}
