/**
 * Pillow's colour operations on bytes, as RandAugment is defined by them: the same integer and float32 arithmetic, so
 * that results agree byte for byte.
 */

/** Grey value of a colour (ITU-R 601), fixed point as Pillow's conversion to `L`. */
function grey(red: number, green: number, blue: number): number {
  return (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16;
}

/** `Image.blend` of one byte: from `from` towards `to`, cut to 0…255, truncated. @param factor float32 */
function blend(from: number, to: number, factor: number): number {
  const value = Math.fround(from + Math.fround(factor * (to - from)));
  return value <= 0 ? 0 : value >= 255 ? 255 : Math.trunc(value);
}

/** Each byte by a table of its channel. */
function look(pixels: Uint8Array, [red, green, blue]: readonly [Uint8Array, Uint8Array, Uint8Array]): Uint8Array {
  const result = new Uint8Array(pixels.length);
  for (let i = 0; i < pixels.length; i += 3) {
    result[i] = red[pixels[i] as number] as number;
    result[i + 1] = green[pixels[i + 1] as number] as number;
    result[i + 2] = blue[pixels[i + 2] as number] as number;
  }
  return result;
}

function table(of: (value: number) => number): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, value) => of(value));
}

function lookSame(pixels: Uint8Array, of: (value: number) => number): Uint8Array {
  const one = table(of);
  return look(pixels, [one, one, one]);
}

/** A table of its own for each channel, made from that channel's histogram. */
function lookByHistogram(pixels: Uint8Array, tableOf: (histogram: Int32Array) => Uint8Array): Uint8Array {
  const histograms = [new Int32Array(256), new Int32Array(256), new Int32Array(256)] as const;
  const [red, green, blue] = histograms;
  for (let i = 0; i < pixels.length; i += 3) {
    count(red, pixels[i] as number);
    count(green, pixels[i + 1] as number);
    count(blue, pixels[i + 2] as number);
  }
  return look(pixels, [tableOf(red), tableOf(green), tableOf(blue)]);
}

function count(histogram: Int32Array, value: number): void {
  histogram[value] = (histogram[value] as number) + 1;
}

/** Towards black (`factor` < 1) or away from it. */
export function brightness(pixels: Uint8Array, factor: number): Uint8Array {
  const share = Math.fround(factor);
  return lookSame(pixels, (value) => blend(0, value, share));
}

/** Towards the picture's mean grey, or away from it. */
export function contrast(pixels: Uint8Array, factor: number): Uint8Array {
  let sum = 0;
  for (let i = 0; i < pixels.length; i += 3) {
    sum += grey(pixels[i] as number, pixels[i + 1] as number, pixels[i + 2] as number);
  }
  const mean = Math.trunc(sum / (pixels.length / 3) + 0.5);
  const share = Math.fround(factor);
  return lookSame(pixels, (value) => blend(mean, value, share));
}

/** Each pixel towards its own grey, or away from it. */
export function saturation(pixels: Uint8Array, factor: number): Uint8Array {
  const share = Math.fround(factor);
  const result = new Uint8Array(pixels.length);
  for (let i = 0; i < pixels.length; i += 3) {
    const own = grey(pixels[i] as number, pixels[i + 1] as number, pixels[i + 2] as number);
    for (let c = i; c < i + 3; c++) result[c] = blend(own, pixels[c] as number, share);
  }
  return result;
}

/**
 * Towards a smoothed picture (3×3, the middle five times as heavy), or away from it. The border has no neighbours, so it
 * stays as it is.
 * @param side of the square, in pixels
 */
export function sharpness(pixels: Uint8Array, factor: number, side: number): Uint8Array {
  const share = Math.fround(factor);
  const row = side * 3;
  const result = Uint8Array.from(pixels);
  for (let y = 1; y < side - 1; y++) {
    for (let i = y * row + 3, end = (y + 1) * row - 3; i < end; i++) {
      const sum =
        (pixels[i - row - 3] as number) +
        (pixels[i - row] as number) +
        (pixels[i - row + 3] as number) +
        (pixels[i - 3] as number) +
        5 * (pixels[i] as number) +
        (pixels[i + 3] as number) +
        (pixels[i + row - 3] as number) +
        (pixels[i + row] as number) +
        (pixels[i + row + 3] as number);
      // The sum's thirteenth to the nearest whole; 2·sum + 13 is odd, so there are no halves to decide.
      result[i] = blend(Math.trunc((2 * sum + 13) / 26), pixels[i] as number, share);
    }
  }
  return result;
}

/** Only the highest `bits` of each byte. */
export function posterize(pixels: Uint8Array, bits: number): Uint8Array {
  const mask = 0xff & ~(2 ** (8 - bits) - 1);
  return lookSame(pixels, (value) => value & mask);
}

/** What is not darker than the threshold is inverted. */
export function solarize(pixels: Uint8Array, threshold: number): Uint8Array {
  return lookSame(pixels, (value) => (value < threshold ? value : 255 - value));
}

/** Each channel stretched to 0…255. */
export function autoContrast(pixels: Uint8Array): Uint8Array {
  return lookByHistogram(pixels, (histogram) => {
    const low = histogram.findIndex((times) => times > 0);
    const high = histogram.findLastIndex((times) => times > 0);
    if (high <= low) return table((value) => value);
    const scale = 255 / (high - low);
    return table((value) => Math.min(255, Math.max(0, Math.trunc(value * scale - low * scale))));
  });
}

/** Each channel's histogram made even. */
export function equalize(pixels: Uint8Array): Uint8Array {
  return lookByHistogram(pixels, (histogram) => {
    const present = histogram.filter((times) => times > 0);
    const step = Math.floor((pixels.length / 3 - (present.at(-1) ?? 0)) / 255);
    if (present.length <= 1 || step === 0) return table((value) => value);
    let below = Math.floor(step / 2);
    return table((value) => {
      const level = Math.min(255, Math.floor(below / step));
      below += histogram[value] as number;
      return level;
    });
  });
}
