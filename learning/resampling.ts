/** Filters of antialiased resampling, as PIL, torchvision and timm have them: pixel centres lie at half-integers. */

/** Kernel with its radius in source pixels (in target pixels when reducing). */
interface Filter {
  support: number;
  weight: (distance: number) => number;
}

const filters = {
  bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  /** Keys 1981, a = −0.5. */
  bicubic: { support: 2, weight: keysCubic },
  lanczos: { support: 3, weight: (x) => (Math.abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0) },
} as const satisfies Record<string, Filter>;

export type FilterName = keyof typeof filters;

/** How far the filter reaches, in positions of the row before: farther where that row is the longer one. */
export function radiusOf(from: number, to: number, filter: FilterName): number {
  return filters[filter].support * Math.max(1, from / to);
}

/**
 * What one position of a resampled row takes from the row before.
 * @param from length of that row @param to length of the resampled one
 * @returns weights of the values from `low` on; their sum is 1
 */
export function tapsAt(
  from: number,
  to: number,
  position: number,
  filter: FilterName,
): { low: number; weights: number[] } {
  const { weight }: Filter = filters[filter];
  const scale = Math.max(1, from / to);
  const radius = radiusOf(from, to, filter);
  const centre = ((position + 0.5) * from) / to;
  const low = Math.max(0, Math.trunc(centre - radius + 0.5));
  const high = Math.min(from, Math.trunc(centre + radius + 0.5));
  const own = Array.from({ length: high - low }, (_, tap) => weight((low + tap - centre + 0.5) / scale));
  const sum = own.reduce((total, value) => total + value, 0);
  return { low, weights: own.map((value) => value / sum) };
}

function keysCubic(x: number): number {
  const t = Math.abs(x);
  if (t < 1) return (1.5 * t - 2.5) * t * t + 1;
  if (t < 2) return ((-0.5 * t + 2.5) * t - 4) * t + 2;
  return 0;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}
