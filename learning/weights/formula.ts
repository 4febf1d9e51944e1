/**
 * Formula weights: parameters computed from their names alone, so that a definition can be compared number by
 * number with another framework's without shipping a weights file (see the golden files' manifest).
 */
import {
  declareParameters,
  type Backbone,
  type NamedArray,
  type NamedArrays,
  type ParameterSpec,
} from '../backbones/architecture.js';

/** FNV-1a, 32 bit, of a text's UTF-8 bytes. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/**
 * `offset + factor·u` for `count` numbers u in [−1, 1) that are a pure function of the name.
 */
export function formulaNumbers(name: string, count: number, offset = 0, factor = 1): Float32Array {
  const seed = fnv1a(name);
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    let x = (seed + Math.imul(i + 1, 0x9e3779b9)) >>> 0;
    x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
    x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
    x = (x ^ (x >>> 15)) >>> 0;
    values[i] = offset + factor * (x / 2 ** 31 - 1);
  }
  return values;
}

/** Offset and factor applied to the formula numbers of one parameter. */
function scale(spec: ParameterSpec): readonly [offset: number, factor: number] {
  switch (spec.kind) {
    case 'bn.weight':
      return [1, 0.2];
    case 'bn.bias':
    case 'bn.running_mean':
      return [0, 0.1];
    case 'bn.running_var':
      return [1, 0.5];
    case 'conv.bias':
    case 'linear.bias':
    case 'norm.bias':
      return [0, 0.05];
    case 'norm.weight':
      return [1, 0.2];
    case 'scale':
      // The golden files go by the name: EVA's `gamma_1` counts as a weight like any other.
      return spec.name.endsWith('gamma') ? [0.5, 0.2] : [0, Math.sqrt(6)];
    case 'tokens':
      return [0, 0.2];
    default:
      return [0, Math.sqrt(6 / spec.shape.slice(1).reduce((product, size) => product * size, 1))];
  }
}

/** Every parameter of a backbone, its classifier's included, in torch order. */
export function formulaParameters(backbone: Backbone, classes = 1000): NamedArrays {
  return new Map(
    declareParameters(backbone, classes, 'own').map((spec): [string, NamedArray] => {
      const [offset, factor] = scale(spec);
      const count = spec.shape.reduce((product, size) => product * size, 1);
      return [spec.name, { shape: spec.shape, data: formulaNumbers(spec.name, count, offset, factor) }];
    }),
  );
}

/** The input golden files use: x[c, h, w] = sin(0.01·(h·size + w) + c), as one NHWC example. */
export function formulaInput(size: number): Float32Array {
  const data = new Float32Array(size * size * 3);
  for (let p = 0; p < size * size; p++) for (let c = 0; c < 3; c++) data[p * 3 + c] = Math.sin(0.01 * p + c);
  return data;
}
