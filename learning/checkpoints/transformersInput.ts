/** How transformers' image processors prepare a picture, as an input specification. */
import { z } from 'zod';
import type { InputSpec } from '../backbones/architecture.js';
import { deviationSchema, meanSchema, sideSchema } from './configuration.js';
import { parseFields } from './jsonFile.js';
import { notCovered } from './refusals.js';
import type { Figures } from './transformersFamilies.js';

const sizeSchema = z.union([
  sideSchema,
  z.object({ shortest_edge: sideSchema }),
  z.object({ height: sideSchema, width: sideSchema }),
]);

const processorSchema = z.looseObject({
  image_processor_type: z.string().optional(),
  feature_extractor_type: z.string().optional(),
  do_resize: z.boolean().default(true),
  size: sizeSchema.optional(),
  do_center_crop: z.boolean().optional(),
  crop_size: sizeSchema.optional(),
  crop_pct: z.number().gt(0).max(1).nullish(),
  resample: z.number().int().optional(),
  do_rescale: z.boolean().default(true),
  rescale_factor: z.number().optional(),
  do_normalize: z.boolean().default(true),
  image_mean: meanSchema.optional(),
  image_std: deviationSchema.optional(),
});
type Processor = z.infer<typeof processorSchema>;

const imagenet = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;
const half = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] } as const;
const ofClip = {
  mean: [0.48145466, 0.4578275, 0.40821073],
  std: [0.26862954, 0.26130258, 0.27577711],
} as const;

/** From this size on, ConvNeXt's processor shows the whole picture and cuts nothing off. */
const wholeFrom = 384;

/** What the crop is of the edge below that size, and for most processors that crop. */
const usualShare = 224 / 256;

/** As the processors of the families have them where a file says nothing. */
interface Kind {
  resample: number;
  normalisation: Pick<InputSpec, 'mean' | 'std'>;
  /** Whether the centre is cut out: its share of the resized edge, and its edge where the network does not say. */
  crop?: { share: number; size?: number };
  /** Whether one number means a square, and not the short side. */
  isSquare: boolean;
}

const kinds: Readonly<Record<string, Kind>> = {
  ConvNext: { resample: 3, normalisation: imagenet, isSquare: false },
  // DINOv2's positions are learned for 518 pixels; its authors evaluate at 224.
  Bit: { resample: 3, normalisation: imagenet, crop: { share: usualShare, size: 224 }, isSquare: false },
  ViT: { resample: 2, normalisation: half, isSquare: true },
  DINOv3ViT: { resample: 2, normalisation: imagenet, isSquare: true },
  DeiT: { resample: 3, normalisation: half, crop: { share: usualShare }, isSquare: true },
  CLIP: { resample: 3, normalisation: ofClip, crop: { share: 1 }, isSquare: false },
  Siglip: { resample: 3, normalisation: half, isSquare: true },
};

/** Pillow's numbers. */
const interpolations: Readonly<Record<number, InputSpec['interpolation']>> = { 2: 'bilinear', 3: 'bicubic' };

/**
 * @param usual the processor of the family's published repositories, where the file names none
 * @param imageSize edge of the pictures the network was trained on, where the file names none
 * @throws GraftworkError GW_WEIGHTS_REFUSED, GW_BACKBONE_UNKNOWN naming the key
 */
export function transformersInput(
  { json, source }: { json: Figures; source: string },
  usual: string,
  imageSize: number,
): InputSpec {
  const processor = parseFields(processorSchema, json, source);
  const type = processor.image_processor_type ?? processor.feature_extractor_type ?? usual;
  const name = /^[A-Za-z0-9]*?(?=(?:ImageProcessor|FeatureExtractor))/.exec(type)?.[0] ?? type;
  const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
  if (kind === undefined) throw notCovered(source, `there is no ${type} here`);
  const { resample = kind.resample, rescale_factor = 1 / 255 } = processor;
  const interpolation = interpolations[resample];
  if (interpolation === undefined) throw notCovered(source, `there is no interpolation for resample ${resample} here`);
  if (!processor.do_resize) throw notCovered(source, 'do_resize false leaves each picture its own size');
  if (!processor.do_rescale || Math.abs(rescale_factor * 255 - 1) > 1e-3) {
    throw notCovered(source, 'its pictures are not brought to the range of 0 to 1');
  }
  const { mean, std } = kind.normalisation;
  const values = processor.do_normalize
    ? { mean: processor.image_mean ?? mean, std: processor.image_std ?? std }
    : { mean: [0, 0, 0] as const, std: [1, 1, 1] as const };
  const shape = name === 'ConvNext' ? convnextShape : shapeOf;
  return { ...shape(processor, kind, source, imageSize), interpolation, ...values };
}

type Shape = Pick<InputSpec, 'size' | 'resize' | 'fit'>;

const whole = (size: number): Shape => ({ size, resize: size, fit: 'squash' });

function convnextShape(processor: Processor, _kind: Kind, source: string, imageSize: number): Shape {
  const size = side(processor.size ?? imageSize, source);
  if (size >= wholeFrom) return whole(size);
  return { size, resize: Math.floor(size / (processor.crop_pct ?? usualShare)) };
}

function shapeOf(processor: Processor, kind: Kind, source: string, imageSize: number): Shape {
  if (!(processor.do_center_crop ?? kind.crop !== undefined)) {
    const { size: given = imageSize } = processor;
    if (typeof given === 'object' && 'shortest_edge' in given) {
      throw notCovered(source, 'without do_center_crop, shortest_edge leaves pictures that are no squares');
    }
    return whole(side(given, source));
  }
  const { share = usualShare, size: usualSize = imageSize } = kind.crop ?? {};
  const size = side(processor.crop_size ?? usualSize, source);
  const given = processor.size ?? Math.floor(size / share);
  const resize = side(given, source);
  if (resize < size) throw notCovered(source, `crop_size ${size} is more than size ${resize}`);
  const isSquash = typeof given === 'object' ? 'height' in given : kind.isSquare;
  return { size, resize, ...(isSquash ? { fit: 'squash' as const } : {}) };
}

function side(size: z.infer<typeof sizeSchema>, source: string): number {
  if (typeof size === 'number') return size;
  if ('shortest_edge' in size) return size.shortest_edge;
  if (size.height === size.width) return size.height;
  throw notCovered(source, `its input is no square (${size.height}×${size.width})`);
}
