/** First row and column of a centre crop, rounded as torchvision's CenterCrop does (half to even, as Python). */
export function centreOffset(store: number, crop: number): number {
  const half = (store - crop) / 2;
  return Number.isInteger(half) ? half : 2 * Math.round(half / 2);
}
