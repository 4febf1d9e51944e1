/**
 * How vision transformers are fine-tuned, by their authors' recipes. None of these recipes is for a few hundred pictures: what depends on the
 * size of the data, as rate, batch and epochs do, is the run's recipe's.
 */
import type { Tuning } from '../../tuning.js';
import type { Size } from './visionTransformer.js';

/** Sizes of vision transformers, those that only one family has included. */
type AnySize = Size | 'xsmall' | 'small_plus' | 'base_plus';

const largeSizes: readonly AnySize[] = ['large', 'so400m', 'huge'];

/** Layer-wise rate decay as BEiT introduced it for images: 0.65 up to ViT-B, 0.75 above (Bao et al. 2021; MAE, He et al. 2021). */
const layerDecayOf = (size: AnySize): number => (largeSizes.includes(size) ? 0.75 : 0.65);

/** Fine-tuning on ImageNet-1k of what was trained on ImageNet-21k (README_revenge.md of facebookresearch/deit). ViT-M has no command. */
const dropPathOfDeit3 = { small: 0.05, medium: 0.05, base: 0.15, large: 0.4, huge: 0.45 } as const;

/** AugReg fine-tunes with SGD, clips at 1 and drops nothing (configs/common.py of google-research/vision_transformer). */
export const augregTuning = (size: Size): Tuning => ({
  settings: { layerDecay: layerDecayOf(size), clipNorm: 1 },
  source: 'rate decay of BEiT (Bao et al. 2021), clipping of AugReg (Steiner et al. 2021)',
});

/** DeiT drops as in its training, at 0.1 (main.py of facebookresearch/deit); DINO is fine-tuned by its recipe (Caron et al. 2021). */
export const deitTuning = (size: Size): Tuning => ({
  settings: { layerDecay: layerDecayOf(size), dropPath: 0.1 },
  source: 'rate decay of BEiT (Bao et al. 2021), drop path of DeiT (Touvron et al. 2021)',
});

export const deit3Tuning = (size: Size): Tuning => ({
  settings: { layerDecay: layerDecayOf(size), dropPath: deit3Rate(size) },
  source: 'rate decay of BEiT (Bao et al. 2021), drop path of DeiT III (Touvron et al. 2022)',
});

/**
 * DINOv2's authors fine-tune by DeiT III's recipe (Oquab et al. 2023). Decay and clipping are those that they train with
 * (ssl_default_config.yaml of facebookresearch/dinov2), and DINOv3's are the same.
 */
export const dinov2Tuning = (size: Size | 'small_plus'): Tuning => ({
  settings: { layerDecay: 0.9, dropPath: deit3Rate(size), clipNorm: 3 },
  source: 'rate decay and clipping of DINOv2 (Oquab et al. 2023), drop path of DeiT III (Touvron et al. 2022)',
});

/** Towers of CLIP and SigLIP: BEiT's fine-tuning (its README), whose drop path MAE gives by size (FINETUNE.md of facebookresearch/mae). */
export const beitTuning = (size: AnySize): Tuning => ({
  settings: {
    layerDecay: layerDecayOf(size),
    dropPath: size === 'huge' ? 0.3 : largeSizes.includes(size) ? 0.2 : 0.1,
    clipNorm: largeSizes.includes(size) ? 1 : 3,
  },
  source: 'rate decay and clipping of BEiT (Bao et al. 2021), drop path of MAE (He et al. 2021)',
});

function deit3Rate(size: AnySize): number {
  return size in dropPathOfDeit3 ? dropPathOfDeit3[size as keyof typeof dropPathOfDeit3] : dropPathOfDeit3.small;
}
