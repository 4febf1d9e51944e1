/** What may be wrong with a picture as such, measured on the square that a network sees. Pure. */

export interface PictureQuality {
  /** Luminance that 95 % of the pixels do not exceed, 0 to 255: dark pictures have nothing bright at all. */
  brightness: number;
  /** Variance of the Laplacian of the luminance (Pech-Pacheco et al. 2000): the less, the more blurred. ≥ 0 */
  sharpness: number;
}

/** Of a video signal (ITU-R BT.601), in thousandths. */
const [red, green, blue] = [299, 587, 114];

/**
 * @param pixels of one square, row-major RGB
 * @param side in pixels, ≥ 3
 */
export function pictureQuality(pixels: Uint8Array, side: number): PictureQuality {
  const luminance = new Float32Array(side * side);
  const histogram = new Uint32Array(256);
  for (let i = 0, at = 0; i < luminance.length; i += 1, at += 3) {
    const value = (red * pixels[at]! + green * pixels[at + 1]! + blue * pixels[at + 2]!) / 1000;
    luminance[i] = value;
    histogram[Math.round(value)]! += 1;
  }
  let [sum, squares] = [0, 0];
  for (let y = 1; y < side - 1; y += 1) {
    for (let i = y * side + 1; i < (y + 1) * side - 1; i += 1) {
      const curvature =
        luminance[i - 1]! + luminance[i + 1]! + luminance[i - side]! + luminance[i + side]! - 4 * luminance[i]!;
      sum += curvature;
      squares += curvature * curvature;
    }
  }
  const count = (side - 2) ** 2;
  const mean = sum / count;
  return { brightness: quantile(histogram, luminance.length), sharpness: Math.max(0, squares / count - mean * mean) };
}

/** Share of the pixels that are no brighter. */
const share = 0.95;

function quantile(histogram: Uint32Array, total: number): number {
  let seen = 0;
  const value = histogram.findIndex((count) => {
    seen += count;
    return seen >= share * total;
  });
  return Math.max(0, value);
}

/**
 * What a picture has to reach, where most pictures of its set do. A set that is dark, soft or small as a whole is what it is: there
 * only those are found that are so beside the others.
 */
export const usualLimit = {
  dark: (brightness: Float32Array): number => Math.min(64, median(brightness) / 2),
  blurred: (sharpness: Float32Array): number => Math.min(60, median(sharpness) / 8),
  /** @param sides shorter sides, in pixels @param crop side of the square that the network sees */
  small: (sides: Float32Array, crop: number): number => Math.min(crop, median(sides)) / 2,
};

function median(values: Float32Array): number {
  return values.toSorted()[Math.floor(values.length / 2)] ?? 0;
}
