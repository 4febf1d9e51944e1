/** What a registered model sees in pictures of a data set. */
import { z } from 'zod';
import type { ModelCard } from '../../contracts/models/modelCard.js';
import { argMax } from '../../learning/metrics/ranking.js';
import { answeredPictures, type AnswerKind, type AnswerOptions } from '../predict/answeredPictures.js';
import { placesOf } from '../../storage/datasets/datasetSightings.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import type { ListedImage } from '../plan/imageList.js';

/** Of each picture the place of its class on the card. */
const classes: AnswerKind<number, ListedImage> = {
  format: 'answers/1',
  what: 'a part of a comparison',
  schema: z.number().int(),
  identity: ({ sha256 }) => sha256,
  at: (image) => ({ name: image.path, ...placesOf(image, image.roots ?? [])[0] }),
  answer: (probabilities) => argMax(probabilities),
};

/** Of each picture the probability of each label on the card. */
const scores: AnswerKind<number[], ListedImage> = {
  ...{ format: 'label-answers/1', what: classes.what, schema: z.array(z.number()) },
  identity: (image) => classes.identity(image),
  at: (image) => classes.at(image),
  answer: (probabilities) => Array.from(probabilities),
};

/**
 * By path, what a multi-label model says of each image: the probability of each label, in the order of its card. As {@link answersOnPictures}.
 */
export async function labelScores(
  dependencies: ActivityDependencies,
  card: ModelCard,
  images: readonly ListedImage[],
  options: AnswerOptions,
): Promise<Map<string, readonly number[]>> {
  const answers = await answeredPictures(dependencies, card, images, scores, options);
  return new Map(
    images.flatMap(({ path }, index) => {
      const answer = answers[index] ?? null;
      return answer === null ? [] : [[path, answer]];
    }),
  );
}

/**
 * By path, the class a model sees in each image. Images that are gone, or are not those of the data set any more, are left out.
 *
 * @throws GraftworkError GW_CORRUPT when the model's parameters are damaged or gone
 */
export async function answersOnPictures(
  dependencies: ActivityDependencies,
  card: ModelCard,
  images: readonly ListedImage[],
  options: AnswerOptions,
): Promise<Map<string, string>> {
  const answers = await answeredPictures(dependencies, card, images, classes, options);
  return new Map(
    images.flatMap(({ path }, index) => {
      const answer = answers[index] ?? null;
      return answer === null ? [] : [[path, card.classes[answer] ?? '']];
    }),
  );
}
