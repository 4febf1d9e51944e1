/** What adapters begin with. Pure. */
import { randomBits, uniformBetween, type KeyPart } from '../../random.js';
import type { NamedArray, NamedArrays } from '../parameters.js';
import type { Adapter } from './lowRank.js';

/**
 * A is uniform in ±1/√in, as in peft (Kaiming-uniform with a = √5); B is zero, so the network begins as it came.
 * @param key of the draw, such as seed and stage
 */
export function initialAdapters(adapters: readonly Adapter[], ...key: readonly KeyPart[]): NamedArrays {
  return new Map(
    adapters.flatMap(({ down, up }): [string, NamedArray][] => {
      const [rank = 0, width = 0] = down.shape;
      const [out = 0] = up.shape;
      const bound = 1 / Math.sqrt(width);
      const base = randomBits(...key, down.name);
      const drawn = Float32Array.from({ length: rank * width }, (_, at) => uniformBetween(-bound, bound, base, at));
      return [
        [down.name, { shape: down.shape, data: drawn }],
        [up.name, { shape: up.shape, data: new Float32Array(out * rank) }],
      ];
    }),
  );
}
