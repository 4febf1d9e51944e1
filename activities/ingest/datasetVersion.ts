/** From what was found at a source to a dataset version: classes, splits, duplicates, counts, and the version's name. */
import { setImmediate as others } from 'node:timers/promises';
import type { DatasetManifest, ImageEntry, Quarantined, Split } from '../../contracts/data/dataset.js';
import type { AppliedDecisions } from '../../contracts/data/labelDecisions.js';
import { labelsOf, type LabelSets } from '../../contracts/data/labelSets.js';
import type { DatasetSpec } from '../../contracts/spec/sources/datasetSpec.js';
import { countDuplicates, findDuplicates, lookAlikes, type Comparable } from '../../learning/dataset/duplicates.js';
import { countGroups, keptTogether } from '../../learning/dataset/splits/groups.js';
import { assignSplits, type Drawing } from '../../learning/dataset/splits/splits.js';
import { quoted } from '../../learning/dataset/folders/className.js';
import { contentKeyOfLists } from '../../storage/objects/contentKey.js';
import type { DatasetVersion } from '../../storage/datasets/writeVersion.js';
import type { FoundSource } from './datasetSource.js';
import type { Inspections } from './inspections.js';
import { byCodeUnit } from './sourceFiles.js';
import { refuseCopies, refuseUnfit, withoutTest } from './unfitDataset.js';
import { UsableImages } from './usableImages.js';

/** Raise when the same content with the same splits shall get another name: old versions are then never met again. */
const format = 'dataset/1';

/**
 * Nothing here depends on anything but its arguments (and the clock). For a million images each step takes seconds, so
 * between them others of this process have their turn: heartbeats above all.
 *
 * @throws GraftworkError GW_DATASET_EMPTY, GW_DATASET_TOO_MANY_BAD, GW_DATASET_INVALID
 */
export async function makeVersion(
  dataset: DatasetSpec,
  source: FoundSource,
  inspections: Inspections,
  drawing: Drawing,
  decisions?: AppliedDecisions,
): Promise<DatasetVersion> {
  const images = new UsableImages(source.files, inspections);
  const { classes, labelSets } = images.labels;
  const quarantined = putAside(source, inspections);
  refuseUnfit(dataset, images.length, quarantined, images.labels);
  refuseCopies(dataset, images.toSplit());
  await others();
  const { groupBy } = dataset;
  const groups = images.hasGroups ? countGroups(images.toSplit()) : undefined;
  const hasGroups = groups !== undefined;
  const sameLook = lookAlikes(images.toCompare([]));
  await others();
  const together = {
    ...keptTogether(images.toSplit(), sameLook, hasGroups),
    ...(hasGroups ? { groupBy: groupBy ?? null } : {}),
  };
  await others();
  const assigned = await assignSplits(images.toSplit(), dataset.splits, source.splitNames, drawing, together);
  const { splits, origin, drawn } = assigned;
  const classCounts = countClasses(images.toCompare(splits), classes.length, labelSets);
  const count = (split: Split) => splits.reduce((sum, own) => sum + (own === split ? 1 : 0), 0);
  if (count('test') === 0) throw withoutTest(dataset, images.toSplit());
  await others();
  const duplicates = findDuplicates(images.toCompare(splits), { sameLook, hasGroups });
  await others();
  const version = contentKeyOfLists(format, {
    classes,
    ...(labelSets === undefined ? {} : { labelSets }),
    images: identities(images.toCompare(splits)),
    quarantined: quarantined.map(({ path, reason, bytes }) => [path, reason, bytes]),
    // Who trains on it can say what was looked at, also where nothing was changed.
    ...(decisions === undefined ? {} : { decisions: [decisions.digest] }),
  });
  await others();
  return {
    manifest: {
      format: 1,
      version,
      uri: dataset.uri,
      createdAt: new Date().toISOString(),
      classes,
      ...(labelSets === undefined ? {} : { labelSets: labelSets.map((labels) => [...labels]) }),
      counts: { train: count('train'), validation: count('validation'), test: count('test') },
      classCounts,
      splitOrigin: origin,
      ...(drawn.test === undefined && drawn.validation === undefined ? {} : { drawn }),
      ...(groups === undefined ? {} : { groups: { ...(groupBy === undefined ? {} : { by: groupBy }), ...groups } }),
      ...(decisions === undefined ? {} : { decisions }),
      quarantined: quarantined.length,
      quarantineReasons: tally(quarantined.map(({ reason }) => reason)),
      duplicates: countDuplicates(duplicates),
    },
    images: images.entries(splits),
    quarantined,
    duplicates,
  };
}

function putAside({ files, unusable }: FoundSource, inspections: Inspections): Quarantined[] {
  const quarantined: Quarantined[] = unusable.map(({ near, detail, ...one }) => ({
    ...one,
    detail: near === undefined ? detail : `${detail}, but there is ${quoted(near)}`,
  }));
  for (const [index, { reason, detail }] of inspections.unusable()) {
    const { path, bytes } = files.at(index);
    quarantined.push({ path, bytes, reason, detail });
  }
  return quarantined.sort((a, b) => byCodeUnit(a.path, b.path));
}

/** What of an image makes the version another one. */
function* identities(images: Iterable<Comparable>): Generator<[string, string, number, Split, string?]> {
  for (const { path, sha256, label, split, group } of images) {
    yield group === undefined ? [path, sha256, label, split] : [path, sha256, label, split, group];
  }
}

function countClasses(
  images: Iterable<Pick<ImageEntry, 'split' | 'label'>>,
  classes: number,
  sets: LabelSets | undefined,
): DatasetManifest['classCounts'] {
  const none = () => Array.from({ length: classes }, () => 0);
  const counts = { train: none(), validation: none(), test: none() };
  for (const { split, label } of images) {
    for (const index of labelsOf(label, sets)) counts[split][index] = (counts[split][index] ?? 0) + 1;
  }
  return counts;
}

function tally(reasons: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const reason of reasons) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}
