/** What a model's training pictures look like to it, and how unlike them the validation pictures are. */
import type { FittedCalibration } from '../../contracts/data/fittedCalibration.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import type { Plan } from '../../contracts/spec/plan.js';
import { ClassMeans, doubtLimit, meansTensor, unlikeness } from '../../learning/metrics/trust/likeness.js';
import { writeSafetensors } from '../../learning/weights/index.js';
import { sha256 } from '../../storage/objects/contentKey.js';
import { readParameters } from '../backbone/parameterObjects.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import { classifySplit, type SplitOptions } from './classifySplit.js';
import { evenlySpaced, ofEachClass } from './pickPictures.js';

/** Training pictures of a class that are looked at: more hardly move its mean. And in all, where there are many classes. */
const [each, most] = [32, 2000];
/** Validation pictures that are looked at. */
const mostHeldOut = 1000;

export type Likeness = NonNullable<FittedCalibration['unlike']>;

/**
 * Stores the means of the classes and finds the limit. The pictures of a refit's validation have trained the model too.
 *
 * @param parameters digest of the complete model
 * @param known pooled features of validation pictures, if this very model has given them
 */
export async function fitLikeness(
  dependencies: ActivityDependencies,
  plan: Plan,
  parameters: string,
  options: SplitOptions,
  known?: readonly Float32Array[],
): Promise<Likeness> {
  const network = await readParameters(dependencies.cache, objectKeys.modelParameters(parameters), parameters);
  const learnt = new ClassMeans();
  const looked = { ...plan, parameters: network };
  let dimensions = 0;
  await classifySplit(
    dependencies,
    looked,
    { split: 'train', pick: ofEachClass(each, most) },
    options,
    ({ features, truth }) => {
      // A picture of several labels is like each of them; those without labels are a class of their own.
      for (const label of truth.length === 0 ? [plan.classes.length] : truth) learnt.add(features, label);
      dimensions = features.length;
    },
  );
  const means = learnt.means();
  const scores = known?.map((features) => unlikeness(features, means)) ?? [];
  if (known === undefined) {
    await classifySplit(
      dependencies,
      looked,
      { split: 'validation', pick: evenlySpaced(mostHeldOut) },
      options,
      ({ features }) => scores.push(unlikeness(features, means)),
    );
  }
  const data = writeSafetensors(
    new Map([[meansTensor, { shape: [means.length / dimensions, dimensions], data: means }]]),
  );
  const digest = sha256(data);
  await dependencies.cache.store(objectKeys.modelParameters(digest), data);
  return { means: digest, limit: doubtLimit(scores) };
}
