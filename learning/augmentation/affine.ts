/** Affine maps of the plane, as the matrices that say where each pixel of the result comes from. */
import type { ViewSettings } from '../../contracts/spec/stages/augmentationSpec.js';
import { uniformBetween } from '../random.js';

/** [a, b, c, d, e, f]: the point (x, y) of the result is (a·x + b·y + c, d·x + e·y + f) of the source. */
export type AffineMatrix = readonly [number, number, number, number, number, number];

export const identity: AffineMatrix = [1, 0, 0, 0, 1, 0];

/** First `inner`, then `outer`: where `outer` says a point of its source comes from, by `inner`. */
export function compose(inner: AffineMatrix, outer: AffineMatrix): AffineMatrix {
  const [a, b, c, d, e, f] = inner;
  const [g, h, i, j, k, l] = outer;
  return [g * a + h * d, g * b + h * e, g * c + h * f + i, j * a + k * d, j * b + k * e, j * c + k * f + l];
}

/** The map about another point than the origin. */
export function about(x: number, y: number, matrix: AffineMatrix): AffineMatrix {
  return compose(compose([1, 0, -x, 0, 1, -y], matrix), [1, 0, x, 0, 1, y]);
}

/**
 * Inverse of scale · rotation · shear along x, then a shift; torchvision's RandomAffine in shares of the picture: the
 * centre is (0.5, 0.5) and a shift of 1 a whole side.
 */
export function affineMatrix(change: {
  degrees: number;
  shift: readonly [number, number];
  scale: number;
  shearDegrees: number;
}): AffineMatrix {
  const angle = (change.degrees * Math.PI) / 180;
  const shear = Math.tan((change.shearDegrees * Math.PI) / 180);
  const [sin, cos] = [Math.sin(angle), Math.cos(angle)];
  const { scale } = change;
  const [shiftX, shiftY] = change.shift;
  const turned: AffineMatrix = [
    (cos - sin * shear) / scale,
    (sin + cos * shear) / scale,
    0,
    -sin / scale,
    cos / scale,
    0,
  ];
  return compose([1, 0, -shiftX, 0, 1, -shiftY], about(0.5, 0.5, turned));
}

export type AffineSettings = Pick<ViewSettings, 'rotation' | 'translate' | 'scale' | 'shear'>;

/** A view's own rotation, shift, zoom and shear; null when the settings have none. */
export function drawAffine({ rotation, translate, scale, shear }: AffineSettings, key: number): AffineMatrix | null {
  const [least, most] = scale;
  if (rotation === 0 && translate === 0 && shear === 0 && least === 1 && most === 1) return null;
  return affineMatrix({
    degrees: uniformBetween(-rotation, rotation, key, 'rotation'),
    shift: [
      uniformBetween(-translate, translate, key, 'translate x'),
      uniformBetween(-translate, translate, key, 'translate y'),
    ],
    scale: uniformBetween(least, most, key, 'scale'),
    shearDegrees: uniformBetween(-shear, shear, key, 'shear'),
  });
}
