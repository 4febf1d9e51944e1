/** Adapters as part of the weights that they stand beside. Pure. */
import type { NamedArray, NamedArrays } from '../parameters.js';
import { adapterNames } from './lowRank.js';

/**
 * A network with what a step has trained: W + scale·B·A where a layer has an adapter. Sums are in float64, so the result depends on
 * nothing but the parameters.
 *
 * @param network in torch order
 * @param trained adapters, and parameters that take the place of the network's own
 * @param scale see `adapterScale`
 */
export function mergedAdapters(network: NamedArrays, trained: NamedArrays, scale: number): NamedArrays {
  const merged = new Map(network);
  const used = new Set<string>();
  for (const [name, weight] of network) {
    const { down, up } = adapterNames(name.replace(/\.weight$/, ''));
    const [a, b] = [trained.get(down), trained.get(up)];
    if (a === undefined || b === undefined) continue;
    merged.set(name, sum(weight, a, b, scale));
    used.add(down).add(up);
  }
  for (const [name, array] of trained) if (!used.has(name)) merged.set(name, array);
  return merged;
}

function sum(
  { shape, data }: NamedArray,
  { shape: [rank = 0, width = 0], data: a }: NamedArray,
  { data: b }: NamedArray,
  scale: number,
): NamedArray {
  const result = new Float32Array(data.length);
  const row = new Float64Array(width);
  for (let start = 0, out = 0; start < data.length; start += width, out++) {
    for (let i = 0; i < width; i++) row[i] = data[start + i]!;
    for (let r = 0; r < rank; r++) {
      const factor = scale * b[out * rank + r]!;
      for (let i = 0; i < width; i++) row[i]! += factor * a[r * width + i]!;
    }
    result.set(row, start);
  }
  return { shape, data: result };
}
