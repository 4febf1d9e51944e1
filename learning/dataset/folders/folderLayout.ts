/** How the folders of a source are meant: as classes, or as splits with classes in them. Seen from their names alone. Pure. */
import type { Split } from '../../../contracts/data/dataset.js';
import { GraftworkError } from '../../../contracts/errors.js';
import { quoted, quotedList } from './className.js';
import { splitsInClasses } from './classSplits.js';
import { foldersAt, foldersIn } from './pictureFolders.js';
import { meaningsOf, splitNamed } from './splitNames.js';

export interface FolderLayout {
  /** Folders above the classes or splits; each holds everything. */
  depth: number;
  /** Folders at that depth which hold pictures. */
  top: ReadonlySet<string>;
  /** The split folders; undefined where the folders are the classes themselves. */
  splits: ReadonlyMap<string, SplitFolder> | undefined;
  /** The split folders in the class folders: `daisy/train/1.jpg`; undefined where classes have none. */
  classSplits?: ReadonlyMap<string, Split> | undefined;
}

export interface SplitFolder {
  split: Split;
  /** Folders in it which hold pictures. */
  classes: ReadonlySet<string>;
  /** 1 where the split's only folder has its name once more: `test/test/cat/1.jpg`. */
  depth: 0 | 1;
  /** Whether its folders are classes; a test split for a competition has none. */
  labelled: boolean;
}

/** `test/unknown/1.jpg` is how some loaders want pictures without labels: no class is called so. */
const heap = /^(?:unknown|unlabell?ed|images?|imgs?|pictures|photos|data|all(?:[ _-]?classes)?)$/i;

/**
 * Folders are splits when every folder at the top that holds pictures is named as one, and those to train on have class folders.
 * `train` beside `bus`, both with pictures directly in them, are vehicles; anything between is refused, since guessing
 * would make classes of splits. Splits may also lie in the classes ({@link splitsInClasses}).
 *
 * @param paths relative to the source's root, leftovers already removed; gone through several times
 * @throws GraftworkError GW_DATASET_INVALID for folders that are half splits, half something else, or splits without classes
 */
export function folderLayout(paths: Iterable<string>): FolderLayout {
  const depth = wrapperDepth(paths);
  const top = foldersAt(paths, depth);
  const named = [...top].filter((folder) => splitNamed(folder) !== undefined);
  const inside = foldersIn(paths, depth, new Set(named));
  const sorted = named.filter((folder) => inside.get(folder) !== undefined);
  const kinds = new Set(named.map(splitNamed));
  const strangers = [...top].filter((folder) => splitNamed(folder) === undefined);
  // One kind of split, without classes in it, beside other folders: a class that happens to have such a name.
  if (named.length === 0 || (sorted.length === 0 && kinds.size === 1 && top.size > 1)) {
    return { depth, top, splits: undefined, classSplits: splitsInClasses(paths, depth, top) };
  }
  if (strangers.length > 0) throw besideSplits(named, strangers);
  const splits = splitFolders(paths, depth, named, inside);
  const unlabelled = named.filter((folder) => splits.get(folder)?.labelled === false);
  const training = named.filter((folder) => splits.get(folder)?.split === 'train');
  if (sorted.length === 0 || training.some((folder) => unlabelled.includes(folder))) throw withoutClasses(unlabelled);
  if (training.length === 0 && kinds.size > 1) throw nothingToTrainOn(named);
  return { depth, top, splits };
}

function splitFolders(
  paths: Iterable<string>,
  depth: number,
  named: readonly string[],
  inside: ReadonlyMap<string, ReadonlySet<string>>,
): Map<string, SplitFolder> {
  const splits = new Map<string, SplitFolder>();
  const meanings = meaningsOf(named);
  for (const [folder, split] of meanings) {
    const once = inside.get(folder) ?? new Set();
    const [only] = once;
    const again = once.size === 1 && only !== undefined && splitNamed(only) === splitNamed(folder) ? only : undefined;
    const below = again === undefined ? undefined : foldersIn(paths, depth + 1, new Set([again])).get(again);
    const classes = again === undefined ? once : (below ?? new Set<string>());
    splits.set(folder, { split, classes, depth: again === undefined ? 0 : 1, labelled: classes.size > 0 });
  }
  const trained = new Set(
    [...splits.values()].flatMap(({ split, classes }) => (split === 'train' ? [...classes] : [])),
  );
  for (const one of splits.values()) {
    if (one.split !== 'train' && isHeap(one.classes, trained)) one.labelled = false;
  }
  return splits;
}

function isHeap(classes: ReadonlySet<string>, trained: ReadonlySet<string>): boolean {
  const [only] = classes;
  return classes.size === 1 && only !== undefined && heap.test(only) && !trained.has(only);
}

/**
 * Folders that hold everything else (`photos/train/…` given as the folder above `photos`) are looked through. One class
 * folder alone would be of no use, so a lone folder is never taken for a class.
 */
function wrapperDepth(paths: Iterable<string>): number {
  for (let depth = 0; ; depth += 1) {
    const here = foldersAt(paths, depth);
    const [only] = here;
    if (here.size !== 1 || only === undefined) return depth;
    const below = foldersAt(paths, depth + 1);
    if (below.size === 0) return depth;
    const holdsSplits = new Set([...below].map(splitNamed)).size > 1 && [...below].every((name) => splitNamed(name));
    if (splitNamed(only) !== undefined && !holdsSplits) return depth;
  }
}

function besideSplits(named: readonly string[], strangers: readonly string[]): GraftworkError {
  const splits = named.map(quoted).join(', ');
  return new GraftworkError(
    'GW_DATASET_INVALID',
    `${splits} ${named.length === 1 ? 'is named like a split' : 'are named like splits'}, but next to ${named.length === 1 ? 'it' : 'them'} there is ${quotedList(strangers)}.`,
    {
      remedy:
        'Move the other folders away, or rename folders that are classes. A CSV or JSONL manifest can name images wherever they are.',
    },
  );
}

function withoutClasses(folders: readonly string[]): GraftworkError {
  return new GraftworkError(
    'GW_DATASET_INVALID',
    `${folders.map((folder) => `${quoted(folder)} holds pictures without class folders`).join(', ')}, so nothing says what they show.`,
    {
      remedy:
        'Sort the training pictures into train/<class>/, or list them with their labels in a CSV or JSONL manifest.',
    },
  );
}

function nothingToTrainOn(named: readonly string[]): GraftworkError {
  return new GraftworkError(
    'GW_DATASET_INVALID',
    `There are split folders (${named.map(quoted).join(', ')}), but no training folder.`,
    { remedy: 'Name one of the folders train, or give the class folders without splits.' },
  );
}
