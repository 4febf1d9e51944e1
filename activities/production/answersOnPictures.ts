/**
 * What a registered model sees in pictures of a data set, in parts, each at a content key: a comparison that is preempted goes on
 * with the part it was at, and a later one on the same pictures finds them.
 */
import { z } from 'zod';
import type { ModelCard } from '../../contracts/models/modelCard.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import { argMax } from '../../learning/metrics/ranking.js';
import { contentKey } from '../../storage/objects/contentKey.js';
import { chunkSize, classifyImages } from '../predict/classifyImages.js';
import { placesOf } from '../../storage/datasets/datasetSightings.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import type { ListedImage } from '../plan/imageList.js';
import type { ShardProgress } from '../shared/shardProgress.js';
import { findResult } from '../shared/storedResults.js';

/** Pictures in a part: some seconds of work on a CPU. */
const partSize = 4 * chunkSize;

/** The object at a part's key: of each picture the place of its class on the card; null where it was gone or had changed. */
const storedAnswersSchema = z.strictObject({ format: z.literal(1), answers: z.array(z.number().int().nullable()) });

interface Part {
  key: string;
  answers: (number | null)[];
}

/** A picture that a part has no answer for. */
interface Open {
  part: Part;
  index: number;
  image: ListedImage;
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
  { halvings, signal, report }: { halvings: number; signal: AbortSignal; report: ShardProgress },
): Promise<Map<string, string>> {
  const parts: Part[] = [];
  const open: Open[] = [];
  for (let start = 0; start < images.length; start += partSize) {
    signal.throwIfAborted();
    const shown = images.slice(start, start + partSize);
    const part = await readPart(dependencies, partKey(card, shown), shown.length);
    parts.push(part);
    for (const [index, image] of shown.entries()) if (part.answers[index] === null) open.push({ part, index, image });
  }
  report.found(images.length - open.length);

  const shown = open.map(({ image }) => ({ name: image.path, ...placesOf(image, image.roots ?? [])[0] }));
  const { views } = card.spec.evaluation.testTimeAugmentation;
  const options = { views, halvings, signal, missing: 'report', of: images.length } as const;
  let next = 0;
  for await (const chunk of classifyImages(dependencies, card, shown, options)) {
    for (const { sha256, probabilities } of chunk) {
      const { part, index, image } = open[next] as Open;
      if (probabilities !== undefined && sha256 === image.sha256) part.answers[index] = argMax(probabilities);
      next += 1;
      if (open[next]?.part !== part) await writePart(dependencies, part);
    }
    report.finished(chunk.length);
  }
  const answers = parts.flatMap((part) => part.answers);
  return new Map(
    images.flatMap(({ path }, index) => {
      const answer = answers[index] ?? null;
      return answer === null ? [] : [[path, card.classes[answer] ?? '']];
    }),
  );
}

/** Everything that the answers depend on. */
function partKey({ backbone, parameters, input, classes, spec }: ModelCard, images: readonly ListedImage[]): string {
  const { views } = spec.evaluation.testTimeAugmentation;
  return contentKey('answers/1', {
    ...{ backbone: backbone.name, parameters: parameters.sha256, input, classes },
    ...(views === 1 ? {} : { views, augmentation: spec.augmentation, seed: spec.seed }),
    pictures: images.map(({ sha256 }) => sha256),
  });
}

/** What is stored of a part; no answer yet where there is nothing, or it is damaged. */
async function readPart(
  dependencies: Pick<ActivityDependencies, 'store' | 'log'>,
  key: string,
  count: number,
): Promise<Part> {
  const none = { key, answers: new Array<null>(count).fill(null) };
  const stored = await findResult(dependencies, {
    ...{ object: objectKeys.trial(key), schema: storedAnswersSchema },
    what: 'a part of a comparison',
  });
  return stored?.answers.length === count ? { key, answers: stored.answers } : none;
}

async function writePart({ store }: Pick<ActivityDependencies, 'store'>, { key, answers }: Part): Promise<void> {
  await store.putJson(objectKeys.trial(key), { format: 1, answers });
}
