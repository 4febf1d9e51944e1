/**
 * Mixup and CutMix of training batches. A batch is what is cached, so pictures are mixed where the frozen network ends, not
 * where it begins: in pooled features for a head, in the activations at the cut for a fine-tune stage.
 *
 * Mixup there is manifold mixup (Verma et al. 2019) at a fixed layer.
 *
 * CutMix there cuts the map of activations: a rectangle of cells of one picture is replaced by the same cells of another,
 * and the labels' share is the share of the cells. A cell stands for the part of the picture it lies over, so this is
 * CutMix on a coarser grid; unlike on pixels, cells beside the seam have seen some of what was cut away, since they look
 * further than their own part. Pooled features have no places left, and the mean over a cut map is close to the mean of
 * the means weighted by area: for a head CutMix is mixup with the share of a rectangle's area. So it is for sequences: their first
 * token stands for the whole picture, and a run of the others is no rectangle.
 */
import type { MixingSettings } from '../../contracts/spec/stages/augmentationSpec.js';
import { normal, randomBits, uniform, type KeyPart } from '../random.js';
import { tf, type Tensor, type Tensor4D } from '../tensorflow.js';

/** How one batch is mixed: every picture with the next one of the batch, which is in random order already. */
export interface Mixing {
  /** Share of each picture's own label and content, 0…1; the rest is its partner's. */
  readonly share: number;
  /** Cells of the map that are the partner's, `bottom` and `right` exclusive; null: the two are blended everywhere. */
  readonly cells: { top: number; left: number; bottom: number; right: number } | null;
}

/** Each kind of mixing: what it does where it was drawn a share. @param base key of the step */
const kinds: {
  readonly [Name in keyof MixingSettings]: (share: number, shape: readonly number[], base: number) => Mixing;
} = {
  mixup: (share) => ({ share, cells: null }),
  cutmix: (share, [height, width, channels], base) =>
    height === undefined || width === undefined || channels === undefined || isSequence(height, width)
      ? { share, cells: null }
      : cutCells(share, height, width, base),
};

/** Tokens are a map of one row. */
function isSequence(height: number, width: number): boolean {
  return height === 1 && width > 1;
}

/**
 * The mixing of a training step, as a pure function of its arguments. Of several kinds that are on, each step draws one.
 * @param settings α of each kind; 0 switches it off
 * @param shape of one picture's features: [channels], [height, width, channels], or [1, tokens, channels]
 * @param key of the step, e.g. (seed, stage, epoch, step)
 * @returns null when nothing is mixed
 */
export function drawMixing(
  settings: MixingSettings,
  shape: readonly number[],
  ...key: readonly KeyPart[]
): Mixing | null {
  const names = Object.keys(kinds) as (keyof MixingSettings)[];
  const on = names.filter((name) => settings[name] > 0);
  const base = randomBits(...key, 'mixing');
  const name = on[Math.floor((randomBits(base, 'which') / 2 ** 32) * on.length)];
  return name === undefined ? null : kinds[name](beta(settings[name], base), shape, base);
}

/** A rectangle of 1 − `share` of the map about a random point, cut off at the edge (Yun et al. 2019); exact share. */
function cutCells(share: number, height: number, width: number, base: number): Mixing {
  const side = Math.sqrt(1 - share);
  const range = (length: number, name: string): [number, number] => {
    const middle = Math.floor(uniform(base, name) * length);
    const half = (side * length) / 2;
    return [Math.max(0, Math.round(middle - half)), Math.min(length, Math.round(middle + half))];
  };
  const [top, bottom] = range(height, 'row');
  const [left, right] = range(width, 'column');
  return { share: 1 - ((bottom - top) * (right - left)) / (height * width), cells: { top, left, bottom, right } };
}

/**
 * Own features with the partners' in them.
 * @param own [batch, ...shape]
 * @param partners of the same shape, row by row
 * @returns a new tensor of that shape
 */
export function mix(own: Tensor, partners: Tensor, { share, cells }: Mixing): Tensor {
  return tf.tidy(() => {
    if (cells === null) return tf.add(tf.mul(own, share), tf.mul(partners, 1 - share));
    const [, height, width] = (own as Tensor4D).shape;
    const kept = new Float32Array(height * width).fill(1);
    for (let row = cells.top; row < cells.bottom; row++) {
      kept.fill(0, row * width + cells.left, row * width + cells.right);
    }
    const mask = tf.tensor4d(kept, [1, height, width, 1]);
    return tf.add(tf.mul(own, mask), tf.mul(partners, tf.sub(1, mask)));
  });
}

/** From Beta(α, α): the share of one of two gammas in their sum. */
function beta(alpha: number, key: number): number {
  const [first, second] = [gamma(alpha, key, 'first'), gamma(alpha, key, 'second')];
  // A tiny α makes both vanish in floating point; then one of the two has it all.
  return first + second > 0 ? first / (first + second) : randomBits(key, 'all') >= 2 ** 31 ? 1 : 0;
}

/** From Gamma(shape, 1), by Marsaglia & Tsang 2000; below 1 by their boost. */
function gamma(shape: number, ...key: readonly KeyPart[]): number {
  if (shape < 1) return gamma(shape + 1, ...key) * uniform(...key, 'boost') ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (let attempt = 0; ; attempt++) {
    const x = normal(...key, attempt);
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(uniform(...key, 'accept', attempt)) < (x * x) / 2 + d - d * v + d * Math.log(v)) return d * v;
  }
}
