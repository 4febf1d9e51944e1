/** LogME and nearest neighbours on formula features, against the authors' implementation. */
import { z } from 'zod';
import type { LabelledFeatures } from '../transferability/features.js';
import { logme } from '../transferability/index.js';
import { nearestNeighbourAccuracy } from '../transferability/nearestNeighbours.js';
import { formulaNumbers } from '../weights/formula.js';
import type { TensorDeviation } from './golden.js';

const transferabilityCaseSchema = z.object({
  tag: z.string(),
  N: z.number().int(),
  D: z.number().int(),
  classes: z.number().int(),
  separation: z.number(),
  logme: z.number(),
  knn5_loo: z.number(),
});
type TransferabilityCase = z.infer<typeof transferabilityCaseSchema>;

export const transferabilityFileSchema = z.array(transferabilityCaseSchema);

/** LogME's deviation is a share of what is expected, the accuracy's is absolute. */
export async function compareTransferability(golden: TransferabilityCase): Promise<TensorDeviation[]> {
  const features = formulaFeatures(golden);
  return [
    { tensor: 'logme', worst: Math.abs((await logme(features)) - golden.logme) / Math.abs(golden.logme) },
    { tensor: 'knn5_loo', worst: Math.abs((await nearestNeighbourAccuracy(features)) - golden.knn5_loo) },
  ];
}

/** Features around a centre for each class, as the golden files' manifest has them. */
export function formulaFeatures({
  tag,
  N,
  D,
  classes,
  separation,
}: Pick<TransferabilityCase, 'tag' | 'N' | 'D' | 'classes' | 'separation'>): LabelledFeatures {
  const [base, centres] = [formulaNumbers(`${tag}.features`, N * D), formulaNumbers(`${tag}.centres`, classes * D)];
  const labels = Int32Array.from({ length: N }, (_, i) => i % classes);
  const features = Float64Array.from(base, (value, i) =>
    Math.max(0, value + separation * centres[labels[Math.floor(i / D)]! * D + (i % D)]!),
  );
  return { features, dimensions: D, labels };
}
