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

/** Sides in pixels: of the resized picture, of the stored square, and of the crop that the network sees of it. */
export interface SquareSizes {
  resize: number;
  store: number;
  crop: number;
}

/**
 * The whole picture in the stored square, its longer side made `resize`: its size there and its first pixel. Cut to `crop` later,
 * it is where timm's `ResizeKeepRatio` and `CenterCropOrPad` put it (mode `border`).
 */
export function paddedPlace(
  { width, height }: Size,
  { resize, store, crop }: SquareSizes,
): Size & { left: number; top: number } {
  const longer = Math.max(width, height);
  const scaled = (side: number): number => Math.max(1, roundHalfToEven((side * resize) / longer));
  const first = (length: number): number => {
    const inCrop = length <= crop ? Math.floor((crop - length) / 2) : -centreOffset(length, crop);
    return Math.min(Math.max(centreOffset(store, crop) + inCrop, 0), store - length);
  };
  const size = { width: scaled(width), height: scaled(height) };
  return { ...size, left: first(size.width), top: first(size.height) };
}

/** Share of the picture that the network sees of it, of its area: 1 where the crop shows all. */
export function shownShare(
  { width, height }: Size,
  { resize, crop, fit }: Pick<SquareSizes, 'resize' | 'crop'> & { fit?: 'pad' | 'squash' | undefined },
): number {
  const shorter = Math.min(width, height);
  const ofSide = (side: number): number => {
    const scaled = fit === 'squash' ? resize : (side * resize) / (fit === 'pad' ? Math.max(width, height) : shorter);
    return Math.min(1, crop / scaled);
  };
  return ofSide(width) * ofSide(height);
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

/** As Python and C's `rint` round. */
export function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
