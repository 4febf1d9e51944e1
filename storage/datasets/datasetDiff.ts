/** What changed from one dataset version to another. */
import { labelText, type NamedLabels } from '../../contracts/data/labelSets.js';
import type { ImageEntry, Split } from '../../contracts/data/dataset.js';

/** What of an image is compared. */
export type ComparedImage = Pick<ImageEntry, 'path' | 'sha256' | 'label' | 'split'>;

export interface DatasetSide extends NamedLabels {
  images: readonly ComparedImage[];
}

export interface DatasetDiff {
  /** Paths, in the order of their own version. */
  added: string[];
  removed: string[];
  /** Same path, other bytes. */
  changed: string[];
  relabelled: { path: string; from: string; to: string }[];
  moved: { path: string; from: Split; to: Split }[];
  classesAdded: string[];
  classesRemoved: string[];
}

/**
 * An image is known by its path; one whose path is new but whose bytes were there under a path that is gone counts as the
 * same image (folders of an ImageFolder are its label and split, so relabelling is a move of the file).
 */
export function diffDatasets(before: DatasetSide, after: DatasetSide): DatasetDiff {
  const beforeByPath = new Map(before.images.map((image) => [image.path, image]));
  const afterPaths = new Set(after.images.map((image) => image.path));
  const goneByContent = new Map<string, ComparedImage[]>();
  for (const image of before.images) {
    if (afterPaths.has(image.path)) continue;
    const same = goneByContent.get(image.sha256);
    if (same === undefined) goneByContent.set(image.sha256, [image]);
    else same.push(image);
  }
  const diff: DatasetDiff = {
    added: [],
    removed: [],
    changed: [],
    relabelled: [],
    moved: [],
    classesAdded: after.classes.filter((name) => !before.classes.includes(name)),
    classesRemoved: before.classes.filter((name) => !after.classes.includes(name)),
  };
  const matched = new Set<string>();
  for (const image of after.images) {
    const old = beforeByPath.get(image.path) ?? goneByContent.get(image.sha256)?.shift();
    if (old === undefined) {
      diff.added.push(image.path);
      continue;
    }
    matched.add(old.path);
    if (old.sha256 !== image.sha256) diff.changed.push(image.path);
    const from = labelText(before, old.label);
    const to = labelText(after, image.label);
    if (from !== to) diff.relabelled.push({ path: image.path, from, to });
    if (old.split !== image.split) diff.moved.push({ path: image.path, from: old.split, to: image.split });
  }
  diff.removed = before.images.filter((image) => !matched.has(image.path)).map((image) => image.path);
  return diff;
}
