/** ImageFolder: `class/file`, or `split/class/file`; which of the two is seen from the folders themselves. */
import { GraftworkError } from '../../contracts/errors.js';
import { CandidateTable, splitNamed } from './candidates.js';
import type { LabelledSource } from './candidates.js';
import { quoted, safeClassName } from './className.js';
import { numbered } from './sequence.js';
import type { TextColumn } from './textColumn.js';

/** What operating systems and tools leave behind; anything else is looked at. */
const leftovers = new Set(['__macosx', 'thumbs.db', 'ehthumbs.db', 'desktop.ini', '$recycle.bin']);

/** Papers that lie beside the class folders and are no pictures with a missing label. */
const papers =
  /^(?:readme|licen[cs]e|copying|notice|changelog|citation|manifest)\b|\.(?:md|txt|csv|tsv|jsonl?|ya?ml|xml|html?|pdf|zip|tar|t?gz|py|ipynb|sha256|log)$/i;

/** Hidden files, folder markers of object stores, leftovers of operating systems. */
export function isLeftover(path: string): boolean {
  return (
    path === '' ||
    path.endsWith('/') ||
    path
      .split('/')
      .some((part) => (part.startsWith('.') && part !== '..' && part !== '.') || leftovers.has(part.toLowerCase()))
  );
}

/**
 * @param paths relative to the source's root, leftovers already removed
 * @throws GraftworkError GW_DATASET_INVALID for an unsafe class name, or folders that are half splits, half something else
 */
export function readImageFolder(paths: TextColumn): LabelledSource {
  const depth = wrapperDepth(paths);
  const bySplit = standsInSplits(paths, depth);
  const candidates = new CandidateTable(paths);
  const withoutClass: LabelledSource['withoutClass'] = [];
  const names = new Map<string, Set<string>>();
  for (const [row, path] of numbered(paths)) {
    const folders = path.split('/').slice(depth, -1);
    const splitFolder = bySplit ? folders.shift() : undefined;
    const split = splitFolder === undefined ? undefined : splitNamed(splitFolder);
    const className = folders[0];
    if (className === undefined || (bySplit && split === undefined)) {
      const detail = splitFolder === undefined ? 'it lies in no class folder' : `it lies directly in ${splitFolder}/`;
      if (!papers.test(path.split('/').at(-1) ?? '')) withoutClass.push({ row, detail });
      continue;
    }
    if (split !== undefined && splitFolder !== undefined) {
      names.set(split, (names.get(split) ?? new Set()).add(splitFolder));
    }
    candidates.add(row, safeClassName(className, `folder ${quoted(folderOf(path))}`), split ?? null);
  }
  const splitNames = Object.fromEntries([...names].map(([split, folders]) => [split, [...folders].join(', ')]));
  return { candidates, withoutClass, splitNames };
}

/**
 * Folders that hold everything else (`photos/train/…` given as the folder above `photos`) are looked through. One class
 * folder alone would be of no use, so a lone folder is never taken for a class.
 */
function wrapperDepth(paths: TextColumn): number {
  for (let depth = 0; ; depth += 1) {
    const here = foldersAt(paths, depth);
    const [only] = here;
    if (here.size !== 1 || only === undefined || splitNamed(only) !== undefined) return depth;
    if (foldersAt(paths, depth + 1).size === 0) return depth;
  }
}

/**
 * Splits it is when every folder at the top is named as one. `train` beside `bus` are vehicles; but `train` and `val`
 * beside a third folder with folders in it are a mistake that must not make three classes.
 */
function standsInSplits(paths: TextColumn, depth: number): boolean {
  const top = foldersAt(paths, depth);
  const named = [...top].filter((folder) => splitNamed(folder) !== undefined);
  if (named.length === 0) return false;
  const withFolders = foldersAt(paths, depth, 1);
  const splitsHoldFolders = named.every((folder) => withFolders.has(folder));
  if (named.length === top.size) return splitsHoldFolders;
  if (new Set(named.map(splitNamed)).size < 2 || !splitsHoldFolders) return false;
  const strangers = [...top].filter((folder) => splitNamed(folder) === undefined);
  throw new GraftworkError(
    'GW_DATASET_INVALID',
    `Beside the split folders ${named.join(', ')} there is ${strangers.map(quoted).join(', ')}, which is neither a split nor a class.`,
    { remedy: 'Move it away, or name its images in a CSV or JSONL manifest.' },
  );
}

/**
 * Names of the folders at a depth that hold files, at whatever depth below.
 * @param between folders there are at least between the folder and the file
 */
function foldersAt(paths: TextColumn, depth: number, between = 0): Set<string> {
  const found = new Set<string>();
  for (const path of paths) {
    const parts = path.split('/');
    const folder = parts[depth];
    if (folder !== undefined && parts.length > depth + 1 + between) found.add(folder);
  }
  return found;
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}
