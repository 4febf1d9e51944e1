/** Splits that lie in the classes: `daisy/train/1.jpg`, `daisy/test/2.jpg`. Seen from names alone. Pure. */
import type { Split } from '../../../contracts/data/dataset.js';
import { GraftworkError } from '../../../contracts/errors.js';
import { quoted, quotedList } from './className.js';
import { foldersIn } from './pictureFolders.js';
import { meaningsOf, nearSplitName, splitNamed } from './splitNames.js';

/**
 * Class folders hold splits when one of them has a training folder and another split. Then every class needs split folders, and
 * no other folder may lie beside these: anything between is refused, since a new draw would mix the splits.
 *
 * @param depth of the class folders
 * @param classes folders at that depth which hold pictures
 * @returns the split of each folder name; undefined where the classes hold no splits
 * @throws GraftworkError GW_DATASET_INVALID naming the class that differs
 */
export function splitsInClasses(
  paths: Iterable<string>,
  depth: number,
  classes: ReadonlySet<string>,
): ReadonlyMap<string, Split> | undefined {
  const isSplit = (folder: string): boolean => splitNamed(folder) !== undefined;
  const splits = foldersIn(paths, depth, classes, isSplit);
  const [divided] = [...splits].find(([, folders]) => isDivided(folders)) ?? [];
  if (divided === undefined) {
    refuseMistyped(foldersIn(paths, depth, classes), classes);
    return undefined;
  }
  const example = `The class folder ${quoted(divided)} holds the splits ${quotedList([...(splits.get(divided) ?? [])])}`;
  const undivided = [...classes].filter((name) => !splits.has(name));
  if (undivided.length > 0) throw onlySomeDivided(example, undivided);
  const others = foldersIn(paths, depth, classes, (folder) => !isSplit(folder));
  const strangers = [...others].flatMap(([name, folders]) => [...folders].map((folder) => `${name}/${folder}`));
  if (strangers.length > 0) throw besideSplits(example, strangers);
  return meaningsOf([...new Set([...splits.values()].flatMap((folders) => [...folders]))]);
}

function isDivided(folders: ReadonlySet<string>): boolean {
  const kinds = new Set([...folders].map(splitNamed));
  return kinds.has('train') && kinds.size > 1;
}

/**
 * Every class has a training folder, and no other split: a folder that is nearly named as one would be trained on with all the rest.
 * @param inside folders of each class
 */
function refuseMistyped(inside: ReadonlyMap<string, ReadonlySet<string>>, classes: ReadonlySet<string>): void {
  const hold = [...classes].map((name) => [...(inside.get(name) ?? [])]);
  if (!hold.every((folders) => folders.some((folder) => splitNamed(folder) === 'train'))) return;
  for (const [name, folders] of inside) {
    for (const folder of folders) {
      const meant = nearSplitName(folder);
      if (meant === undefined) continue;
      throw refused(
        `All class folders hold a training folder, and ${quoted(`${name}/${folder}`)} is nearly named like the split ${quoted(meant)}.`,
        `Rename it to ${meant} if it is that split. If it is none, move its pictures directly into ${quoted(name)}.`,
      );
    }
  }
}

function onlySomeDivided(example: string, others: readonly string[]): GraftworkError {
  return refused(
    `${example}, but ${quotedList(others)} ${others.length === 1 ? 'holds' : 'hold'} none.`,
    'Divide every class into the same splits, or put all pictures of a class directly into its folder.',
  );
}

function besideSplits(example: string, strangers: readonly string[]): GraftworkError {
  return refused(
    `${example}, but ${quotedList(strangers)} ${strangers.length === 1 ? 'is' : 'are'} no split.`,
    'Move these pictures into a split of their class, or move the folder away.',
  );
}

function refused(message: string, remedy: string): GraftworkError {
  return new GraftworkError('GW_DATASET_INVALID', message, { remedy });
}
