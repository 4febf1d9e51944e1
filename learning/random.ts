/**
 * Randomness without a state: every number is a pure function of a key such as (seed, stage, epoch, step, sample).
 * Nothing has to be stored to resume, and no order of calls can change a result.
 */
export type KeyPart = number | string;

const goldenRatio = 0x9e3779b9;

/** Finaliser of 32-bit integers with low bias ("lowbias32", Chris Wellons' hash prospector). */
function mix(x: number): number {
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return (x ^ (x >>> 15)) >>> 0;
}

/** FNV-1a, 32 bits, over UTF-16 code units. */
function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** 32 hashed bits of a key. Each part is mixed in at its own position, so (1, 2) and (2, 1) differ. */
export function randomBits(...key: readonly KeyPart[]): number {
  let hash = 0;
  for (const part of key) {
    if (typeof part === 'string') hash = mix(hash + goldenRatio + hashText(part));
    else {
      // Integers beyond 32 bits count in full: the high word is mixed in as well.
      hash = mix(hash + goldenRatio + (part >>> 0));
      const high = Math.floor(part / 2 ** 32);
      if (high !== 0) hash = mix(hash ^ (high >>> 0));
    }
  }
  return hash;
}

/** In the open interval (0, 1), 32 bits fine. */
export function uniform(...key: readonly KeyPart[]): number {
  return (randomBits(...key) + 0.5) / 2 ** 32;
}

/** In (low, high). */
export function uniformBetween(low: number, high: number, ...key: readonly KeyPart[]): number {
  return low + (high - low) * uniform(...key);
}

/** Standard normal (Box & Muller 1958). */
export function normal(...key: readonly KeyPart[]): number {
  const radius = Math.sqrt(-2 * Math.log(uniform(...key, 'radius')));
  return radius * Math.cos(2 * Math.PI * uniform(...key, 'angle'));
}

/** 0 … n−1 in random order (Fisher & Yates, as Durstenfeld 1964). */
export function permutation(n: number, ...key: readonly KeyPart[]): Int32Array {
  const order = Int32Array.from({ length: n }, (_, i) => i);
  const base = randomBits(...key);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(uniform(base, i) * (i + 1));
    const swapped = order[i] as number;
    order[i] = order[j] as number;
    order[j] = swapped;
  }
  return order;
}
