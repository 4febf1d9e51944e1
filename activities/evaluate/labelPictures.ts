/** The labelled pictures of a source that a registered model can be tested on: usable, of its classes, and not seen in its training. */
import type { LabelPicturesInput, LabelPicturesOutput } from '../../contracts/activities/evaluationActivities.js';
import { separateLabels } from '../../contracts/data/labelSets.js';
import { GraftworkError } from '../../contracts/errors.js';
import type { ModelCard } from '../../contracts/models/modelCard.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import type { LabelledPicture, PictureLeak, PicturesToTest } from '../../contracts/models/pictureTest.js';
import { quotedList } from '../../learning/dataset/folders/className.js';
import { sequence } from '../../learning/dataset/columns/sequence.js';
import { contentKey } from '../../storage/objects/contentKey.js';
import { ModelRegistry } from '../../storage/registry/modelRegistry.js';
import { visitSeen } from '../../storage/registry/seenByModel.js';
import { findSource, type FoundSource } from '../ingest/datasetSource.js';
import { labelFiles } from '../ingest/labelledFiles.js';
import { putForgottenAside } from '../ingest/forgottenFiles.js';
import { inspectSource } from '../ingest/ingestDataset.js';
import type { Inspections } from '../ingest/inspections.js';
import { findDecisions, layDecisions } from '../ingest/labelDecisions.js';
import { givenSource } from '../ingest/namedSources.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import type { Caller, WorkCallbacks } from '../shared/engine.js';
import { countKinds, KnownPictures } from './knownPictures.js';

/** Paths that are stored of leaks, and of files that cannot be used. */
const mostExamples = 1000;

/**
 * @throws GraftworkError GW_MODEL_NOT_FOUND, GW_SOURCE_NOT_FOUND, GW_MANIFEST_INVALID, GW_LABELS_INVALID, GW_S3_…; GW_DATASET_INVALID when the source has
 * classes that the model does not know; GW_DATASET_EMPTY when no picture is left to test
 */
export async function labelPictures(
  dependencies: ActivityDependencies,
  { model, dataset, keepSeen }: LabelPicturesInput,
  callbacks: WorkCallbacks,
  { run }: Caller,
): Promise<LabelPicturesOutput> {
  const { store, log } = dependencies;
  const { signal } = callbacks;
  const card = await new ModelRegistry(store).card(model.name, model.version);
  const source = await findSource(store, dataset, signal, await givenSource(dependencies, run, dataset.uri));
  requireTask(source, card, dataset.uri);
  requireKnownClasses(source, card, dataset.uri);
  const inspections = await inspectSource({ store, log }, dataset, source, callbacks);
  const decisions = await findDecisions(store, dataset, source);
  if (decisions !== undefined) layDecisions({ uri: dataset.uri, files: source.files }, inspections, decisions);
  await putForgottenAside(store, inspections);
  const usable = Array.from({ length: source.files.length }, (_, file) => file).filter((file) =>
    inspections.isUsable(file),
  );
  const { kinds, isWhole } = await knownAmong(dependencies, card, source, inspections, usable, signal);
  const tested = usable.filter((_file, index) => keepSeen || kinds[index] === undefined);
  const leaks = usable.flatMap((file, index): PictureLeak[] => {
    const kind = kinds[index];
    return kind === undefined ? [] : [{ path: source.files.pathOf(file), kind }];
  });
  if (tested.length === 0) throw nothingLeft(card, dataset.uri, usable.length);
  const list: PicturesToTest = {
    format: 1,
    uri: dataset.uri,
    leaks: {
      ...{ counts: countKinds(kinds), examples: leaks.slice(0, mostExamples) },
      ...{ leftOut: !keepSeen, isWhole },
    },
    unusable: unusableFiles(source, inspections),
    notes: [...source.notes, ...splitsNote(source)],
    ...labelledPictures(source, inspections, tested, card.classes),
  };
  const key = contentKey('pictures-to-test/1', list);
  await store.putJson(objectKeys.trial(key), list);
  return { key, pictures: tested.length };
}

async function knownAmong(
  { store, log }: ActivityDependencies,
  card: ModelCard,
  { files }: FoundSource,
  inspections: Inspections,
  usable: readonly number[],
  signal: AbortSignal,
): Promise<{ kinds: (PictureLeak['kind'] | undefined)[]; isWhole: boolean }> {
  const known = new KnownPictures();
  let isWhole = true;
  const onGone = (model: string, reason: string): void => {
    isWhole = false;
    log.warn({ model, reason }, "a model's training pictures are no longer known");
  };
  await visitSeen(store, card, { onGone, signal }, (image) => known.add(image));
  const compared = sequence(usable.length, (index) => {
    const file = usable[index] ?? 0;
    return {
      sha256: inspections.sha256(file),
      perceptualHash: inspections.perceptualHash(file),
      group: files.groupOf(file),
    };
  });
  return { kinds: known.among(compared), isWhole };
}

function requireKnownClasses({ files }: FoundSource, { name, version, classes }: ModelCard, uri: string): void {
  const known = new Set(classes);
  const unknown = new Map<string, number>();
  for (let file = 0; file < files.length; file += 1) {
    const text = files.classNameOf(file);
    for (const className of files.isMultiLabel ? separateLabels(text) : [text]) {
      if (!known.has(className)) unknown.set(className, (unknown.get(className) ?? 0) + 1);
    }
  }
  if (unknown.size === 0) return;
  const pictures = [...unknown.values()].reduce((sum, count) => sum + count, 0);
  throw new GraftworkError(
    'GW_DATASET_INVALID',
    `${name}@${version} does not know ${unknown.size === 1 ? 'the class' : 'the classes'} ${quotedList([...unknown.keys()])} of ${uri} (${pictures} of ${files.length} files). It knows ${quotedList(classes)}.`,
    { remedy: 'Name the classes as the model does, or leave out the pictures of other classes.' },
  );
}

function nothingLeft({ name, version }: ModelCard, uri: string, usable: number): GraftworkError {
  if (usable === 0) {
    return new GraftworkError('GW_DATASET_EMPTY', `There is no usable picture at ${uri}.`, {
      remedy: 'Give a folder with one folder per class, or a list of images.',
    });
  }
  return new GraftworkError(
    'GW_DATASET_EMPTY',
    `${name}@${version} was trained on all ${usable} pictures at ${uri}, or on pictures that look like them, so they test nothing.`,
    { remedy: 'Give pictures that it has not seen, or set --keep-seen.' },
  );
}

function unusableFiles({ files, unusable }: FoundSource, inspections: Inspections): PicturesToTest['unusable'] {
  const all = [
    ...unusable.map(({ path, detail }) => ({ path, reason: detail })),
    ...Array.from(inspections.unusable(), ([file, { reason, detail }]) => ({
      path: files.pathOf(file),
      reason: `${reason}: ${detail}`,
    })),
  ].sort((a, b) => (a.path < b.path ? -1 : 1));
  return { count: all.length, examples: all.slice(0, mostExamples) };
}

/** A test on all splits is no mistake: what the model has seen is left out. */
function splitsNote({ splitNames }: FoundSource): string[] {
  const names = Object.values(splitNames);
  return names.length < 2 ? [] : [`All splits of the source are used: ${quotedList(names)}.`];
}

/** Their places, and what they show by the model's classes. */
function labelledPictures(
  { files }: FoundSource,
  inspections: Inspections,
  tested: readonly number[],
  classes: readonly string[],
): Pick<PicturesToTest, 'pictures' | 'labelSets'> {
  const at = (file: number, label: number): LabelledPicture => {
    const { path, bucket, key } = files.at(file);
    return { path, bucket, key, sha256: inspections.sha256(file), label };
  };
  if (!files.isMultiLabel) {
    return { pictures: tested.map((file) => at(file, classes.indexOf(files.classNameOf(file)))) };
  }
  const labels = labelFiles(files, inspections);
  const isTested = new Set(tested);
  const sets = new Map<string, number>();
  const pictures = Array.from(labels.usable)
    .filter((file) => isTested.has(file))
    .map((file) => {
      const text = labels.textOf(file);
      const label = sets.get(text) ?? sets.size;
      sets.set(text, label);
      return at(file, label);
    });
  const labelSets = [...sets.keys()].map((text) =>
    separateLabels(text)
      .map((name) => classes.indexOf(name))
      .sort((a, b) => a - b),
  );
  return { pictures, labelSets };
}

/** @throws GraftworkError GW_DATASET_INVALID */
function requireTask({ files }: FoundSource, { name, version, task }: ModelCard, uri: string): void {
  if (files.isMultiLabel === (task === 'multi-label')) return;
  const [model, source] =
    task === 'multi-label' ? ['any number of labels', 'one label'] : ['one class', 'any number of labels'];
  throw new GraftworkError(
    'GW_DATASET_INVALID',
    `${name}@${version} gives a picture ${model}, but the pictures at ${uri} have ${source} each.`,
    {
      remedy:
        task === 'multi-label'
          ? 'Give a list with a column `labels`, or one folder for each label.'
          : 'Give a list with a column `label`, or one folder for each class.',
    },
  );
}
