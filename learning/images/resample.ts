/**
 * Resampling exactly as PIL and torchvision do it, for the two places where “nearly” is not enough: enlarging (libvips
 * places enlarged pixels by another convention, half a pixel off, which a network notices) and perceptual hashes (a few
 * grey levels turn a bit).
 */

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

export interface Raster {
  width: number;
  height: number;
  channels: 1 | 3;
  /** height×width×channels bytes, row-major. */
  pixels: Uint8Array;
}

/**
 * Separable, antialiased resampling with pixel centres at half-integers: rows, then columns, rounded to bytes in between
 * (`Image.resize` of PIL).
 *
 * @returns height×width×channels bytes of the target, row-major
 */
export function resample(source: Raster, target: { width: number; height: number }, filter: FilterName): Uint8Array {
  const { channels } = source;
  const wide = new Uint8Array(source.height * target.width * channels);
  pass(source.pixels, wide, tapsFor(source.width, target.width, filters[filter]), channels, {
    lines: source.height,
    from: { line: source.width * channels, step: channels },
    to: { line: target.width * channels, step: channels },
  });
  const result = new Uint8Array(target.height * target.width * channels);
  pass(wide, result, tapsFor(source.height, target.height, filters[filter]), channels, {
    lines: target.width,
    from: { line: channels, step: target.width * channels },
    to: { line: channels, step: target.width * channels },
  });
  return result;
}

/** For each target position: its first source position, and the weights of the `count` positions from there on. */
interface Taps {
  positions: { first: number; weights: Float64Array }[];
}

function tapsFor(from: number, to: number, { support, weight }: Filter): Taps {
  const scale = Math.max(1, from / to);
  const radius = support * scale;
  const positions = Array.from({ length: to }, (_, position) => {
    const centre = ((position + 0.5) * from) / to;
    const first = Math.max(0, Math.trunc(centre - radius + 0.5));
    const end = Math.min(from, Math.trunc(centre + radius + 0.5));
    const weights = Float64Array.from({ length: end - first }, (_value, tap) =>
      weight((first + tap - centre + 0.5) / scale),
    );
    const sum = weights.reduce((total, value) => total + value, 0);
    return { first, weights: weights.map((value) => value / sum) };
  });
  return { positions };
}

interface Walk {
  lines: number;
  /** Distances in bytes between lines, and between positions of a line. */
  from: { line: number; step: number };
  to: { line: number; step: number };
}

function pass(source: Uint8Array, target: Uint8Array, { positions }: Taps, channels: number, walk: Walk): void {
  for (const [position, { first, weights }] of positions.entries()) {
    for (let line = 0; line < walk.lines; line += 1) {
      for (let channel = 0; channel < channels; channel += 1) {
        let at = line * walk.from.line + first * walk.from.step + channel;
        let sum = 0.5;
        for (let tap = 0; tap < weights.length; tap += 1, at += walk.from.step) {
          sum += (weights[tap] ?? 0) * (source[at] ?? 0);
        }
        // Halves go up, and overshoot of the cubic and Lanczos kernels is cut.
        target[line * walk.to.line + position * walk.to.step + channel] = Math.min(255, Math.max(0, Math.floor(sum)));
      }
    }
  }
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
