/** Predictions that were asked of a picture: the copy that was uploaded for it, its name in the question, its row in the answer. */
import { objectKeys } from '../../contracts/objectKeys.js';
import {
  imagesToPredictSchema,
  predictionPartSchema,
  storedPredictionsSchema,
} from '../../contracts/models/predictions.js';
import type { ListedObject } from '../s3/objectFacts.js';
import type { ObjectStore } from '../objects/objectStore.js';
import { s3Uri } from '../s3/s3Uri.js';
import { undefinedIfCorrupt } from '../objects/undefinedIfCorrupt.js';
import type { Change } from './changes.js';
import { holdsContent, type Content } from './contentMatch.js';

const inputPattern = /^predictions\/([^/]+)\/input\//;
const answerPattern = /^predictions\/([^/]+)\/result(?:\.json|\/[0-9]+\.json)$/;
const questionPattern = /^predictions\/([^/]+)\/images\.json$/;

/** @param addresses of the picture and its copies, as `s3://` */
export async function findPredictionTraces(
  store: ObjectStore,
  content: Content,
  addresses: ReadonlySet<string>,
): Promise<Change[]> {
  /** Names under which the picture was asked for, by prediction. */
  const names = new Map<string, Set<string>>();
  const inputs: ListedObject[] = [];
  const questions = new Set<string>();
  /** Objects with answers, and the prediction of each. */
  const answers = new Map<string, string>();
  for await (const object of store.list('predictions/')) {
    const input = inputPattern.exec(object.key)?.[1];
    if (input !== undefined && (await holdsContent(store, object, content))) inputs.push(object);
    const question = questionPattern.exec(object.key)?.[1];
    if (question !== undefined) questions.add(question);
    const answer = answerPattern.exec(object.key)?.[1];
    if (answer !== undefined) answers.set(object.key, answer);
  }
  const places = new Set([...addresses, ...inputs.map(({ key }) => store.uri(key))]);
  /** What can't be read may name the picture, and is of no use to anybody. */
  const damaged: Change[] = [];
  const asked: Change[] = [];
  for (const id of questions) {
    const key = objectKeys.predictionImages(id);
    const stored = await store.getJsonIfPresent(key, imagesToPredictSchema).catch(undefinedIfCorrupt);
    if (stored === undefined) {
      damaged.push({ kind: 'predictions', bucket: store.bucket, key });
      continue;
    }
    const isOther = (image: { bucket: string; key: string }): boolean => !places.has(s3Uri(image.bucket, image.key));
    const images = stored.images.filter(isOther);
    if (images.length === stored.images.length) continue;
    names.set(id, new Set(stored.images.filter((image) => !isOther(image)).map(({ name }) => name)));
    const rewrite = () => store.putJson(key, { ...stored, images });
    asked.push({ kind: 'predictions', bucket: store.bucket, key, rewrite });
  }
  const answered: Change[] = [];
  for (const [key, id] of answers) {
    const isPart = key !== objectKeys.predictionOutput(id);
    const stored = isPart
      ? await store.getJsonIfPresent(key, predictionPartSchema).catch(undefinedIfCorrupt)
      : await store.getJsonIfPresent(key, storedPredictionsSchema).catch(undefinedIfCorrupt);
    if (stored === undefined) {
      damaged.push({ kind: 'predictions', bucket: store.bucket, key });
      continue;
    }
    if (stored.format === 2) continue;
    const isOther = ({ path }: { path: string }): boolean => names.get(id)?.has(path) !== true && !places.has(path);
    const [predictions, unreadable] = [stored.predictions.filter(isOther), stored.unreadable.filter(isOther)];
    if (predictions.length + unreadable.length === stored.predictions.length + stored.unreadable.length) continue;
    const rewrite = () => store.putJson(key, { ...stored, predictions, unreadable });
    answered.push({ kind: 'predictions', bucket: store.bucket, key, rewrite });
  }
  // What leads to the names goes last, so that a new attempt after a kill finds them.
  const uploaded = inputs.map(({ key }): Change => ({ kind: 'predictions', bucket: store.bucket, key }));
  return [...damaged, ...answered, ...asked, ...uploaded];
}

/** The predictions that such changes are part of. */
export function predictionsOf(changes: readonly Change[]): Set<string> {
  return new Set(changes.flatMap(({ key }) => /^predictions\/([^/]+)\//.exec(key)?.[1] ?? []));
}
