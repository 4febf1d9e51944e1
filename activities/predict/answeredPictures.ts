/**
 * What a registered model says of pictures, in parts, each at a content key: work that is preempted goes on with the part it was at,
 * and a later one on the same pictures finds them.
 */
import { z } from 'zod';
import type { ModelCard } from '../../contracts/models/modelCard.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import { contentKey } from '../../storage/objects/contentKey.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import type { ShardProgress } from '../shared/shardProgress.js';
import { findResult } from '../shared/storedResults.js';
import { chunkSize, classifyImages } from './classifyImages.js';
import type { ImageAt } from './preparedImages.js';

/** Pictures in a part: some seconds of work on a CPU. */
const partSize = 4 * chunkSize;

/** A picture as it was listed. */
export interface ListedPicture {
  sha256: string;
}

/** What is kept of the probabilities of a picture. */
export interface AnswerKind<Answer, Picture extends ListedPicture> {
  /** Names the keys of the parts: raise it when answers are made differently. */
  format: string;
  /** For messages. */
  what: string;
  schema: z.ZodType<Answer>;
  /** What of a picture its answer depends on. */
  identity(picture: Picture): unknown;
  /** Where the picture lies now. */
  at(picture: Picture): ImageAt;
  /** @param probabilities of each class of the card */
  answer(probabilities: Float32Array, picture: Picture): Answer;
}

export interface AnswerOptions {
  halvings: number;
  signal: AbortSignal;
  report: ShardProgress;
}

interface Part<Answer> {
  key: string;
  answers: (Answer | null)[];
}

/** A picture that a part has no answer for. */
interface Open<Answer, Picture> {
  part: Part<Answer>;
  index: number;
  picture: Picture;
}

/**
 * In the order of the pictures; null for those that are gone, or are not what was listed any more.
 *
 * @throws GraftworkError GW_CORRUPT when the model's parameters are damaged or gone
 */
export async function answeredPictures<Answer, Picture extends ListedPicture>(
  dependencies: ActivityDependencies,
  card: ModelCard,
  pictures: readonly Picture[],
  kind: AnswerKind<Answer, Picture>,
  { halvings, signal, report }: AnswerOptions,
): Promise<(Answer | null)[]> {
  const parts: Part<Answer>[] = [];
  const open: Open<Answer, Picture>[] = [];
  for (let start = 0; start < pictures.length; start += partSize) {
    signal.throwIfAborted();
    const shown = pictures.slice(start, start + partSize);
    const part = await readPart(dependencies, partKey(card, shown, kind), shown.length, kind);
    parts.push(part);
    for (const [index, picture] of shown.entries()) {
      if (part.answers[index] === null) open.push({ part, index, picture });
    }
  }
  report.found(pictures.length - open.length);

  const shown = open.map(({ picture }) => kind.at(picture));
  const { views } = card.spec.evaluation.testTimeAugmentation;
  const options = { views, halvings, signal, missing: 'report', of: pictures.length } as const;
  let next = 0;
  for await (const chunk of classifyImages(dependencies, card, shown, options)) {
    for (const { sha256, probabilities } of chunk) {
      const { part, index, picture } = open[next] as Open<Answer, Picture>;
      if (probabilities !== undefined && sha256 === picture.sha256) {
        part.answers[index] = kind.answer(probabilities, picture);
      }
      next += 1;
      if (open[next]?.part !== part) await writePart(dependencies, part);
    }
    report.finished(chunk.length);
  }
  return parts.flatMap((part) => part.answers);
}

/** Everything that the answers depend on. */
function partKey<Answer, Picture extends ListedPicture>(
  { backbone, parameters, input, classes, task, spec }: ModelCard,
  pictures: readonly Picture[],
  kind: AnswerKind<Answer, Picture>,
): string {
  const { views } = spec.evaluation.testTimeAugmentation;
  return contentKey(kind.format, {
    ...{ backbone: backbone.name, parameters: parameters.sha256, input, classes },
    ...(task === undefined ? {} : { task }),
    ...(views === 1 ? {} : { views, augmentation: spec.augmentation, seed: spec.seed }),
    pictures: pictures.map((picture) => kind.identity(picture)),
  });
}

/** What is stored of a part; no answer yet where there is nothing, or it is damaged. */
async function readPart<Answer, Picture extends ListedPicture>(
  dependencies: Pick<ActivityDependencies, 'store' | 'log'>,
  key: string,
  count: number,
  { schema, what }: AnswerKind<Answer, Picture>,
): Promise<Part<Answer>> {
  const stored = await findResult(dependencies, {
    object: objectKeys.trial(key),
    schema: z.strictObject({ format: z.literal(1), answers: z.array(schema.nullable()) }),
    what,
  });
  return { key, answers: stored?.answers.length === count ? stored.answers : new Array<null>(count).fill(null) };
}

async function writePart<Answer>(
  { store }: Pick<ActivityDependencies, 'store'>,
  { key, answers }: Part<Answer>,
): Promise<void> {
  await store.putJson(objectKeys.trial(key), { format: 1, answers });
}
