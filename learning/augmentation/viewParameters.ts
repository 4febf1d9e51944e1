import type { ViewSettings } from '../../contracts/spec/stages/augmentationSpec.js';
import { randomBits, type KeyPart } from '../random.js';
import { centreCut, drawCut, type ViewCut } from './viewCut.js';
import { drawEffects, noEffects, type ViewEffects } from './viewEffects.js';

/** How one view of one image is made from its stored square. */
export type ViewParameters = ViewCut & ViewEffects;

export const centreView: ViewParameters = { ...centreCut, ...noEffects };

/**
 * The view `view` of an image, as a pure function of its arguments: the same in every process, order and epoch.
 * View 0 is always the plain centre crop, which is also what the network sees of validation and test images. Each setting
 * draws under a name of its own, so that switching one on changes nothing of what the others draw.
 * @param seed of the run
 * @param image what names the image for good: its sha256, or its index in the dataset version
 */
export function viewParameters(settings: ViewSettings, seed: number, image: KeyPart, view: number): ViewParameters {
  if (view === 0) return centreView;
  const key = randomBits(seed, 'view', image, view);
  return { ...drawCut(settings, key), ...drawEffects(settings, key) };
}
