/** Views that are drawn byte by byte: those with an affine map or with an effect on bytes. */
import { about, compose, identity, type AffineMatrix } from './affine.js';
import { centreOffset } from './centreOffset.js';
import type { ViewCut } from './viewCut.js';
import { changeBytes, effectsOn } from './viewEffects.js';
import type { ViewParameters } from './viewParameters.js';
import { warp } from './warp.js';

/** Whether a view needs more than a cut, flips and what TensorFlow does for a whole batch. */
export function isDrawnByPixel(view: ViewParameters): boolean {
  return view.affine !== null || effectsOn('bytes', view).length > 0;
}

/**
 * A view's square before effects on colours and input. Cut, flips and affine map are one map and one interpolation, so
 * that a rotated view is no more blurred than another, and shows what lies outside the cut instead of an edge.
 * @param square bytes of the stored square, row-major RGB
 * @returns crop×crop×3 bytes
 */
export function drawnPixels(square: Uint8Array, view: ViewParameters, store: number, crop: number): Uint8Array {
  return changeBytes(warp(square, store, sourceOf(view, store, crop), crop), view, crop);
}

/** Where in the stored square each pixel of the view comes from. */
function sourceOf({ box, flip, flipVertically, affine }: ViewCut, store: number, crop: number): AffineMatrix {
  const offset = centreOffset(store, crop) / store;
  const { top, left, bottom, right } = box ?? {
    top: offset,
    left: offset,
    bottom: offset + crop / store,
    right: offset + crop / store,
  };
  const toShares: AffineMatrix = [1 / crop, 0, 0, 0, 1 / crop, 0];
  const flips = about(0.5, 0.5, [flip ? -1 : 1, 0, 0, 0, flipVertically ? -1 : 1, 0]);
  const toSquare: AffineMatrix = [(right - left) * store, 0, left * store, 0, (bottom - top) * store, top * store];
  return [affine ?? identity, flips, toSquare].reduce(compose, toShares);
}
