/** ImageFolder: `class/file`, or `split/class/file`; which of the two is seen from the folders themselves. */
import type { Split } from '../../../contracts/data/dataset.js';
import { CandidateTable, splitNamed, type LabelledSource } from './candidates.js';
import { quoted, safeClassName } from './className.js';
import { folderLayout, isPaper, type FolderLayout } from './folderLayout.js';
import { OtherFolders } from './leftovers.js';
import { numbered } from '../columns/sequence.js';
import type { TextColumn } from '../columns/textColumn.js';

/** Folders and files named in one note. */
const mostNamed = 5;

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
  const papers = new Papers();
  for (const [row, path] of numbered(paths)) {
    const { top, split, className } = placeOf(path.split('/').slice(0, -1), layout);
    if (split !== undefined && !split.labelled) {
      if (isPaper(path)) papers.add(path);
      else unlabelled.set(top, (unlabelled.get(top) ?? 0) + 1);
      continue;
    }
    if (className === undefined || (layout.splits !== undefined && split === undefined)) {
      const detail = split === undefined ? 'it lies in no class folder' : `it lies directly in ${top}/`;
      if (isPaper(path)) papers.add(path);
      else withoutClass.push({ row, detail });
      continue;
    }
    // A folder of papers alone is no class.
    if (!(split?.classes ?? layout.top).has(className)) {
      papers.add(path);
      continue;
    }
    if (split !== undefined) splitNames.set(split.split, (splitNames.get(split.split) ?? new Set()).add(top));
    const safe = safeClassName(className, `folder ${quoted(path.slice(0, path.lastIndexOf('/') + 1))}`);
    folderNames.set(safe, (folderNames.get(safe) ?? new Set()).add(className));
    candidates.add(row, safe, split?.split ?? null);
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
      ...papers.note(),
      ...noteOn(emptyFolders, 'Folders without pictures are not used'),
      ...noteOn([...others.hidden], 'Hidden folders are not used'),
      ...noteOn([...others.hiddenPictures], 'Hidden pictures are not used'),
    ],
  };
}

/** Files beside the classes that are no pictures by their names. In a class every file is looked into, and put aside with a reason. */
class Papers {
  readonly #first: string[] = [];
  #count = 0;

  add(path: string): void {
    this.#count += 1;
    if (this.#first.length < mostNamed) this.#first.push(path);
  }

  note(): string[] {
    return noteOn(this.#first, 'Other files beside the classes are not used', this.#count);
  }
}

/** @param folders of a path, from the source's root on */
function placeOf(folders: readonly string[], { depth, splits }: FolderLayout) {
  const top = folders[depth] ?? '';
  const split = splits?.get(top);
  return { top, split, className: folders[split === undefined ? depth : depth + 1 + split.depth] };
}

function emptyFoldersOf(folders: Iterable<string>, layout: FolderLayout): string[] {
  const found = new Set<string>();
  for (const folder of folders) {
    const { top, split, className } = placeOf(folder.split('/'), layout);
    const isSplit = layout.splits !== undefined && split === undefined && splitNamed(top) !== undefined;
    if (isSplit) found.add(top);
    if (className === undefined || (layout.splits !== undefined && split?.labelled !== true)) continue;
    if (!(split?.classes ?? layout.top).has(className))
      found.add(split === undefined ? className : `${top}/${className}`);
  }
  return [...found].sort();
}

/** Names that look the same are one class; a person may not have meant it so. Composed and decomposed letters are the same name. */
function mergedNote(name: string, folders: readonly string[]): string[] {
  const different = [...new Set(folders.map((folder) => folder.normalize('NFC')))];
  if (different.length < 2) return [];
  return [
    `The folders ${different.map(quoted).join(', ')} have names that look the same. They are used as one class, ${quoted(name)}.`,
  ];
}

/** @param count of all, where only the first ones are given */
function noteOn(paths: readonly string[], what: string, count = paths.length): string[] {
  if (count === 0) return [];
  const more = count > mostNamed ? ` and ${count - mostNamed} more` : '';
  return [`${what}: ${paths.slice(0, mostNamed).map(quoted).join(', ')}${more}.`];
}
