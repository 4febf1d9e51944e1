/** Published weights that golden files are about: whose they are, and where they are. */
import { existsSync } from 'node:fs';
import { float16ToFloat32, float32ToFloat16 } from '../arrays/halfPrecision.js';
import { backboneNames, getBackbone, type Backbone, type NamedArrays } from '../backbones/index.js';
import { resolveWeights } from '../weights/index.js';
import { compareWithGolden, tolerance, worstOf, type GoldenCase, type TensorDeviation } from './golden.js';

/** Weights that are nobody's default, and what they are weights of. */
const otherWeights: Readonly<Record<string, string>> = {
  'vit_small_patch14_dinov2.saliency': 'vit_small_patch14_dinov2',
  'vgg16.keras.features': 'vgg16:block5',
};

/** The backbone that a golden file means by a name, which elsewhere may stand for another. */
export function publishedBackbone(name: string): string {
  return otherWeights[name] ?? backboneNames().find((one) => getBackbone(one).reference.weightsName === name) ?? name;
}

/**
 * What a package holds, where a backbone has one; else what a file beside the golden files does, or the backbone's own source.
 * @param beside the file's path, whether or not there is one
 * @param home Graftwork's home folder
 */
export async function publishedParameters(backbone: Backbone, beside: string, home: string): Promise<NamedArrays> {
  const usesFile = backbone.packaged === undefined && existsSync(beside);
  const { parameters } = await resolveWeights({ backbone, home, ...(usesFile ? { source: beside } : {}) });
  return parameters;
}

/** Published files go round in float32 and in float16, and a golden file does not say which it was made from: the nearer one. */
export function compareWithPublished(
  backbone: Backbone,
  parameters: NamedArrays,
  golden: GoldenCase,
): TensorDeviation[] {
  const exact = compareWithGolden(backbone, parameters, golden);
  if (worstOf(exact) <= tolerance) return exact;
  const half = compareWithGolden(backbone, inHalfPrecision(parameters), golden);
  return worstOf(half) < worstOf(exact) ? half : exact;
}

function inHalfPrecision(parameters: NamedArrays): NamedArrays {
  return new Map(
    [...parameters].map(([name, { shape, data }]) => [name, { shape, data: float16ToFloat32(float32ToFloat16(data)) }]),
  );
}
