/** Two registered models on the test pictures that both were evaluated on. */
import { GraftworkError } from '../../contracts/errors.js';
import { labelText } from '../../contracts/data/labelSets.js';
import type { ModelCard, ModelReference } from '../../contracts/models/modelCard.js';
import type { HeadToHead } from '../../contracts/spec/promotion.js';
import { isMistake } from '../../learning/metrics/evaluate.js';
import type { HeadlineFigures } from '../../learning/metrics/headline.js';
import { headToHead } from '../../learning/metrics/headToHead.js';
import { Datasets } from '../../storage/datasets/datasets.js';
import { readEvaluation } from '../../storage/registry/evaluations.js';
import type { ModelRegistry } from '../../storage/registry/modelRegistry.js';
import type { ObjectStore } from '../../storage/objects/objectStore.js';
import { classesOfOneAlone, type ClassesOfOneAlone } from '../folders/classesOfOneAlone.js';
import { byIdentity, type TestPicture } from '../folders/pictureIdentities.js';
import { specDifferences } from '../runs/specDifferences.js';

export interface ModelComparison {
  first: ComparedModel;
  second: ComparedModel;
  /** Comparison: `champion` is the first model, `challenger` the second. `gone` counts pictures that only one test has. */
  onSamePictures: HeadToHead;
  /** Recall of each class that has such pictures. */
  perClass: { class: string; pictures: number; first: number; second: number }[];
  /** Classes that one of the two models does not know. `onSamePictures` leaves them out. */
  classes: ClassesOfOneAlone;
  /** Settings that differ between the two runs, by their path in the spec. */
  differences: { path: string; first: unknown; second: unknown }[];
}

/** Its figures are those of all its own test pictures. */
export interface ComparedModel extends ModelReference, HeadlineFigures {
  pictures: number;
  datasetVersion: string;
}

interface Answer extends TestPicture {
  isRight: boolean;
}

/**
 * From the evaluations that were stored when the models were made: nothing is computed anew but the comparison.
 *
 * @throws GraftworkError GW_MODEL_NOT_FOUND; GW_USAGE when only one of them is a multi-label model; GW_OBJECT_MISSING when a model is so old that its card does not name its
 * evaluation, or that is gone; GW_DATASET_NOT_FOUND when the list of its test pictures is
 */
export async function compareModels(
  store: ObjectStore,
  registry: ModelRegistry,
  [a, b]: readonly [ModelReference, ModelReference],
): Promise<ModelComparison> {
  const first = await registry.card(a.name, a.version);
  const second = await registry.card(b.name, b.version);
  requireOneTask(first, second);
  return {
    first: compared(first),
    second: compared(second),
    ...compareAnswers(await answersOf(store, first), await answersOf(store, second)),
    classes: classesOfOneAlone(first.classes, second.classes),
    differences: specDifferences(first.spec, second.spec).map(({ path, first: was, second: is }) => ({
      path,
      first: was ?? null,
      second: is ?? null,
    })),
  };
}

/** Two models' answers to their own test pictures, on those that are the same ones. Pure. */
export function compareAnswers(
  first: readonly Answer[],
  second: readonly Answer[],
): Pick<ModelComparison, 'onSamePictures' | 'perClass'> {
  const others = byIdentity(second);
  const shared = [...byIdentity(first)].flatMap(([identity, { class: name, isRight: was }]) => {
    const is = others.get(identity)?.isRight;
    return is === undefined ? [] : [{ class: name, was, is }];
  });
  const classes = new Map<string, { pictures: number; first: number; second: number }>();
  for (const { class: name, was, is } of shared) {
    const own = classes.get(name) ?? { pictures: 0, first: 0, second: 0 };
    classes.set(name, {
      pictures: own.pictures + 1,
      first: own.first + Number(was),
      second: own.second + Number(is),
    });
  }
  return {
    onSamePictures: headToHead(
      shared.map(({ was, is }) => ({ champion: was, challenger: is })),
      { seen: 0, unknownClass: 0, gone: first.length + second.length - 2 * shared.length },
    ),
    perClass: [...classes].map(([name, { pictures, ...right }]) => ({
      class: name,
      pictures,
      first: right.first / pictures,
      second: right.second / pictures,
    })),
  };
}

function compared({ name, version, evaluation, dataset }: ModelCard): ComparedModel {
  const { top1, interval, count, multiLabel } = evaluation;
  return {
    ...{ name, version, top1, interval, pictures: count, datasetVersion: dataset.version },
    ...(multiLabel === undefined ? {} : { multiLabel: { mAP: multiLabel.mAP, interval: multiLabel.interval } }),
  };
}

type TaskOfModel = Pick<ModelCard, 'name' | 'version' | 'task'>;

/** @throws GraftworkError GW_USAGE when a right answer of one model is not what a right answer of the other is */
export function requireOneTask(first: TaskOfModel, second: TaskOfModel): void {
  if (first.task === second.task) return;
  const [several, one] = first.task === undefined ? [second, first] : [first, second];
  throw new GraftworkError(
    'GW_USAGE',
    `${several.name}@${several.version} gives a picture any number of labels, ${one.name}@${one.version} exactly one class: no figure compares them.`,
    { remedy: 'Compare two models of the same task.' },
  );
}

/** By the picture's digest: pictures may move, and paths may come to mean others. */
async function answersOf(store: ObjectStore, card: ModelCard): Promise<Answer[]> {
  const { name, version, keys, classes, dataset } = card;
  if (keys === undefined) {
    throw new GraftworkError(
      'GW_OBJECT_MISSING',
      `The card of ${name}@${version} was written by an older version and does not name its evaluation.`,
      {
        remedy: 'Train it again. The run reuses all stored results, and the new version can be compared.',
      },
    );
  }
  const { outcomes } = await readEvaluation(store, keys.evaluation);
  const rightByPath = new Map(outcomes.map((outcome) => [outcome.path, !isMistake(outcome)]));
  const { labelSets } = await new Datasets(store).manifest(dataset.version);
  const found: Answer[] = [];
  for await (const { split, path, sha256, label } of new Datasets(store).eachImage(dataset.version)) {
    const isRight = rightByPath.get(path);
    if (split === 'test' && isRight !== undefined)
      found.push({ picture: sha256, class: labelText({ classes, labelSets }, label), isRight });
  }
  return found;
}
