/** The views whose predictions are averaged when a picture is classified more than once. */
import { laterAugmentation, type ViewSettings } from '../../contracts/spec/stages/augmentationSpec.js';
import type { KeyPart } from '../random.js';
import { centreView, viewParameters, type ViewParameters } from './viewParameters.js';

/**
 * View `view` of a picture to be classified: 0 the centre crop, 1 its mirror image where the model was trained with mirror
 * images, then random crops with the flips of training. They are gentler than those of training, which are made hard on
 * purpose: nothing is recoloured or erased, and a crop keeps most of the picture, so that it still shows what it is of.
 */
export function testTimeView(
  augmentation: Pick<ViewSettings, 'horizontalFlip' | 'verticalFlip'>,
  seed: number,
  image: KeyPart,
  view: number,
): ViewParameters {
  const { horizontalFlip, verticalFlip } = augmentation;
  if (view === 1 && horizontalFlip) return { ...centreView, flip: true };
  const gentle: ViewSettings = {
    ...laterAugmentation,
    ...{ horizontalFlip, verticalFlip, colorJitter: 0 },
    cropScale: [0.7, 1],
    cropRatio: [9 / 10, 10 / 9],
  };
  return viewParameters(gentle, seed, image, view);
}
