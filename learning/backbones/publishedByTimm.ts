/** What timm publishes of a network's weights, in the words of its own tables, and what follows from it. */
import type { Backbone, InputSpec } from './backbone.js';
import { sameInTimm, sameNames } from './facts.js';
import type { Licence } from './licence.js';

export interface TimmWeights {
  /** Which of the network's weights: what follows its name and a dot in the repository's name. undefined: timm publishes none. */
  tag: string | undefined;
  /** Edge of the square crop that they were trained with, pixels. */
  size: number;
  /** What the crop is of the resized picture's short side. */
  cropShare: number;
  /** Mean and deviation of the pixels: ImageNet's, CLIP's, or 0.5 of each colour. */
  colours: 'imagenet' | 'clip' | 'half';
  /** @default bicubic */
  interpolation?: InputSpec['interpolation'];
  fit?: InputSpec['fit'];
  /** @default Apache-2.0 */
  licence?: Licence;
  /** Of timm's table of results at this size (results-imagenet.csv). */
  imagenetTop1: number | undefined;
  parameterCount: number;
}

export const coloursOf = {
  imagenet: { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
  clip: { mean: [0.48145466, 0.4578275, 0.40821073], std: [0.26862954, 0.26130258, 0.27577711] },
  half: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
} as const;

/** A network that has timm's name and layers, with weights that timm publishes. */
export function publishedByTimm(name: string, published: TimmWeights) {
  const { tag, size, cropShare, colours, interpolation = 'bicubic', fit, licence = 'Apache-2.0' } = published;
  return {
    name,
    input: {
      ...{ size, resize: Math.floor(size / cropShare), interpolation, ...coloursOf[colours] },
      ...(fit === undefined ? {} : { fit }),
    },
    weights: tag === undefined ? undefined : `hf:timm/${name}.${tag}`,
    packaged: undefined,
    licence,
    fileNames: sameNames,
    imagenetTop1: published.imagenetTop1,
    parameterCount: published.parameterCount,
    torchvision: undefined,
    timm: sameInTimm(name),
  } satisfies Partial<Backbone>;
}
