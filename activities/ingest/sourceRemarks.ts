/** What a person should know of a source and of the version made of it, before believing any figure. */
import type { DatasetManifest } from '../../contracts/data/dataset.js';
import { decisionsText } from '../../contracts/data/labelDecisions.js';
import { separateLabels } from '../../contracts/data/labelSets.js';
import { quotedList } from '../../learning/dataset/folders/className.js';
import { remarksOn } from '../../learning/dataset/splits/remarks.js';
import { twoLabels, twoLabelsRemark } from '../../learning/dataset/twoLabels.js';
import type { Datasets } from '../../storage/datasets/datasets.js';
import type { FoundSource } from './datasetSource.js';

/** In sentences. Reads the version's list of duplicates if pictures in it have several classes. */
export async function sourceRemarks(
  datasets: Datasets,
  manifest: DatasetManifest,
  { files, notes, unusable }: FoundSource,
): Promise<string[]> {
  return [
    ...notes,
    ...decisionsRemark(manifest),
    ...joinedCopies(manifest, files, unusable.length),
    ...(await contradictions(datasets, manifest, files)),
    ...lostClasses(files, manifest.classes),
    ...remarksOn(manifest),
  ];
}

function decisionsRemark({ decisions }: DatasetManifest): string[] {
  return decisions === undefined ? [] : [decisionsText(decisions)];
}

async function contradictions(
  datasets: Datasets,
  { version, duplicates }: DatasetManifest,
  files: FoundSource['files'],
): Promise<string[]> {
  if (duplicates.acrossClasses === 0) return [];
  const found = twoLabels(await datasets.duplicates(version));
  const sought = new Set(found.examples.flat());
  const classOf = new Map<string, string>();
  for (let file = 0; file < files.length && classOf.size < sought.size; file += 1) {
    const path = files.pathOf(file);
    if (sought.has(path)) classOf.set(path, files.classNameOf(file));
  }
  return twoLabelsRemark(found, classOf);
}

/** Of a list of pictures with several labels: in folders that is how labels are given. */
function joinedCopies(
  { counts, quarantined }: DatasetManifest,
  files: FoundSource['files'],
  notThere: number,
): string[] {
  if (!files.isMultiLabel || files.hasFolderLabels) return [];
  const joined = files.length + notThere - quarantined - counts.train - counts.validation - counts.test;
  if (joined <= 0) return [];
  const which = joined === 1 ? '1 picture is a copy' : `${joined} pictures are copies`;
  return [`${which} of others in the same split. Such pictures are one, with the labels of all copies.`];
}

/** Classes of the source that came to nothing, since none of their files can be used. */
function lostClasses(files: FoundSource['files'], classes: readonly string[]): string[] {
  const lost = new Set<string>();
  for (let file = 0; file < files.length; file += 1) {
    const name = files.classNameOf(file);
    for (const label of files.isMultiLabel ? separateLabels(name) : [name]) lost.add(label);
  }
  for (const name of classes) lost.delete(name);
  return lost.size === 0 ? [] : [`No file of ${quotedList([...lost])} can be used, so it is not a class.`];
}
