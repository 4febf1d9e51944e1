/**
 * Which values mean black and white in a picture of more than 8 bits a channel. Cameras and scanners store 12 bits in 16, other
 * programs floats of 0 to 1: read as their format says, such pictures are nearly black.
 */
import type { Sharp } from 'sharp';

/** Values that become 0 and 255. */
export interface ValueRange {
  black: number;
  white: number;
}

/** What a picture's greatest value may be meant to be: 8, 10, 12, 14 or 16 bits. */
const wholeLevels = [255, 1023, 4095, 16383, 65535];

/** Share by which floats may lie above their white, as resampling leaves them. */
const overshoot = 0.05;

/** What `preprocess.range: auto` reads as black and white. @param isFloat whether the values are no whole numbers */
export function fittingRange(least: number, greatest: number, isFloat: boolean): ValueRange {
  if (least < 0) return { black: least, white: greatest };
  const white = isFloat
    ? [1, ...wholeLevels].find((level) => greatest <= level * (1 + overshoot))
    : wholeLevels.find((level) => greatest <= level);
  return { black: 0, white: white ?? greatest };
}

/** White of the colour spaces of libvips that a PNG or TIFF of more than 8 bits is opened in. Others are left as they are. */
const whites: Record<string, number> = { grey16: 65535, rgb16: 65535, 'b-w': 255, srgb: 255, rgb: 255 };

/** Whole numbers of 8 bits have no other range than their own. */
const usual = new Set(['uchar', 'char']);

export interface UnusualRange extends ValueRange {
  /** White as the file's format has it; black is 0. */
  usualWhite: number;
}

/**
 * The range of a PNG or TIFF whose values say that it is not its format's: less than a quarter is used, or more than there is.
 * Undefined for every other picture, and for floats with transparency, whose opacity has no known range. Decodes the picture.
 *
 * @param picture as opened, nothing done to it yet
 */
export async function unusualRange(picture: Sharp): Promise<UnusualRange | undefined> {
  const { depth, space, format, hasAlpha } = await picture.metadata();
  const usualWhite = whites[space];
  if (usual.has(depth) || usualWhite === undefined || !['png', 'tiff'].includes(format)) return undefined;
  if (hasAlpha && depth !== 'ushort') return undefined;
  const all = (await picture.stats()).channels;
  const channels = hasAlpha ? all.slice(0, -1) : all;
  const least = Math.min(...channels.map(({ min }) => min));
  const greatest = Math.max(...channels.map(({ max }) => max));
  // A picture of one value, black above all, looks the same in any range.
  if (!Number.isFinite(least) || !Number.isFinite(greatest) || greatest <= least) return undefined;
  const { black, white } = fittingRange(least, greatest, ['float', 'double'].includes(depth));
  return black === 0 && white === usualWhite ? undefined : { black, white, usualWhite };
}

/** Spreads a range over that of the file's format. */
export function spread(picture: Sharp, { black, white, usualWhite }: UnusualRange): Sharp {
  const factor = usualWhite / (white - black);
  return picture.linear(factor, -black * factor);
}

/** What is put behind a transparent picture before its range is spread, as sharp takes it: it becomes white. */
export function whiteBehind({ white, usualWhite }: UnusualRange): { r: number; g: number; b: number } {
  // sharp takes 8 bits, and shifts them for 16.
  const level = Math.min(255, Math.round((255 * (white + 1)) / (usualWhite + 1)));
  return { r: level, g: level, b: level };
}
