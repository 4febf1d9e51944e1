/** ImageFolder: `class/file`, `split/class/file` or `class/split/file`; which of them is seen from the folders themselves. */
import type { Split } from '../../../contracts/data/dataset.js';
import { CandidateTable, type LabelledSource } from './candidates.js';
import { quoted, quotedList, safeClassName } from './className.js';
import { DeeperPictures } from './deeperPictures.js';
import { folderLayout, type FolderLayout } from './folderLayout.js';
import { OtherFolders } from './leftovers.js';
import { Papers } from './papers.js';
import { isPaper } from './pictureFolders.js';
import { splitNamed } from './splitNames.js';
import { numbered } from '../columns/sequence.js';
import type { TextColumn } from '../columns/textColumn.js';

export interface FolderSource extends LabelledSource {
  /** What a person should know of the folders, in sentences. */
  notes: string[];
  /** Where a class or a split would be, but no picture is. */
  emptyFolders: string[];
}

/**
 * @param paths relative to the source's root, leftovers already removed
 * @throws GraftworkError GW_DATASET_INVALID for an unsafe class name, or a layout that is not understood ({@link folderLayout})
 */
export function readImageFolder(paths: TextColumn, others = new OtherFolders()): FolderSource {
  const layout = folderLayout(paths);
  const candidates = new CandidateTable(paths);
  const withoutClass: LabelledSource['withoutClass'] = [];
  const splitNames = new Map<Split, Set<string>>();
  const unlabelled = new Map<string, number>();
  const folderNames = new Map<string, Set<string>>();
  const deeper = new DeeperPictures();
  const papers = new Papers();
  for (const [row, path] of numbered(paths)) {
    const folders = path.split('/').slice(0, -1);
    const place = placeOf(folders, layout);
    const { top, split, className } = place;
    if (place.isUnlabelled) {
      if (isPaper(path)) papers.add(path);
      else unlabelled.set(top, (unlabelled.get(top) ?? 0) + 1);
      continue;
    }
    if (className === undefined || (hasSplits(layout) && split === undefined)) {
      const isLoose = split === undefined && className === undefined;
      const detail = isLoose ? 'it lies in no class folder' : `it lies directly in ${top}/`;
      if (isPaper(path)) papers.add(path);
      else withoutClass.push({ row, detail });
      continue;
    }
    // A folder of papers alone is no class.
    if (!place.classes.has(className)) {
      papers.add(path);
      continue;
    }
    if (split !== undefined) splitNames.set(split, (splitNames.get(split) ?? new Set()).add(place.splitFolder));
    const safe = safeClassName(className, `folder ${quoted(path.slice(0, path.lastIndexOf('/') + 1))}`);
    folderNames.set(safe, (folderNames.get(safe) ?? new Set()).add(className));
    candidates.add(row, safe, split ?? null);
    if (folders.length > place.depth && !isPaper(path)) deeper.add(folders, className);
  }
  const emptyFolders = emptyFoldersOf(others.marked, layout);
  return {
    candidates,
    withoutClass,
    splitNames: Object.fromEntries([...splitNames].map(([split, folders]) => [split, [...folders].join(', ')])),
    emptyFolders,
    notes: [
      ...[...unlabelled].map(
        ([folder, count]) =>
          `${quoted(folder)} has no labels: its ${count} ${count === 1 ? 'picture is' : 'pictures are'} not in a class folder and ${count === 1 ? 'is' : 'are'} not used.`,
      ),
      ...[...folderNames].flatMap(([name, folders]) => mergedNote(name, [...folders])),
      ...classSplitsNote(layout),
      ...deeper.note(),
      ...papers.note(),
      ...noteOn(emptyFolders, 'Folders without pictures are not used'),
      ...noteOn([...others.hidden], 'Hidden folders are not used'),
      ...noteOn([...others.hiddenPictures], 'Hidden pictures are not used'),
    ],
  };
}

interface Place {
  top: string;
  split?: Split | undefined;
  /** The folder that names the split. */
  splitFolder: string;
  /** Whether the split has no classes. */
  isUnlabelled?: boolean;
  className: string | undefined;
  /** Class folders beside which this one lies, and which hold pictures. */
  classes: ReadonlySet<string>;
  /** Folders from the source's root to where the pictures of a class are expected. */
  depth: number;
}

/** @param folders of a path, from the source's root on */
function placeOf(folders: readonly string[], { depth, top: classes, splits, classSplits }: FolderLayout): Place {
  const top = folders[depth] ?? '';
  const split = splits?.get(top);
  if (split !== undefined) {
    const at = depth + 1 + split.depth;
    const isUnlabelled = !split.labelled;
    const ofSplit = { split: split.split, splitFolder: top, isUnlabelled, classes: split.classes };
    return { top, ...ofSplit, className: folders[at], depth: at + 1 };
  }
  const splitFolder = folders[depth + 1] ?? '';
  const inClass =
    classSplits === undefined ? { depth: depth + 1 } : { split: classSplits.get(splitFolder), depth: depth + 2 };
  return { top, splitFolder, className: folders[depth], classes, ...inClass };
}

function hasSplits({ splits, classSplits }: FolderLayout): boolean {
  return splits !== undefined || classSplits !== undefined;
}

function emptyFoldersOf(folders: Iterable<string>, layout: FolderLayout): string[] {
  const found = new Set<string>();
  for (const folder of folders) {
    const { top, split, className, classes, isUnlabelled } = placeOf(folder.split('/'), layout);
    const isSplit = layout.splits !== undefined && split === undefined;
    if (isSplit && splitNamed(top) !== undefined) found.add(top);
    if (className === undefined || isSplit || isUnlabelled === true) continue;
    if (!classes.has(className)) found.add(layout.splits === undefined ? className : `${top}/${className}`);
  }
  return [...found].sort();
}

function classSplitsNote({ classSplits }: FolderLayout): string[] {
  if (classSplits === undefined) return [];
  return [
    `The class folders hold folders named like splits: ${quotedList([...classSplits.keys()])}. They are used as the splits.`,
  ];
}

/** Names that look the same are one class; a person may not have meant it so. Composed and decomposed letters are the same name. */
function mergedNote(name: string, folders: readonly string[]): string[] {
  const different = [...new Set(folders.map((folder) => folder.normalize('NFC')))];
  if (different.length < 2) return [];
  return [
    `The folders ${different.map(quoted).join(', ')} have names that look the same. They are used as one class, ${quoted(name)}.`,
  ];
}

function noteOn(paths: readonly string[], what: string): string[] {
  if (paths.length === 0) return [];
  return [`${what}: ${quotedList(paths)}.`];
}
