/** What the usable files of a source show: the class of each, or its set of labels. */
import { joinedLabels, labelMark, separateLabels, type LabelSets } from '../../contracts/data/labelSets.js';
import { GraftworkError } from '../../contracts/errors.js';
import { quoted } from '../../learning/dataset/folders/className.js';
import type { Inspections } from './inspections.js';
import { byCodeUnit, type SourceFiles } from './sourceFiles.js';

/** Numbers of labels, and which file has which. */
export interface FileLabels {
  /** In the order of their numbers. */
  classes: string[];
  /** Classes of whose files none is usable. */
  unusable: string[];
  /** Only of a multi-label source. */
  labelSets?: LabelSets;
  /** The class of a file, or all its labels as `joinedLabels` writes them. */
  textOf(file: number): string;
  /** The index of its class, or of its set of labels. */
  labelOf(file: number): number;
  /** What splits are drawn by: one class, or each label of the file; one empty name for a file without labels. */
  tagsOf(file: number): readonly string[];
  /** Usable files, in the order of their paths; of a multi-label source the first of copies that lie in one split. */
  usable: Uint32Array;
}

export function labelFiles(files: SourceFiles, inspections: Inspections): FileLabels {
  const usable = Uint32Array.from({ length: files.length }, (_, file) => file).filter((file) =>
    inspections.isUsable(file),
  );
  return files.isMultiLabel ? multiLabel(files, inspections, usable) : singleLabel(files, usable);
}

function singleLabel(files: SourceFiles, usable: Uint32Array): FileLabels {
  const classes = sorted(usable, (file) => [files.classNameOf(file)]);
  const labels = new Map(classes.map((name, label) => [name, label]));
  return {
    ...{ classes, usable, unusable: others(files, classes, (file) => [files.classNameOf(file)]) },
    textOf: (file) => files.classNameOf(file),
    labelOf: (file) => labels.get(files.classNameOf(file)) ?? 0,
    tagsOf: (file) => [files.classNameOf(file)],
  };
}

/** Copies that lie in one split are one picture with the labels of all of them: the same picture lies in a folder for each label. */
function multiLabel(files: SourceFiles, inspections: Inspections, usable: Uint32Array): FileLabels {
  const labelsIn = (file: number): string[] => separateLabels(files.classNameOf(file));
  if (files.hasFolderLabels) requireUnmarked(files);
  const first = new Map<string, number>();
  const texts = new Map<number, string>();
  for (const file of usable) {
    const content = `${files.splitOf(file) ?? ''} ${inspections.sha256(file)}`;
    const kept = first.get(content) ?? file;
    first.set(content, kept);
    texts.set(kept, joinedLabels([...separateLabels(texts.get(kept) ?? ''), ...labelsIn(file)]));
  }
  const rows = usable.filter((file) => texts.has(file));
  const textOf = (file: number): string => texts.get(file) ?? '';
  const classes = sorted(rows, (file) => separateLabels(textOf(file)));
  const indices = new Map(classes.map((name, label) => [name, label]));
  const sets = sorted(rows, (file) => [textOf(file)]);
  const labels = new Map(sets.map((text, label) => [text, label]));
  return {
    ...{ classes, usable: rows, unusable: others(files, classes, labelsIn) },
    labelSets: sets.map((text) => separateLabels(text).map((name) => indices.get(name) ?? 0)),
    textOf,
    labelOf: (file) => labels.get(textOf(file)) ?? 0,
    tagsOf: (file) => textOf(file).split(labelMark),
  };
}

/** @throws GraftworkError GW_DATASET_INVALID when a folder's name holds what stands between labels */
function requireUnmarked(files: SourceFiles): void {
  for (let file = 0; file < files.length; file += 1) {
    const name = files.classNameOf(file);
    if (!name.includes(labelMark)) continue;
    throw new GraftworkError(
      'GW_DATASET_INVALID',
      `The folder ${quoted(name)} holds ${labelMark}, which stands between the labels of a picture.`,
      { remedy: 'Rename the folder, or list the pictures with their labels.' },
    );
  }
}

function sorted(files: Uint32Array, namesOf: (file: number) => readonly string[]): string[] {
  const names = new Set<string>();
  for (const file of files) for (const name of namesOf(file)) names.add(name);
  return [...names].toSorted(byCodeUnit);
}

function others(
  files: SourceFiles,
  classes: readonly string[],
  namesOf: (file: number) => readonly string[],
): string[] {
  const lost = new Set<string>();
  for (let file = 0; file < files.length; file += 1) for (const name of namesOf(file)) lost.add(name);
  for (const name of classes) lost.delete(name);
  return [...lost].toSorted(byCodeUnit);
}
