/** Sizes and positions by torchvision's rules, so that pictures reach the network as in its training. */

export interface Size {
  width: number;
  height: number;
}

/** `Resize(short)`: the longer side is cut, not rounded, to whole pixels. */
export function resizedSize({ width, height }: Size, short: number): Size {
  return width <= height
    ? { width: short, height: Math.trunc((short * height) / width) }
    : { width: Math.trunc((short * width) / height), height: short };
}

/** `CenterCrop`: first pixel of a centred window, halves rounded to even as in Python. */
export function centreOffset(length: number, window: number): number {
  return roundHalfToEven((length - window) / 2);
}

/**
 * First pixel of the stored window such that the network's own centre crop, cut from it later, is the very crop that
 * torchvision would have cut from the whole picture (two roundings in a row may be a pixel off).
 */
export function storedOffset(length: number, store: number, crop: number): number {
  const offset = centreOffset(length, crop) - centreOffset(store, crop);
  return Math.min(Math.max(offset, 0), length - store);
}

function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
