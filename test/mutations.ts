/** Ways in which stored bytes go bad. All are functions of the random numbers given, so that a finding can be repeated. */
export type Random = () => number;

/** mulberry32: small, seeded, good enough to choose places and bits. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function choose<T>(random: Random, from: readonly T[]): T {
  return from[Math.floor(random() * from.length)] as T;
}

type Mutate = (bytes: Buffer, random: Random, stranger: Buffer) => Buffer;

const flip = (bytes: Buffer, random: Random): void => {
  const at = Math.floor(random() * bytes.length);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(random() * 8));
};

/** @param stranger another stored object's bytes */
export const mutations: Record<string, Mutate> = {
  'one bit flipped': (bytes, random) => {
    const changed = Buffer.from(bytes);
    flip(changed, random);
    return changed;
  },
  'one bit flipped near the beginning': (bytes, random) => {
    const changed = Buffer.from(bytes);
    flip(changed.subarray(0, 200), random);
    return changed;
  },
  'many bits flipped': (bytes, random) => {
    const changed = Buffer.from(bytes);
    for (let i = 0; i < 17; i++) flip(changed, random);
    return changed;
  },
  'another digit in place of one': (bytes, random) => {
    const changed = Buffer.from(bytes);
    const from = Math.floor(random() * changed.length);
    const isDigit = (byte: number): boolean => byte >= 48 && byte <= 57;
    const found = changed.subarray(from).findIndex(isDigit);
    const at = found === -1 ? changed.findIndex(isDigit) : from + found;
    const digit = changed[at];
    if (digit === undefined) flip(changed, random);
    else changed[at] = 48 + ((digit - 48 + 1 + Math.floor(random() * 9)) % 10);
    return changed;
  },
  'cut short': (bytes, random) => bytes.subarray(0, Math.floor(random() * bytes.length)),
  'one byte short': (bytes) => bytes.subarray(0, -1),
  empty: () => Buffer.alloc(0),
  'bytes behind the end': (bytes, random) => Buffer.concat([bytes, Buffer.from([Math.floor(random() * 256)])]),
  'a page of zeros': (bytes, random) => {
    const changed = Buffer.from(bytes);
    const at = Math.floor(random() * changed.length);
    const page = changed.subarray(at, at + 4096);
    if (page.every((byte) => byte === 0)) flip(changed, random);
    else page.fill(0);
    return changed;
  },
  'two pages exchanged': (bytes, random) => {
    const half = Math.floor(bytes.length / 2);
    const exchanged = Buffer.concat([bytes.subarray(half), bytes.subarray(0, half)]);
    if (exchanged.equals(bytes)) flip(exchanged, random);
    return exchanged;
  },
  'another object in its place': (_bytes, _random, stranger) => stranger,
};
