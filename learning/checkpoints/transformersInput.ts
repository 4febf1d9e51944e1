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

/** Pillow's numbers. */
const interpolations: Readonly<Record<number, InputSpec['interpolation']>> = { 2: 'bilinear', 3: 'bicubic' };

/** From this size on, ConvNeXt's processor shows the whole picture and cuts nothing off. */
const wholeFrom = 384;

/** Extra share of the edge that ConvNeXt's processor cuts off below that size. */
const usualShare = 224 / 256;

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
  const kind = /^[A-Za-z0-9]*?(?=(?:ImageProcessor|FeatureExtractor))/.exec(type)?.[0] ?? type;
  if (!['ConvNext', 'Bit', 'ViT', 'DINOv3ViT'].includes(kind)) throw notCovered(source, `there is no ${type} here`);
  const { resample = kind.endsWith('ViT') ? 2 : 3, rescale_factor = 1 / 255 } = processor;
  const interpolation = interpolations[resample];
  if (interpolation === undefined) throw notCovered(source, `there is no interpolation for resample ${resample} here`);
  if (!processor.do_resize) throw notCovered(source, 'do_resize false leaves each picture its own size');
  if (!processor.do_rescale || Math.abs(rescale_factor * 255 - 1) > 1e-3) {
    throw notCovered(source, 'its pictures are not brought to the range of 0 to 1');
  }
  const { mean, std } = kind === 'ViT' ? half : imagenet;
  const values = processor.do_normalize
    ? { mean: processor.image_mean ?? mean, std: processor.image_std ?? std }
    : { mean: [0, 0, 0] as const, std: [1, 1, 1] as const };
  return { ...shapeOf(processor, kind, source, imageSize), interpolation, ...values };
}

function shapeOf(
  processor: Processor,
  kind: string,
  source: string,
  imageSize: number,
): Pick<InputSpec, 'size' | 'resize' | 'fit'> {
  const whole = (size: number) => ({ size, resize: size, fit: 'squash' as const });
  if (kind === 'ConvNext') {
    const size = side(processor.size ?? imageSize, source);
    if (size >= wholeFrom) return whole(size);
    return { size, resize: Math.floor(size / (processor.crop_pct ?? usualShare)) };
  }
  const crops = processor.do_center_crop ?? kind === 'Bit';
  if (!crops) {
    const { size: given = imageSize } = processor;
    if (typeof given === 'object' && 'shortest_edge' in given) {
      throw notCovered(source, 'without do_center_crop, shortest_edge leaves pictures that are no squares');
    }
    return whole(side(given, source));
  }
  const size = side(processor.crop_size ?? 224, source);
  const given = processor.size ?? { shortest_edge: Math.floor(size / usualShare) };
  const resize = side(given, source);
  if (resize < size) throw notCovered(source, `crop_size ${size} is more than size ${resize}`);
  const isSquash = typeof given === 'object' ? 'height' in given : kind.endsWith('ViT');
  return { size, resize, ...(isSquash ? { fit: 'squash' as const } : {}) };
}

function side(size: z.infer<typeof sizeSchema>, source: string): number {
  if (typeof size === 'number') return size;
  if ('shortest_edge' in size) return size.shortest_edge;
  if (size.height === size.width) return size.height;
  throw notCovered(source, `its input is no square (${size.height}×${size.width})`);
}
