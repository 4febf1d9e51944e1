/** Two registered models on the test pictures that both were evaluated on. */
import { GraftworkError } from '../contracts/errors.js';
import { storedEvaluationSchema } from '../contracts/evaluation.js';
import type { ModelCard, ModelReference } from '../contracts/modelCard.js';
import { objectKeys } from '../contracts/objectKeys.js';
import type { HeadToHead } from '../contracts/promotion.js';
import { headToHead } from '../learning/metrics/headToHead.js';
import { Datasets } from '../storage/datasets.js';
import type { ModelRegistry } from '../storage/modelRegistry.js';
import type { ObjectStore } from '../storage/objectStore.js';

export interface ModelComparison {
  first: ComparedModel;
  second: ComparedModel;
  /** `champion` is the first, `challenger` the second. */
  onSamePictures: HeadToHead;
  /** Recall of each class both know, on those pictures; null where none is of it. */
  perClass: { class: string; pictures: number; first: number | null; second: number | null }[];
  /** Settings in which the two runs differ, by their path in the spec. */
  differences: { path: string; first: unknown; second: unknown }[];
}

export interface ComparedModel extends ModelReference {
  /** Over all of its own test pictures. */
  top1: number;
  interval: [number, number];
  pictures: number;
  datasetVersion: string;
}

interface Judged {
  class: string;
  right: boolean;
}

/**
 * From the evaluations that were stored when the models were made: nothing is computed anew but the comparison.
 *
 * @throws GraftworkError GW_OBJECT_MISSING when a model is so old that its card does not name its evaluation, or that is gone
 */
export async function compareModels(
  store: ObjectStore,
  registry: ModelRegistry,
  [a, b]: readonly [ModelReference, ModelReference],
): Promise<ModelComparison> {
  const first = await registry.card(a.name, a.version);
  const second = await registry.card(b.name, b.version);
  const before = await answersOf(store, first);
  const after = await answersOf(store, second);
  const shared = [...before].flatMap(([sha256, was]) => {
    const is = after.get(sha256);
    return is === undefined || is.class !== was.class ? [] : [{ class: was.class, was: was.right, is: is.right }];
  });
  return {
    first: compared(first),
    second: compared(second),
    onSamePictures: headToHead(
      shared.map(({ was, is }) => ({ champion: was, challenger: is })),
      { seen: 0, unknownClass: 0, gone: Math.max(before.size, after.size) - shared.length },
    ),
    perClass: first.classes
      .filter((name) => second.classes.includes(name))
      .map((name) => {
        const own = shared.filter((picture) => picture.class === name);
        const share = (right: number): number | null => (own.length === 0 ? null : right / own.length);
        return {
          class: name,
          pictures: own.length,
          first: share(own.filter(({ was }) => was).length),
          second: share(own.filter(({ is }) => is).length),
        };
      }),
    differences: settingsThatDiffer(first.spec, second.spec),
  };
}

function compared({ name, version, evaluation, dataset }: ModelCard): ComparedModel {
  const { top1, interval, count } = evaluation;
  return { name, version, top1, interval, pictures: count, datasetVersion: dataset.version };
}

/** By the picture's digest: pictures may move, and paths may come to mean others. */
async function answersOf(store: ObjectStore, card: ModelCard): Promise<Map<string, Judged>> {
  const { name, version, keys, classes, dataset } = card;
  if (keys === undefined) {
    throw new GraftworkError(
      'GW_OBJECT_MISSING',
      `The card of ${name}@${version} does not name its evaluation: it is of an older version.`,
      {
        remedy: 'Train it again: nothing of it is computed anew, and the new version can be compared.',
      },
    );
  }
  const { outcomes } = await store.getJson(objectKeys.evaluation(keys.evaluation), storedEvaluationSchema);
  const rightByPath = new Map(outcomes.map(({ path, label, predicted }) => [path, predicted === label]));
  const found = new Map<string, Judged>();
  for await (const { split, path, sha256, label } of new Datasets(store).eachImage(dataset.version)) {
    const right = rightByPath.get(path);
    if (split === 'test' && right !== undefined) found.set(sha256, { class: classes[label] ?? '', right });
  }
  return found;
}

/** Leaves of two values that differ, by path. */
export function settingsThatDiffer(first: unknown, second: unknown, path = ''): ModelComparison['differences'] {
  if (isPlain(first) && isPlain(second)) {
    return [...new Set([...Object.keys(first), ...Object.keys(second)])].flatMap((key) =>
      settingsThatDiffer(first[key], second[key], path === '' ? key : `${path}.${key}`),
    );
  }
  return JSON.stringify(first) === JSON.stringify(second)
    ? []
    : [{ path, first: first ?? null, second: second ?? null }];
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
